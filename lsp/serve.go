// Package lsp is the language server: it turns what an editor says into findings, code actions, code lenses and runs of task folders.
//
// There are two lanes. What changes state (notifications, the start and stop of a run) is handled in the order of the wire, and is
// short: each event becomes one change with a cause, the session applies it, and a new numbered, immutable snapshot is there. What
// reads (hover, completion, actions, lenses) takes the snapshot in the order of the wire, is then let go, and runs beside others
// until it is done or the client takes it back.
//
// A task folder that a change touched is checked in the background, the newest change first; findings go out only if they changed,
// and never for a text that the client has already changed again. The disk is read in the background too: no handler waits for it.
//
// A session can be written down, frame by frame (recorder), and played back against another version of the server (Replay).
//
// This package knows nothing of Docker: whoever starts the server hands it a Runner.
package lsp

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// Runner builds and runs a task folder. Run returns when nothing of the run is left, also after ctx was canceled; it calls emit from
// one goroutine at a time.
type Runner interface {
	Run(ctx context.Context, dir string, folder *task.Folder, opts task.RunOptions, emit func(task.Event)) *task.Report
	// StopKept removes the container that a run has left running, from the engine at an address; "" is the one that is found.
	StopKept(ctx context.Context, dir, engine string) error
}

// Options are what a server is made of.
type Options struct {
	Version string                 // of the program, for the client to show
	Runner  Runner                 // nil: runs are refused
	Run     func() task.RunOptions // the deadlines of each run; nil: task.DefaultRunOptions
	Log     *slog.Logger           // nil: nothing is logged
	Trace   io.Writer              // takes the whole session, see recorder; nil: nothing is recorded

	inject  func(where string) // of tests: called in every handler and background job
	waits   *waits             // of tests: nil means defaultWaits
	machine func() machine     // of tests: nil means thisMachine
}

// waits are how long the server waits for others.
type waits struct {
	runAfterEOF      time.Duration // for a run's clean-up, when the client is gone
	runAfterShutdown time.Duration // for a run's clean-up, when the client said goodbye
	shutdownAnswer   time.Duration // for the same, before shutdown is answered
	flush            time.Duration // for the last messages to be taken, where the client may be gone
	farewell         time.Duration // for the same, where the client said exit
	background       time.Duration // for jobs that read the disk
	process          time.Duration // between two looks at the client's process
	diskQuiet        time.Duration // without news of the disk, before it is looked at
	diskLong         time.Duration // for such a pause at most
	settle           time.Duration // for one look at all that changed, before a question for the workspace is answered
	progress         time.Duration // for the client to accept a progress, or to answer a refresh
	folder           time.Duration // of a request, for the folder of a document that was just opened
}

func defaultWaits() *waits {
	return &waits{
		runAfterEOF:      35 * time.Second,
		runAfterShutdown: 10 * time.Second,
		shutdownAnswer:   1500 * time.Millisecond,
		flush:            500 * time.Millisecond,
		farewell:         5 * time.Second,
		background:       250 * time.Millisecond,
		process:          2 * time.Second,
		folder:           2 * time.Second,
		diskQuiet:        40 * time.Millisecond,
		diskLong:         400 * time.Millisecond,
		settle:           2 * time.Second,
		progress:         10 * time.Second,
	}
}

// Serve speaks the Language Server Protocol until the client says exit, its input ends, its process dies, or ctx is done. It gives
// the exit code of the program: 0 after shutdown and exit, else 1. A run that goes on is canceled, and Serve waits for its clean-up.
//
// Serve closes in and out, but does not wait for a read of in to return: on a pipe it may never do so.
func Serve(ctx context.Context, in io.ReadCloser, out io.WriteCloser, o Options) int {
	s := newServer(ctx, o)
	defer s.stop()
	s.connect(in)
	out = s.wire.recorder.overhearing(out)
	written := make(chan struct{})
	go func() {
		defer close(written)
		if err := s.wire.out.drain(out); err != nil {
			s.log.Error("the client cannot be written to", "err", err)
			s.finish(ending{why: "broken output", code: 1, patience: s.waits.runAfterEOF})
		}
	}()

	var end ending
	select {
	case <-s.finished:
		end = *s.end.Load()
	case <-ctx.Done():
		end = ending{why: "canceled", code: 1, patience: s.waits.runAfterShutdown}
	}
	s.log.Info("the session ends", "why", end.why, "code", end.code)
	if end.answers {
		s.wire.calls.open.await(s.waits.shutdownAnswer + s.waits.flush)
	}
	s.stop()
	if !s.running.await(end.patience) {
		s.log.Error("a run did not end in time: something of it may be left in the engine", "waited", end.patience)
	}
	if !s.background.await(s.waits.background) {
		s.log.Warn("a background job did not end in time", "waited", s.waits.background)
	}
	s.wire.out.close()
	patience := s.waits.flush
	if end.answers {
		patience = s.waits.farewell
	}
	select {
	case <-written:
	case <-time.After(patience):
	}
	_ = in.Close() // the session is over: there is nobody to tell
	_ = out.Close()
	return end.code
}

