package lsp

import (
	"context"
	"sync/atomic"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// walk is a run as it goes through its views. Its verdict is told as soon as it stands; the removal of the container goes on after it.
type walk struct {
	server    *server
	run       *run
	tell      *teller
	reports   []*task.Report // of the views that are over
	concluded atomic.Bool
}

// views runs the views one after the other. It does not conclude where the runner panicked.
func (w *walk) views(ctx context.Context) {
	s, r := w.server, w.run
	defer s.survive("run")
	s.injected("run")
	w.tell.begin()
	views, err := r.args.views(s.session.snapshot().configOf(r.dir).views)
	if err != nil {
		views = []task.View{task.AsContract} // it was refused before
	}
	for i, as := range views {
		last := i == len(views)-1
		var early *task.Report
		report := s.options.Runner.Run(ctx, r.dir, r.folder, s.runOptions(r, as), func(e task.Event) {
			switch {
			case e.Verdict == nil:
				w.tell.event(e)
			case last:
				early = e.Verdict
				w.conclude(append(w.reports, early))
			}
		})
		w.reports = append(w.reports, report)
		if early != nil {
			w.amend(early, report)
			return
		}
		if last || report.Outcome == task.Canceled {
			w.conclude(w.reports)
			return
		}
	}
}

// conclude tells the verdict, once, and has the session take it up. The verdict is that of the first view.
func (w *walk) conclude(reports []*task.Report) {
	if !w.concluded.CompareAndSwap(false, true) {
		return
	}
	w.tell.end(reports)
	w.server.session.apply(causeVerdict, func(d *draft) { d.endRun(w.run, reports) })
	if w.tell.offers(reports[0]) {
		w.server.spawn("verdict", w.offer)
	}
}

// offer shows the verdict with what can be done about it.
func (w *walk) offer() {
	show, err := w.server.showVerdict(w.server.session.snapshot(), folderArgs{w.run.uri})
	if err == nil {
		_, err = show(w.server.base)
	}
	if err != nil && w.server.base.Err() == nil {
		w.server.log.Warn("the verdict was not shown", "err", err)
	}
}

// amend tells what came to light after the verdict, if anything did.
func (w *walk) amend(early, report *task.Report) {
	if report.Message == early.Message && (report.Exit == nil) == (early.Exit == nil) {
		return
	}
	w.server.session.apply(causeVerdict, func(d *draft) { d.amend(w.run, early, report) })
	if report.Message != early.Message {
		w.tell.after(report)
	}
}
