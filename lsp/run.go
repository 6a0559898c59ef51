package lsp

import (
	"context"
	"fmt"

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
	args   runArgs
	dir    string
	uri    string
	folder *task.Folder // as it was when the run was asked for
	cancel context.CancelFunc
	over   chan struct{} // closed when nothing of it is left
}

// runArgs say how a task is run. What is left out is as the settings say.
type runArgs struct {
	Folder string `json:"folder"`        // URI
	As     string `json:"as,omitzero"`   // contract, todays-host, or both
	Once   bool   `json:"once,omitzero"` // ask once
	Keep   bool   `json:"keep,omitzero"` // leave the container running
	Fresh  bool   `json:"fresh,omitzero"`
}

// views are those that a run takes, one after the other.
func (a runArgs) views(usual []task.View) ([]task.View, error) {
	switch a.As {
	case "":
		if a.Keep && len(usual) > 1 {
			return usual[:1], nil
		}
		return usual, nil
	case string(task.AsContract), string(task.AsTodaysHost):
		return []task.View{task.View(a.As)}, nil
	case bothViews:
		if a.Keep {
			return nil, invalidParams("keep leaves one container running: name one view")
		}
		return []task.View{task.AsContract, task.AsTodaysHost}, nil
	default:
		return nil, invalidParams("as is %.50q; it can be %s, %s or %s", a.As, task.AsContract, task.AsTodaysHost, bothViews)
	}
}

// runOptions are those of a run in one view.
func (s *server) runOptions(r *run, as task.View) task.RunOptions {
	c := s.session.snapshot().configOf(r.dir)
	opts := c.runOptions(s.options.Run())
	opts.Engine = c.engine
	opts.BuildOnly = r.job == jobBuild
	opts.As = as
	opts.Once = opts.Once || r.args.Once
	opts.Keep = r.args.Keep
	opts.Reuse = opts.Reuse && !r.args.Fresh
	return opts
}

// runAnswer is the answer of meca.run, meca.build and meca.stop: the run that now goes on, or that was told to stop.
type runAnswer struct {
	Run string `json:"run"`
}

// startRun begins a run, or joins the one that goes on, and answers at once: a click gets its answer before the engine is asked.
func (s *server) startRun(at *snapshot, args runArgs, what job) (work, error) {
	p, err := at.placeOf(args.Folder)
	if err != nil {
		return nil, err
	}
	if _, err := args.views(nil); err != nil {
		return nil, err
	}
	if err := s.mayRun(); err != nil {
		return nil, err
	}
	joined := s.beginRun(p, args, what)
	if joined == nil {
		return nil, invalidParams("%q is no task folder any more", args.Folder)
	}
	return done(runAnswer{joined.id}), nil
}

// mayRun refuses runs where there must be none.
func (s *server) mayRun() error {
	switch {
	case !s.client.Load().options.trusted:
		return requestFailed("this workspace is not trusted, so nothing in it is built or run. Trust it and try again.")
	case s.options.Runner == nil:
		return requestFailed("this server was started without a way to run tasks")
	default:
		return nil
	}
}

// beginRun begins a run of a place, and gives it; or the one that goes on there, which is not begun anew. It is nil where the place is
// gone.
func (s *server) beginRun(p *place, args runArgs, what job) (joined *run) {
	ctx, cancel := context.WithCancel(s.base)
	r := &run{
		id: fmt.Sprintf("run-%d", s.lastRun.Add(1)), job: what, args: args, dir: p.dir, uri: p.uri, folder: p.folder,
		cancel: cancel, over: make(chan struct{}),
	}
	s.session.apply(causeRun, func(d *draft) { joined = d.beginRun(r) })
	if joined != r {
		cancel()
		return joined
	}
	s.goRun(ctx, r)
	return r
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
	next.run, next.report, next.today = r, nil, nil
	r.folder = p.folder
	d.replace(&next)
	d.lenses = true
	return r
}

// endRun takes up what a run found, in each of its views.
func (d *draft) endRun(r *run, reports []*task.Report) {
	p := d.places.get(r.dir)
	if p == nil || p.run != r {
		return
	}
	next := *p
	next.run, next.report = nil, reports[0]
	if len(reports) > 1 {
		next.today = reports[1]
	}
	d.replace(&next)
	d.lenses = true
}

// amend takes up what showed only when the container was removed.
func (d *draft) amend(r *run, before, report *task.Report) {
	p := d.places.get(r.dir)
	if p == nil || p.report != before && p.today != before {
		return
	}
	next := *p
	if p.report == before {
		next.report = report
	} else {
		next.today = report
	}
	d.replace(&next)
}

// stopRun cancels the run of a folder, which ends a little later, when nothing of it is left; or else stops the container that the last
// one left running.
func (s *server) stopRun(at *snapshot, args folderArgs) (work, error) {
	p, err := at.placeOf(args.Folder)
	switch {
	case err != nil:
		return nil, err
	case p.run != nil:
		p.run.cancel()
		return done(runAnswer{p.run.id}), nil
	case !p.keepsContainer():
		return done(nil), nil
	}
	if err := s.mayRun(); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (any, error) {
		if err := s.options.Runner.StopKept(ctx, p.dir, p.config.engine); err != nil {
			return nil, requestFailed("the container at %s is left running: %v", p.report.Kept.URL, err)
		}
		s.session.apply(causeRun, func(d *draft) { d.forgetKept(p.dir, p.report.Kept.ID) })
		return nil, nil
	}, nil
}

// forgetKept takes up that a container is not left running any more.
func (d *draft) forgetKept(dir, container string) {
	p := d.places.get(dir)
	if p == nil || !p.keepsContainer() || p.report.Kept.ID != container {
		return
	}
	next, report := *p, *p.report
	report.Kept, next.report = nil, &report
	d.replace(&next)
	d.lenses = true
}

// keepsContainer reports whether the last run left its container running.
func (p *place) keepsContainer() bool { return p.report != nil && p.report.Kept != nil }

// done is the work that is left when everything was done in the order of the wire.
func done(result any) work {
	return func(context.Context) (any, error) { return result, nil }
}

// goRun lets a run go on in the background until its end, which is told in any case.
func (s *server) goRun(ctx context.Context, r *run) {
	s.running.add()
	go func() {
		defer s.running.done()
		defer close(r.over)
		defer r.cancel()
		w := &walk{server: s, run: r, tell: s.newTeller(r)}
		w.views(ctx)
		if !w.concluded.Load() {
			w.conclude(append(w.reports, &task.Report{
				Hash: r.folder.Hash(), Outcome: task.Error, Message: "The run broke down by a fault of meca-lsp; the server's log tells more.",
			}))
		}
	}()
}
