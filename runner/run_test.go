package runner_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// A recording is the events of one run.
type recording struct {
	mu     sync.Mutex // guards events
	events []task.Event
	seen   func(task.Event) // also told, where there is one
}

func (r *recording) emit(e task.Event) {
	r.mu.Lock()
	r.events = append(r.events, e)
	r.mu.Unlock()
	if r.seen != nil {
		r.seen(e)
	}
}

// lines gives what was told of a stream.
func (r *recording) lines(stream string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, e := range r.events {
		if e.Stream == stream && stream != "" {
			b.WriteString(e.Line + "\n")
		}
	}
	return b.String()
}

// quick are deadlines for tests: far longer than a sound run takes, and soon over where they are waited for.
func quick() task.RunOptions {
	return task.RunOptions{BuildTimeout: time.Minute, ReadyTimeout: 3 * time.Second, AnswerTimeout: 15 * time.Second}
}

// patient are the deadlines of a person who asks for none. Nothing is kept of the run.
func patient() task.RunOptions {
	opts := task.DefaultRunOptions()
	opts.Reuse = false
	return opts
}

// runFolder runs a folder of the host's disk.
func runFolder(ctx context.Context, t *testing.T, engine runner.Engine, path string, opts task.RunOptions, rec *recording) *task.Report {
	t.Helper()
	dir, err := task.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	return runner.Run(ctx, runner.Job{Engine: engine, Files: dir, Folder: task.Load(dir), Path: path, Options: opts}, rec.emit)
}

// A named test is one of many that run beside each other.
type named struct {
	name string
	run  func(t *testing.T)
}

// abreast runs tests, so many at a time: most of them wait.
func abreast(t *testing.T, n int, tests []named) {
	var all sync.WaitGroup
	free := make(chan struct{}, n)
	for _, test := range tests {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			t.Run(test.name, test.run)
		})
	}
	all.Wait()
}