// ending is how the session ends.
type ending struct {
	why      string
	code     int
	patience time.Duration // for the clean-up of runs
	answers  bool          // the client still reads: what it asked is answered first
}

// finish ends the session. The first ending counts.
func (s *server) finish(e ending) {
	if s.end.CompareAndSwap(nil, &e) {
		s.findings.endHeld()
		close(s.finished)
	}
}

// server is one session with one client.
type server struct {
	options  Options
	waits    *waits
	log      *slog.Logger
	base     context.Context // Invariant: it lives as long as the session; every other context descends from it
	stop     context.CancelFunc
	wire     *wire
	conn     jsonrpc2.Conn
	requests map[string]prepare
	notices  map[string]notice
	commands map[string]command

	phase    atomic.Int32           // see phase; changed only on the reading goroutine
	client   atomic.Pointer[client] // set once, by initialize
	session  *session
	loads    *jobs // read task folders from the disk, by directory
	checks   *jobs // check task folders and publish, by directory
	chores   *jobs // what is coalesced and has no folder
	watched  fileEvents
	watching atomic.Bool // the client tells of changes on the disk
	lookups  lookups
	findings *results
	tasks    taskTeller
	progress progresses
	lastRun  atomic.Int64
	sources  sources
	resaved  resaved
	trace    traceLevel

	settingsReads sync.Mutex // held from reading settings files to the change: older texts never follow newer ones

	settling   group         // searches for task folders, and their readings and checks, that are under way
	slots      chan struct{} // one per request that runs beside others
	running    group         // runs
	background group         // all other goroutines
	end        atomic.Pointer[ending]
	finished   chan struct{}
}

// maxRequests is how many requests run at the same time; more wait on the wire.
const maxRequests = 512

func newServer(ctx context.Context, o Options) *server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Run == nil {
		o.Run = task.DefaultRunOptions
	}
	if o.waits == nil {
		o.waits = defaultWaits()
	}
	if o.machine == nil {
		o.machine = thisMachine
	}
	s := &server{options: o, waits: o.waits, log: o.Log, slots: make(chan struct{}, maxRequests), finished: make(chan struct{})}
	s.base, s.stop = context.WithCancel(ctx)
	s.sources.told = map[string]bool{}
	s.session = newSession(s.changed, new(defaultConfig(o.Run())))
	s.findings = newResults(s.send)
	s.loads = newJobs(8, s.goes, s.guarded("load", s.load))
	s.checks = newJobs(4, s.goes, s.guarded("check", s.check))
	s.loads.busy, s.checks.busy = &s.settling, &s.settling
	s.chores = newJobs(4, s.goes, s.guarded("chore", s.chore))
	s.requests, s.notices, s.commands = s.requestTable(), s.noticeTable(), s.commandTable()
	return s
}

// connect starts to read.
func (s *server) connect(in io.ReadCloser) {
	s.wire = &wire{
		frames: newFrameReader(in, s.log),
		out:    newOutbox(),
		calls:  newCalls(),
		log:    s.log,
		ended:  func() { s.finish(ending{why: "end of input", code: 1, patience: s.waits.runAfterEOF}) },
		closer: in.Close,

		patience: s.waits.flush,
		recorder: newRecorder(s.options.Trace, s.options.Version, s.log),
	}
	s.conn = jsonrpc2.NewConn(s.wire, jsonrpc2.WithCodec(codec{}))
	s.conn.Go(s.base, s.handle)
}

// goes runs a function in the background.
func (s *server) goes(f func()) {
	s.background.add()
	go func() {
		defer s.background.done()
		f()
	}()
}

// spawn runs a job in the background. It may panic: that is logged, and the session goes on.
func (s *server) spawn(name string, job func()) {
	s.goes(func() { s.guarded(name, func(string) { job() })("") })
}

// guarded makes a job one that does not panic, and does nothing once the session has ended.
func (s *server) guarded(name string, job func(key string)) func(key string) {
	return func(key string) {
		defer s.survive(name)
		if s.base.Err() == nil {
			s.injected(name)
			job(key)
		}
	}
}

// injected is where tests let a panic happen.
func (s *server) injected(where string) {
	if s.options.inject != nil {
		s.options.inject(where)
	}
}
