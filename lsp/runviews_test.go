package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// differing is a report of another answer than the example's.
func differing(r *fakeRun, answer, expected string) *task.Report {
	return &task.Report{
		Hash: r.folder.Hash(), As: r.opts.As, Outcome: task.Failed, Message: "differs", Ready: &task.Ready{Seen: true}, Listen: &task.Listen{Open: true},
		Answer: &task.Answer{Status: 200, Bytes: int64(len(answer)), Body: []byte(answer), Match: task.MatchDifferent, Expected: []byte(expected)},
	}
}

// TestVerdictBeforeTheRemoval: who waits for the verdict does not wait for the container's removal, and the next run may begin; what the
// removal finds is told after.
func TestVerdictBeforeTheRemoval(t *testing.T) {
	remove := make(chan struct{})
	var n atomic.Int32
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		early := r.passed()
		r.emit(task.Event{Verdict: early})
		if n.Add(1) > 1 {
			return early
		}
		<-remove
		r.emit(task.Event{Phase: task.PhaseRemove, Stream: "engine", Line: "not shown any more"})
		late := *early
		late.Message = "passed, but something is left"
		late.Exit = &task.Exit{Code: 3, During: task.PhaseAnswer}
		return &late
	}}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	uri := configOf(dir)
	runID(t, e, "meca.run", dir)
	e.Await(ended("passed"))
	awaitTitles(t, e, uri, "▶ Run example", "Build image", "✓ built in 0 ms")
	close(remove)
	e.Await(
		editortest.Said("window/showMessage", func(o editortest.Object) bool { return o["message"] == "passed, but something is left" }),
		editortest.HasCodes(editortest.URI(filepath.Join(dir, "Dockerfile")), "run-exited"),
		editortest.Never(editortest.Said("meca/run", func(o editortest.Object) bool { return o["text"] == "not shown any more" })),
	)
}

// TestBothViews runs a task twice, and shows what a host of today makes of it.
func TestBothViews(t *testing.T) {
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		if r.opts.As == task.AsTodaysHost {
			return &task.Report{Hash: r.folder.Hash(), As: r.opts.As, Outcome: task.Failed, Message: "Failed: it stopped.", BuildFailure: &task.BuildFailure{Line: 3, Message: "COPY failed"}}
		}
		report := r.passed()
		report.As = r.opts.As
		return report
	}}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	e.Execute("meca.run", object{"folder": editortest.URI(dir), "as": "both"})
	e.Await(
		editortest.Said("meca/run", func(o editortest.Object) bool {
			return o.At("verdict", "outcome") == "passed" && o.At("verdict", "today", "summary") == "build stopped at Dockerfile:3"
		}),
		editortest.HasCodes(editortest.URI(filepath.Join(dir, "Dockerfile")), "run-build-failed"),
	)
	awaitTitles(t, e, configOf(dir), "▶ Run example", "Build image", "✓ built in 0 ms · ✗ on a host of today: build stopped at Dockerfile:3")
	e.Refused(wrongParams, "workspace/executeCommand", object{"command": "meca.run", "arguments": []any{object{"folder": editortest.URI(dir), "as": "yesterday"}}})
	e.Refused(wrongParams, "workspace/executeCommand", object{"command": "meca.run", "arguments": []any{object{"folder": editortest.URI(dir), "as": "both", "keep": true}}})
}

// TestAcceptAnswer: by the editor's edit where a text can be one, so that undo brings the old one back; else on the disk, with the old
// bytes kept outside the folder.
func TestAcceptAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		answer, expected string
		onDisk           bool
	}{
		"text":        {answer: "new\n", expected: "old\n"},
		"bytes":       {answer: "\xff\x00new", expected: "\xfeold", onDisk: true},
		"line ends":   {answer: "a\r\nb\n", expected: "old\n", onDisk: true},
		"text is old": {answer: "\xffnew", expected: "old\n", onDisk: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			runner := &fakeRunner{script: func(r *fakeRun) *task.Report { return differing(r, test.answer, test.expected) }}
			folder := clean(t)
			folder["example_output.bin"] = test.expected
			dir := folder.write(t, t.TempDir())
			e := sessionOn(t, Options{Runner: runner}, full(), nil, dir)
			config, output := e.OpenFile(filepath.Join(dir, "config.json")), filepath.Join(dir, "example_output.bin")
			e.Await(editortest.ForVersion(config, 1))
			if !test.onDisk {
				e.OpenFile(output)
			}
			e.Refused(failed, "workspace/executeCommand", object{"command": "meca.acceptAnswer", "arguments": []any{object{"folder": editortest.URI(dir)}}})
			runID(t, e, "meca.run", dir)
			e.Await(editortest.HasCode(editortest.URI(output), "run-output-differs"))
			if _, err := e.Execute("meca.acceptAnswer", object{"folder": editortest.URI(dir)}).Wait(); err != nil {
				t.Fatal(err)
			}
			on, err := os.ReadFile(output)
			if err != nil {
				t.Fatal(err)
			}
			if !test.onDisk {
				if text := e.Text(editortest.URI(output)); text != test.answer || string(on) != test.expected {
					t.Errorf("the editor has %q, the disk %q", text, on)
				}
				return
			}
			if string(on) != test.answer {
				t.Errorf("the file holds %q", on)
			}
			kept, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "meca-lsp", "replaced", "*"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept are %q, %v", kept, err)
			}
			if old, err := os.ReadFile(kept[0]); err != nil || string(old) != test.expected {
				t.Errorf("kept is %q, %v", old, err)
			}
			e.Await(editortest.Said("window/showMessage", func(o editortest.Object) bool { return strings.Contains(fmt.Sprint(o["message"]), kept[0]) }))
		})
	}
}

