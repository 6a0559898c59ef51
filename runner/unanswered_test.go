package runner_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
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

// A slowTeller is an engine that takes its time to tell of a container's end, as on a busy machine.
type slowTeller struct {
	runner.Engine
	by time.Duration
}

func (e slowTeller) Await(ctx context.Context, id string) (<-chan runner.Ended, error) {
	soon, err := e.Engine.Await(ctx, id)
	if err != nil {
		return nil, err
	}
	late := make(chan runner.Ended, 1)
	go func() {
		select {
		case end := <-soon:
			time.AfterFunc(e.by, func() { late <- end })
		case <-ctx.Done():
		}
	}()
	return late, nil
}

// TestEndToldLate gives the verdict on a container that has ended, however long its engine takes to tell so: the kernel knows before.
func TestEndToldLate(t *testing.T) {
	engine, program := enginetest.Require(t), enginetest.BadTask(t)
	for mode, want := range map[string]string{
		"exit-at-request": "the container ended during the request, with exit code 3",
		"second-exits":    "but asked the same again, it failed: the container ended with exit code 4",
	} {
		witness, here := enginetest.NewWitness(t, engine), false
		rec := &recording{seen: func(e task.Event) {
			if e.Phase != task.PhaseAnswer || e.Stream != "" {
				return
			}
			state, err := engine.Inspect(t.Context(), witness.Last())
			if err != nil {
				t.Error(err)
			}
			groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", state.Process))
			here = err == nil && strings.Contains(string(groups), witness.Last())
		}}
		folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": plainDockerfile(mode)})
		r := runFolder(t.Context(), t, slowTeller{witness, 4 * time.Second}, folder, quick(), rec)
		if !here {
			t.Skip("the engine's containers are no processes of this system")
		}
		if !strings.Contains(r.Message, want) {
			t.Errorf("%s: got %s", mode, r.Message)
		}
		witness.NothingLeft(t)
	}
}

// A silentProxy is an engine that tells late of a container's end, and whose proxy takes a connection once the container has ended.
type silentProxy struct{ slowTeller }

func (e silentProxy) Dial(ctx context.Context, id, _ string) (net.Conn, error) {
	for ended := false; !ended; {
		state, err := e.Inspect(ctx, id)
		if err != nil {
			return nil, err
		}
		ended = state.Ended
	}
	conn, proxy := net.Pipe()
	go func() {
		_, _ = proxy.Read(make([]byte, 1)) // the request, or the end
		_ = proxy.Close()
	}()
	return conn, nil
}

// TestEndedBeforeAsked tells that a task had ended before it was asked, though its engine took the request and told of the end later.
func TestEndedBeforeAsked(t *testing.T) {
	engine, program := enginetest.Require(t), enginetest.BadTask(t)
	witness := enginetest.NewWitness(t, engine)
	folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": plainDockerfile("exit-marked 0")})
	r := runFolder(t.Context(), t, silentProxy{slowTeller{witness, 250 * time.Millisecond}}, folder, quick(), &recording{})
	if !strings.Contains(r.Message, "ended before it was ready") || r.Answer != nil || r.Listen.Open {
		t.Errorf("got %s, answer %v, listen %+v", r.Message, r.Answer, r.Listen)
	}
	witness.NothingLeft(t)
}

// TestContainerMadeLate cancels a run whose engine makes the container when the run has given up on it. The watchdog finds it.
func TestContainerMadeLate(t *testing.T) {
	folder, fake := ledgerFolder(t), enginetest.NewFake(t)
	over, made := make(chan struct{}), make(chan struct{})
	fake.Break(enginetest.RouteCreate, func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		defer close(made)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		<-over
		fake.CreateFrom(bytes.NewReader(body))
		return true
	})
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	ledger := runner.NewLedger(runner.LedgerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	r := runner.Run(ctx, runner.Job{Engine: fake.Connect(t), Files: dir, Folder: task.Load(dir), Path: "/a", Options: quick(), Ledger: ledger}, func(e task.Event) {
		if e.Phase == task.PhaseStart && e.Stream == "" {
			cancel()
		}
	})
	if r.Outcome != task.Canceled {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	close(over)
	<-made
	closeLedger(t, ledger)
	if err := sweep(t, folder, nobody); err != nil {
		t.Error(err)
	}
	if left := fake.Left(); len(left) > 0 || len(files(t, folder)) > 0 {
		t.Errorf("left are %q and %q", left, files(t, folder))
	}
}
