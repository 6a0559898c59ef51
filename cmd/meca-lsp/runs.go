package main

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// runs are the runs that a person asked for on one command line.
type runs struct {
	flags  runFlags
	std    stdio
	out    *printer
	engine engineRunner
}

// do runs one job to its end.
func (r *runs) do(ctx context.Context, job runJob, emit func(*task.Folder, task.Event)) (*ran, error) {
	folder, err := loadFolder(job.at)
	if err != nil {
		return nil, err
	}
	opts := r.flags.opts
	opts.As = job.as
	began := time.Now()
	report := r.engine.Run(ctx, job.at.dir, folder, opts, func(e task.Event) { emit(folder, e) })
	return &ran{runJob: job, report: report, findings: job.judge(folder, report), took: time.Since(began)}, nil
}

func (j runJob) judge(folder *task.Folder, report *task.Report) []diagnostics.Finding {
	return j.said.Apply(diagnostics.Check(folder, report))
}

// one shows a single run as it goes on.
func (r *runs) one(ctx context.Context, job runJob) error {
	over, err := r.show(ctx, job)
	if err != nil {
		return err
	}
	if r.flags.format == "json" {
		err = writeJSON(r.std, newRunOutput(over))
	} else {
		err = r.out.err
	}
	if err != nil {
		return environment(err)
	}
	return runExit(over.report)
}

// show runs a job, and shows it on the way unless JSON is asked for. The verdict stands there before the container is removed.
func (r *runs) show(ctx context.Context, job runJob) (*ran, error) {
	live := &liveRun{at: job.at}
	if r.flags.format != "json" {
		live.print = r.out
	}
	over, err := r.do(ctx, job, func(folder *task.Folder, e task.Event) {
		if e.Verdict != nil {
			live.verdict(e.Verdict, job.judge(folder, e.Verdict))
			return
		}
		live.event(e)
	})
	if err != nil {
		return nil, err
	}
	live.verdict(over.report, over.findings) // what has come to light since
	return over, nil
}

// many runs several jobs, a few at a time; the views of one folder run one after the other. Each is shown when it is over, and all of
// them in a table at the end.
func (r *runs) many(ctx context.Context, jobs []runJob) error {
	list := make([]*ran, len(jobs))
	errs := make([]error, len(jobs))
	var all sync.WaitGroup
	var shown sync.Mutex // held while one run is shown
	free := make(chan struct{}, r.flags.jobs)
	for first := 0; first < len(jobs); {
		next := first + 1
		for next < len(jobs) && jobs[next].at == jobs[first].at {
			next++
		}
		group := jobs[first:next]
		begin := first
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			for i, job := range group {
				list[begin+i], errs[begin+i] = r.do(ctx, job, func(*task.Folder, task.Event) {})
				if errs[begin+i] != nil {
					return
				}
				shown.Lock()
				r.block(list[begin+i])
				shown.Unlock()
			}
		})
		first = next
	}
	all.Wait()
	reports := make([]*task.Report, 0, len(list))
	for i, over := range list {
		if errs[i] != nil {
			return errs[i]
		}
		if over != nil {
			reports = append(reports, over.report)
		}
	}
	if r.flags.format == "json" {
		if err := writeJSON(r.std, newRunsOutput(list)); err != nil {
			return environment(err)
		}
		return runExit(reports...)
	}
	r.table(list)
	if r.out.err != nil {
		return environment(r.out.err)
	}
	return runExit(reports...)
}

// block shows one of several runs.
func (r *runs) block(over *ran) {
	if r.flags.format == "json" {
		return
	}
	r.out.printf("%s %s\n", r.out.in(blue, "▸"), r.out.in(bold, over.title()))
	live := &liveRun{print: r.out, at: over.at}
	live.verdict(over.report, over.findings)
	r.out.printf("\n")
}

// title names a run among others.
func (j runJob) title() string {
	return filepath.Clean(j.at.dir) + " (" + string(j.as) + ")"
}

// realPath is what a folder goes by, whichever way a person named it.
func realPath(dir string) string {
	path, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}
