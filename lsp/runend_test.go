package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestProgress is shown, follows the phases, and its button cancels the run.
func TestProgress(t *testing.T) {
	begun := make(chan *fakeRun, 1)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		r.emit(task.Event{Phase: task.PhaseBuild})
		begun <- r
		<-r.ctx.Done()
		r.emit(task.Event{Phase: task.PhaseRemove})
		return &task.Report{Outcome: task.Canceled, Message: "stopped by hand"}
	}}
	e, dir := known(t, Options{Runner: runner}, nil)
	progress := func(kind string, fits func(value editortest.Object) bool) editortest.Expectation {
		x := editortest.Said("$/progress", func(o editortest.Object) bool {
			v := editortest.Object(o["value"].(object))
			return v["kind"] == kind && (fits == nil || fits(v))
		})
		x.What = "progress: " + kind
		return x
	}
	runID(t, e, "meca.run", dir)
	r := <-begun
	e.Await(progress("begin", func(v editortest.Object) bool { return v["cancellable"] == true && v["title"] != "" }))
	r.emit(task.Event{Phase: task.PhaseReady})
	e.Await(progress("report", func(v editortest.Object) bool { return v["message"] == "waiting for meca-init-done" }))
	var token any
	for _, m := range e.State().Messages {
		if m.Method == "window/workDoneProgress/create" {
			token = m.Object()["token"]
		}
	}
	for _, other := range []any{"x", 5, nil, object{}} {
		e.Notify("window/workDoneProgress/cancel", object{"token": other})
	}
	e.Notify("window/workDoneProgress/cancel", nil)
	answers(t, e)
	if r.ctx.Err() != nil {
		t.Error("canceled by another's button")
	}
	e.Notify("window/workDoneProgress/cancel", object{"token": token})
	e.Await(progress("end", func(v editortest.Object) bool { return v["message"] == "stopped by hand" }))
	e.Notify("window/workDoneProgress/cancel", object{"token": token}) // it is over
	answers(t, e)
}

// TestProgressRefused: an editor that refuses a progress, never answers, or knows none, has its run all the same.
func TestProgressRefused(t *testing.T) {
	for name, how := range map[string]editortest.Answer{
		"refused": func(json.RawMessage) (any, *editortest.Error, bool) {
			return nil, &editortest.Error{Code: -32601, Message: "no"}, true
		},
		"never answered": func(json.RawMessage) (any, *editortest.Error, bool) { return nil, nil, false },
		"not known":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			caps := full()
			if how == nil {
				caps = without("window", "workDoneProgress")
			}
			dir := clean(t).write(t, t.TempDir())
			e := sessionOn(t, Options{Runner: &fakeRunner{}, waits: quick()}, caps, nil, dir)
			e.Answers("window/workDoneProgress/create", how)
			uri := e.OpenFile(filepath.Join(dir, "config.json"))
			e.Await(editortest.ForVersion(uri, 1))
			runID(t, e, "meca.run", dir)
			e.Await(editortest.Said("window/showMessage", nil), editortest.Never(editortest.Said("$/progress", nil)))
			if how == nil {
				e.Await(editortest.Never(editortest.Said("window/workDoneProgress/create", nil)))
			}
		})
	}
}

// TestEndsDuringARun: the run is canceled, and the server waits for its clean-up.
func TestEndsDuringARun(t *testing.T) {
	for name, end := range map[string]func(e *editortest.Editor) int{
		"end of input":          func(e *editortest.Editor) int { return e.Hangup() - 1 },
		"shutdown and exit":     func(e *editortest.Editor) int { return e.Exit() },
		"exit without shutdown": func(e *editortest.Editor) int { e.Notify("exit", nil); return e.ExitCode() - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			begun, cleaned := make(chan struct{}), atomic.Bool{}
			runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
				close(begun)
				<-r.ctx.Done()
				for range 200_000 { // a clean-up that takes a while
					cleaned.Store(false)
				}
				cleaned.Store(true)
				return &task.Report{Outcome: task.Canceled, Message: "canceled"}
			}}
			e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
			runID(t, e, "meca.run", dir)
			<-begun
			if code := end(e); code != 0 {
				t.Errorf("exit code is off by %d", code)
			}
			if !cleaned.Load() {
				t.Error("the server did not wait for the clean-up")
			}
		})
	}
}

// TestStuckRun: a run that does not end keeps the server only so long, and shutdown is answered before.
func TestStuckRun(t *testing.T) {
	begun, letGo := make(chan struct{}), make(chan struct{})
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		close(begun)
		<-letGo
		return &task.Report{Outcome: task.Error}
	}}
	w := quick()
	w.shutdownAnswer, w.runAfterShutdown = 20*time.Millisecond, 40*time.Millisecond
	e, dir := known(t, Options{Runner: runner, waits: w}, nil)
	runID(t, e, "meca.run", dir)
	<-begun
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	close(letGo)
}

// TestFolderGoesDuringARun: its run is stopped.
func TestFolderGoesDuringARun(t *testing.T) {
	begun := make(chan *fakeRun, 1)
	e, dir := known(t, Options{Runner: untilCanceled(begun)}, object{"runEvents": true})
	runID(t, e, "meca.run", dir)
	<-begun
	for _, name := range append(task.Required(), "src") {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	e.Changed(3, filepath.Join(dir, "Dockerfile"))
	e.Await(ended(""))
}

// TestFloodOfOutput: an editor that does not keep up misses lines, is told how many, and the server stays small.
func TestFloodOfOutput(t *testing.T) {
	line := strings.Repeat("x", 4000)
	const n = 20_000
	flooded := make(chan struct{})
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		for range n {
			r.emit(task.Event{Phase: task.PhaseReady, Stream: "stdout", Line: line})
		}
		close(flooded)
		return r.passed()
	}}
	e, dir := known(t, Options{Runner: runner, Log: quiet()}, object{"runEvents": true})
	e.Pause()
	p := e.Execute("meca.run", object{"folder": editortest.URI(dir)})
	<-flooded
	e.Resume()
	if _, err := p.Wait(); err != nil {
		t.Error(err)
	}
	e.Await(ended(""))
	got, left := 0, 0
	for _, m := range e.State().Messages {
		if o := m.Object(); m.Method == "meca/run" && o["kind"] == "log" {
			var k int
			if _, err := fmt.Sscanf(o["text"].(string), "… %d lines were left out", &k); err == nil {
				left += k
			} else {
				got++
			}
		}
	}
	if got+left != n || left == 0 {
		t.Errorf("%d lines came, %d were left out, of %d", got, left, n)
	}
}
