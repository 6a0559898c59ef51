package runner_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// A slowWay is an engine on another machine, to whose containers no connection comes about before the asker has lost patience.
type slowWay struct{ runner.Engine }

func (e slowWay) Describe(ctx context.Context) (runner.Description, error) {
	d, err := e.Engine.Describe(ctx)
	d.Remote = "far"
	return d, err
}

func (slowWay) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A slowCable is an engine to which an image is on its way when the limit of one answer has passed.
type slowCable struct {
	runner.Engine
	limit time.Duration
	left  time.Duration // that it was given
}

func (e *slowCable) Prepare(ctx context.Context, id string) error {
	if by, limited := ctx.Deadline(); limited {
		e.left = time.Until(by)
	}
	return e.Engine.Prepare(ctx, id)
}

// TestPrepareTakesLong gives what has to be sent before a container's start the time of a build, and not that of one answer.
func TestPrepareTakesLong(t *testing.T) {
	fake := enginetest.NewFake(t)
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	engine := &slowCable{Engine: fake.Connect(t), limit: 5 * time.Second}
	r := runner.RunImpatiently(t.Context(), engine.limit, runner.Job{Engine: engine, Files: dir, Folder: task.Load(dir), Options: quick()}, func(task.Event) {})
	if r.Outcome != task.Passed || engine.left <= engine.limit {
		t.Errorf("%s; there were %v left", r.Message, engine.left)
	}
}

// TestPortUnanswered never hears whether the task listens: that is no fault of the task's, however long it took.
func TestPortUnanswered(t *testing.T) {
	fake := enginetest.NewFake(t)
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()       // it was only read
	const patience = 2500 * time.Millisecond // longer than a port is waited for where the mark comes late
	opts := quick()
	opts.ReadyTimeout = 2 * time.Second
	r := runner.RunImpatiently(t.Context(), patience, runner.Job{
		Engine: slowWay{fake.Connect(t)}, Files: dir, Folder: task.Load(dir), Options: opts,
	}, func(task.Event) {})
	if want := "Error: the task's port cannot be reached: the engine did not answer within 2.5 s."; r.Message != want {
		t.Errorf("got  %s\nwant %s", r.Message, want)
	}
	if left := fake.Left(); left != nil {
		t.Errorf("left are %q", left)
	}
}
