package runner

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A Job is what a run needs to know.
type Job struct {
	Engine  Engine
	Files   fs.FS        // of the task folder
	Folder  *task.Folder // what they mean
	Path    string       // of the folder on this machine, absolute; what is kept of a run goes by it
	Options task.RunOptions
	Ledger  *Ledger // of the process, where the run's things are noted, so that a kill leaves none; nil for none
}

// Run runs a task folder on an engine as a MECA host does. It ends by the deadlines of the job's options, or within two seconds of the
// end of ctx, with everything removed that it made; a builder that copies has some seconds more to notice. emit is not called after that.
//
// emit gets each phase as it begins and each line of output as it comes, one call at a time, from several goroutines. It must not
// block for long: the container's output waits for it.
func Run(ctx context.Context, job Job, emit func(task.Event)) *task.Report {
	job.Engine = impatient{job.Engine, patience}
	return runOn(ctx, job, emit)
}

func runOn(ctx context.Context, job Job, emit func(task.Event)) *task.Report {
	r := &run{
		engine: job.Engine, dir: job.Files, folder: job.Folder, path: job.Path, opts: withDefaults(job.Options), ledger: job.Ledger,
		teller:  &teller{emit: emit},
		session: newSession(),
		report:  &task.Report{Hash: job.Folder.Hash(), As: task.AsContract, Limits: job.Folder.Limits()},
	}
	if r.opts.As == task.AsTodaysHost {
		r.report.As, r.report.Limits = r.opts.As, todaysLimits()
	}
	defer r.leave()
	defer r.remove(ctx) // also where a step panics
	err := r.walk(ctx)
	r.measure(ctx)
	r.conclude(ctx, err)
	r.teller.verdict(*r.report)
	return r.report
}

// withDefaults gives a deadline to each step that has none.
func withDefaults(o task.RunOptions) task.RunOptions {
	usual := task.DefaultRunOptions()
	o.BuildTimeout = cmp.Or(o.BuildTimeout, usual.BuildTimeout)
	o.ReadyTimeout = cmp.Or(o.ReadyTimeout, usual.ReadyTimeout)
	o.AnswerTimeout = cmp.Or(o.AnswerTimeout, usual.AnswerTimeout)
	return o
}

// A run is one walk along the line, and what it has made so far.
type run struct {
	engine  Engine
	dir     fs.FS
	folder  *task.Folder
	path    string
	opts    task.RunOptions
	teller  *teller
	session string
	ledger  *Ledger
	entry   *entry // in the ledger; nil where nothing is noted
	report  *task.Report
	about   Description // of the engine

	example    *example
	made       *madeImages // nil where nothing was built
	key        string      // of the build, see buildKey; "" where its image is not to be kept
	image      string      // the task's, by id
	reused     bool        // it is of an earlier build
	far        bool        // the engine is on another machine
	creating   bool        // a container was asked for
	unanswered bool        // and the engine has not said what came of it
	container  *watched    // nil before there is one
	samples    *sampler    // of what it uses; nil where the engine keeps the peak itself
	started    time.Time   // when the container started
	address    string      // of the task's port, on the engine's machine
	process    int         // State.Process of the container
	isHere     bool        // it is a process of this system
	listenBy   time.Time   // when the run gives up on the port
	conn       *openConn   // the connection that found the port open, for the request
}

// walk is the line. It ends with the first step that does not come off.
func (r *run) walk(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	line := []struct {
		phase task.Phase
		do    func(context.Context) error
	}{
		{task.PhaseBuild, r.build},
		{task.PhaseStart, r.start},
		{task.PhaseReady, r.ready},
		{task.PhaseAnswer, r.ask},
	}
	for _, step := range line {
		err := r.step(ctx, step.phase, step.do)
		if err != nil || r.opts.BuildOnly {
			return err
		}
	}
	return nil
}

// step takes a step and its time.
func (r *run) step(ctx context.Context, phase task.Phase, do func(context.Context) error) error {
	r.teller.begin(phase)
	began := time.Now()
	err := do(ctx)
	r.report.Steps = append(r.report.Steps, task.Step{
		Phase: phase, Took: time.Since(began),
		Cached: phase == task.PhaseBuild && err == nil && (r.reused || r.made.log.allCached()),
	})
	return err
}

// prepare looks at what is known before anything is made: the engine, the limits, the example.
func (r *run) prepare(ctx context.Context) error {
	about, err := r.engine.Describe(ctx)
	if err != nil {
		return trouble("the engine does not say who it is: %v", err)
	}
	r.about, r.report.Engine, r.far = about, &about.EngineInfo, about.Remote != ""
	if err := checkLimits(r.report.Limits); err != nil {
		return err
	}
	if err := cmp.Or(checkBuilder(r.opts.Builder), r.checkEngine()); err != nil {
		return err
	}
	if p := r.folder.Ignore().Problem; p != "" {
		return failed("%s cannot be used: %s", task.IgnoreFile, p)
	}
	if about.Unreachable != "" && !r.opts.BuildOnly {
		return trouble("containers of the engine at %s cannot be asked from here: %s", plain(about.Remote), plain(about.Unreachable))
	}
	if !r.opts.BuildOnly {
		if r.example, err = readExample(r.dir); err != nil {
			return err
		}
	}
	r.enter(about.Address)
	return r.removeKept(ctx)
}

// newSession makes a name that no other run has.
func newSession() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails: the process ends before
	return hex.EncodeToString(b)
}

// pause waits for a moment, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