// TestAcceptedIsTold gives the extension, which shows by itself what came of it, the place of the old bytes.
func TestAcceptedIsTold(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report { return differing(r, "\xffnew", "old\n") }}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	runID(t, e, "meca.run", dir)
	e.Await(editortest.HasCode(editortest.URI(filepath.Join(dir, "example_output.bin")), "run-output-differs"))
	before, err := os.ReadFile(filepath.Join(dir, "example_output.bin"))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Kept string }
	e.Call("workspace/executeCommand", object{"command": "meca.acceptAnswer", "arguments": []any{object{"folder": editortest.URI(dir)}}}, &answer)
	if kept, err := os.ReadFile(answer.Kept); err != nil || string(kept) != string(before) {
		t.Errorf("kept is %q, %v", kept, err)
	}
}

// TestShowVerdict offers what can be done, and does it.
func TestShowVerdict(t *testing.T) {
	var n atomic.Int32
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report { n.Add(1); return differing(r, "new\n", "old\n") }}
	e, dir := known(t, Options{Runner: runner}, nil)
	asked := func(choice any) {
		e.Answers("window/showMessageRequest", func(params json.RawMessage) (any, *editortest.Error, bool) {
			if !strings.Contains(string(params), "Accept answer") || !strings.Contains(string(params), "Run again") {
				t.Errorf("offered are %s", params)
			}
			return choice, nil, true
		})
	}
	e.Refused(failed, "workspace/executeCommand", object{"command": "meca.showVerdict", "arguments": []any{object{"folder": editortest.URI(dir)}}})
	runID(t, e, "meca.run", dir)
	output := editortest.URI(filepath.Join(dir, "example_output.bin"))
	e.Await(editortest.HasCode(output, "run-output-differs"))
	asked(nil)
	e.Call("workspace/executeCommand", object{"command": "meca.showVerdict", "arguments": []any{object{"folder": editortest.URI(dir)}}}, nil)
	asked(object{"title": "Run again"})
	e.Call("workspace/executeCommand", object{"command": "meca.showVerdict", "arguments": []any{object{"folder": editortest.URI(dir)}}}, nil)
	e.Await(editortest.Expectation{What: "a second run", Check: func(editortest.State) editortest.Verdict {
		if n.Load() == 2 {
			return editortest.Met
		}
		return editortest.Unmet
	}})
}

// TestRunAll runs every task of the workspace, no more than two at a time, and tells of all in one message.
func TestRunAll(t *testing.T) {
	var now, most, n atomic.Int32
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		if at := now.Add(1); at > most.Load() {
			most.Store(at)
		}
		defer now.Add(-1)
		n.Add(1)
		if strings.HasSuffix(r.dir, "c") {
			return differing(r, "x", "y")
		}
		return r.passed()
	}}
	root := t.TempDir()
	var uris []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		dir := clean(t).write(t, filepath.Join(root, name))
		uris = append(uris, configOf(dir))
	}
	e := sessionOn(t, Options{Runner: runner}, full(), nil, root)
	for _, uri := range uris {
		awaitTitles(t, e, uri, "▶ Run example", "Build image")
	}
	var answer struct{ Tasks int }
	e.Call("workspace/executeCommand", object{"command": "meca.runAll", "arguments": []any{object{}}}, &answer)
	if answer.Tasks != 5 {
		t.Errorf("%d tasks", answer.Tasks)
	}
	e.Await(editortest.Said("window/showMessage", func(o editortest.Object) bool {
		return o["message"] == "4 of 5 tasks passed. Not so: c: answer differs at 1:1."
	}))
	if n.Load() != 5 || most.Load() > 2 {
		t.Errorf("%d runs, %d at a time", n.Load(), most.Load())
	}
	e.Call("workspace/executeCommand", object{"command": "meca.runAll", "arguments": []any{object{"below": editortest.URI(filepath.Join(root, "d"))}}}, &answer)
	if answer.Tasks != 1 {
		t.Errorf("%d tasks", answer.Tasks)
	}
	e.Await(editortest.Said("window/showMessage", func(o editortest.Object) bool { return o["message"] == "1 of 1 tasks passed." }))
}
