package lsp

import (
	"context"
	"fmt"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// job is what a run does.
type job string

const (
	jobRun   job = "run"   // build, start, ask and compare
	jobBuild job = "build" // build only
)

// run is one run that goes on. A folder has one at a time.
type run struct {
	id     string
	job    job
	dir    string
	uri    string
	folder *task.Folder // as it was when the run was asked for
	cancel context.CancelFunc
}

// runAnswer is the answer of meca.run, meca.build and meca.stop: the run that now goes on, or that was told to stop.
type runAnswer struct {
	Run string `json:"run"`
}

// startRun begins a run, or joins the one that goes on, and answers at once: a click gets its answer before the engine is asked.
func (s *server) startRun(at *snapshot, folder string, what job) (work, error) {
	p, err := at.placeOf(folder)
	if err != nil {
		return nil, err
	}
	if !s.client.Load().options.trusted {
		return nil, requestFailed("this workspace is not trusted, so nothing in it is built or run. Trust it and try again.")
	}
	if s.options.Runner == nil {
		return nil, requestFailed("this server was started without a way to run tasks")
	}
	ctx, cancel := context.WithCancel(s.base)
	r := &run{
		id: fmt.Sprintf("run-%d", s.lastRun.Add(1)), job: what, dir: p.dir, uri: p.uri, folder: p.folder, cancel: cancel,
	}
	joined := r
	s.session.apply(causeRun, func(d *draft) { joined = d.beginRun(r) })
	switch joined {
	case nil:
		cancel()
		return nil, invalidParams("%q is no task folder any more", folder)
	case r:
		s.goRun(ctx, r)
	default:
		cancel()
	}
	return done(runAnswer{joined.id}), nil
}

// beginRun gives the run that goes on in a folder: the given one, unless there is one already; nil where the folder is gone. What the
// last run found is gone with it.
func (d *draft) beginRun(r *run) *run {
	p := d.places.get(r.dir)
	if p == nil {
		return nil
	}
	if p.run != nil {
		return p.run
	}
	next := *p
	next.run, next.report = r, nil
	r.folder = p.folder
	d.replace(&next)
	d.lenses = true
	return r
}

// endRun takes up what a run found.
func (d *draft) endRun(r *run, report *task.Report) {
	p := d.places.get(r.dir)
	if p == nil || p.run != r {
		return
	}
	next := *p
	next.run, next.report = nil, report
	d.replace(&next)
	d.lenses = true
}

// stopRun cancels the run of a folder. It ends a little later, when nothing of it is left.
func (s *server) stopRun(at *snapshot, args folderArgs) (work, error) {
	p, err := at.placeOf(args.Folder)
	if err != nil {
		return nil, err
	}
	if p.run == nil {
		return done(nil), nil
	}
	p.run.cancel()
	return done(runAnswer{p.run.id}), nil
}

// done is the work that is left when everything was done in the order of the wire.
func done(result any) work {
	return func(context.Context) (any, error) { return result, nil }
}

// goRun lets a run go on in the background until its end, which is told in any case.
func (s *server) goRun(ctx context.Context, r *run) {
	s.running.add()
	go func() {
		defer s.running.done()
		defer r.cancel()
		began := time.Now()
		tell := s.newTeller(r)
		report := s.doRun(ctx, r, tell)
		if report == nil {
			report = &task.Report{Hash: r.folder.Hash(), Outcome: task.Error, Message: "The run broke down by a fault of meca-lsp; the server's log tells more."}
		}
		tell.end(report, time.Since(began))
		s.session.apply(causeVerdict, func(d *draft) { d.endRun(r, report) })
	}()
}

// doRun gives nil where the runner panicked.
func (s *server) doRun(ctx context.Context, r *run, tell *teller) *task.Report {
	defer s.survive("run")
	s.injected("run")
	tell.begin()
	opts := s.options.Run()
	opts.BuildOnly = r.job == jobBuild
	return s.options.Runner.Run(ctx, r.dir, r.folder, opts, tell.event)
}
