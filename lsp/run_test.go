package lsp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// fakeRunner runs a script instead of a task.
type fakeRunner struct {
	script func(r *fakeRun) *task.Report // nil: passes
	stop   func(dir string) error        // nil: comes off
	runs   atomic.Int32
}

// fakeRun is one run of a script.
type fakeRun struct {
	ctx    context.Context
	dir    string
	folder *task.Folder
	opts   task.RunOptions
	emit   func(task.Event)
}

func (f *fakeRunner) Run(ctx context.Context, dir string, folder *task.Folder, opts task.RunOptions, emit func(task.Event)) *task.Report {
	f.runs.Add(1)
	r := &fakeRun{ctx, dir, folder, opts, emit}
	if f.script == nil {
		return r.passed()
	}
	return f.script(r)
}

func (f *fakeRunner) StopKept(_ context.Context, dir, _ string) error {
	if f.stop == nil {
		return nil
	}
	return f.stop(dir)
}

func (r *fakeRun) passed() *task.Report {
	return &task.Report{Hash: r.folder.Hash(), Outcome: task.Passed, Message: "passed"}
}

// untilCanceled is a run that goes on until somebody stops it.
func untilCanceled(begun chan<- *fakeRun) *fakeRunner {
	return &fakeRunner{script: func(r *fakeRun) *task.Report {
		begun <- r
		<-r.ctx.Done()
		return &task.Report{Hash: r.folder.Hash(), Outcome: task.Canceled, Message: "canceled"}
	}}
}

// runID executes a command and gives the id that it answers.
func runID(t testing.TB, e *editortest.Editor, command, dir string) string {
	t.Helper()
	raw, err := e.Execute(command, object{"folder": editortest.URI(dir)}).Wait()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	var answer struct{ Run string }
	if string(raw) == "null" {
		return ""
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Run == "" {
		t.Fatalf("%s answered %s", command, raw)
	}
	return answer.Run
}

// ended waits for the end of a run, with this outcome where it is not "".
func ended(outcome string) editortest.Expectation {
	x := editortest.Said("meca/run", func(o editortest.Object) bool {
		return o["kind"] == "end" && (outcome == "" || editortest.Object(o["verdict"].(object))["outcome"] == outcome)
	})
	x.What = "the end of a run: " + outcome
	return x
}

// known waits until a folder's state was told, so that it can be run.
func known(t testing.TB, o Options, options object) (*editortest.Editor, string) {
	t.Helper()
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, o, full(), options, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.ForVersion(uri, 1))
	return e, dir
}

// TestRunEvents looks at all that our own extension is told of a run.
func TestRunEvents(t *testing.T) {
	large := strings.Repeat("x", maxShown+5)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		r.emit(task.Event{Phase: task.PhaseBuild})
		r.emit(task.Event{Phase: task.PhaseBuild, Stream: "build", Line: "Step 1/2"})
		r.emit(task.Event{Phase: task.PhaseReady})
		r.emit(task.Event{Phase: task.PhaseReady, Stream: "stdout", Line: ""})
		report := r.passed()
		report.Steps = []task.Step{{Phase: task.PhaseBuild, Took: 1500 * time.Millisecond, Cached: true}}
		report.Answer = &task.Answer{Status: 200, Bytes: int64(len(large)), Body: []byte(large), Match: task.MatchTrimmed, Expected: []byte("<y>")}
		return report
	}}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	id := runID(t, e, "meca.run", dir)
	e.Await(ended(""))
	var kinds []string
	for _, m := range e.State().Messages {
		if m.Method != "meca/run" {
			continue
		}
		o := m.Object()
		if o["run"] != id || o["folder"] != editortest.URI(dir) || o["job"] != "run" {
			t.Errorf("%s", m.Params)
		}
		kinds = append(kinds, fmt.Sprintf("%v|%v|%v|%v", o["kind"], o["state"], o["stream"], o["text"]))
		if o["kind"] == "end" {
			v := editortest.Object(o["verdict"].(object))
			phase := v["phases"].([]any)[0].(object)
			if v["outcome"] != "passed" || v["message"] != "passed" || v["durationMs"] == nil || phase["name"] != "build" || phase["ms"] != 1500.0 || phase["cached"] != true {
				t.Errorf("verdict %v", v["phases"])
			}
			a := v["answer"].(object)
			body, _ := base64.StdEncoding.DecodeString(a["body"].(string))
			expected, _ := base64.StdEncoding.DecodeString(a["expected"].(string))
			if len(body) != maxShown || string(expected) != "<y>" || a["truncated"] != true || a["match"] != "trimmed" || a["status"] != 200.0 || a["bytes"] != float64(len(large)) {
				t.Errorf("answer: %d bytes, %q, %v %v %v %v", len(body), expected, a["truncated"], a["match"], a["status"], a["bytes"])
			}
		}
		if m.Method == "window/showMessage" || m.Method == "window/logMessage" {
			t.Errorf("told twice: %s", m.Params)
		}
	}
	want := []string{
		"begin|<nil>|<nil>|<nil>", "state|build|<nil>|<nil>", "log|<nil>|build|Step 1/2", "state|ready|<nil>|<nil>", "log|<nil>|stdout|", "end|<nil>|<nil>|<nil>",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %q, want %q", kinds, want)
	}
}

// TestRunMessages is what other editors are told.
func TestRunMessages(t *testing.T) {
	for outcome, kind := range map[task.Outcome]float64{task.Passed: 3, task.Canceled: 3, task.Failed: 1, task.Error: 1} {
		runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
			r.emit(task.Event{Phase: task.PhaseBuild, Stream: "stdout", Line: "hello"})
			return &task.Report{Outcome: outcome, Message: "the verdict"}
		}}
		e, dir := known(t, Options{Runner: runner}, nil)
		runID(t, e, "meca.run", dir)
		e.Await(
			editortest.Said("window/logMessage", func(o editortest.Object) bool {
				return o["type"] == 4.0 && strings.Contains(o["message"].(string), "hello")
			}),
			editortest.Said("window/showMessage", func(o editortest.Object) bool { return o["type"] == kind && o["message"] == "the verdict" }),
			editortest.Never(editortest.Said("meca/run", nil)),
		)
	}
}

// TestRunIsAnsweredAtOnce, a second click joins, the lenses follow, and stop ends it.
func TestRunIsAnsweredAtOnce(t *testing.T) {
	begun := make(chan *fakeRun, 10)
	e, dir := known(t, Options{Runner: untilCanceled(begun)}, object{"runEvents": true})
	uri := configOf(dir)
	if id := runID(t, e, "meca.stop", dir); id != "" {
		t.Errorf("stopped %q, and nothing ran", id)
	}
	id := runID(t, e, "meca.run", dir)
	r := <-begun
	if r.dir != dir || r.opts.BuildOnly || r.opts.ReadyTimeout != task.DefaultRunOptions().ReadyTimeout {
		t.Errorf("run of %s with %+v", r.dir, r.opts)
	}
	for _, command := range []string{"meca.run", "meca.build"} {
		if again := runID(t, e, command, dir); again != id {
			t.Errorf("%s began %s beside %s", command, again, id)
		}
	}
	if titles := editortest.Titles(e.Lenses(uri)); !slices.Equal(titles, []string{"■ Stop"}) {
		t.Errorf("lenses %v", titles)
	}
	refreshes := func(n int) editortest.Expectation {
		return editortest.Expectation{What: fmt.Sprintf("%d refreshes", n), Check: func(s editortest.State) editortest.Verdict {
			for _, m := range s.Messages {
				if m.Method == "workspace/codeLens/refresh" {
					n--
				}
			}
			if n <= 0 {
				return editortest.Met
			}
			return editortest.Unmet
		}}
	}
	e.Await(refreshes(1))
	if stopped := runID(t, e, "meca.stop", dir); stopped != id {
		t.Errorf("stopped %q", stopped)
	}
	e.Await(ended("canceled"), refreshes(2))
	awaitTitles(t, e, uri, "▶ Run example", "Build image")
	if next := runID(t, e, "meca.build", dir); next == id {
		t.Error("a new run has the old id")
	}
	if r := <-begun; !r.opts.BuildOnly {
		t.Error("a build runs")
	}
}

// TestStopKept stops a container that a run left running, by the command that stops runs. Where the engine does not, it says so.
func TestStopKept(t *testing.T) {
	var tries atomic.Int32
	runner := &fakeRunner{
		script: func(r *fakeRun) *task.Report {
			report := r.passed()
			report.Kept = &task.Kept{ID: "1", URL: "http://192.0.2.1:8080/"}
			return report
		},
		stop: func(string) error {
			if tries.Add(1) == 1 {
				return errors.New("the engine is away")
			}
			return nil
		},
	}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	uri, args := configOf(dir), object{"folder": editortest.URI(dir)}
	runID(t, e, "meca.run", dir)
	e.Await(ended("passed"))
	kept := []string{"▶ Run example", "Build image", "■ Stop the container at http://192.0.2.1:8080/", "✓ built in 0 ms"}
	awaitTitles(t, e, uri, kept...)
	if _, err := e.Execute("meca.stop", args).Wait(); err == nil || !strings.Contains(err.Error(), "left running: the engine is away") {
		t.Errorf("got %v", err)
	}
	awaitTitles(t, e, uri, kept...)
	if id := runID(t, e, "meca.stop", dir); id != "" {
		t.Errorf("stopped the run %q", id)
	}
	awaitTitles(t, e, uri, "▶ Run example", "Build image", "✓ built in 0 ms")
	if runID(t, e, "meca.stop", dir); tries.Load() != 2 {
		t.Errorf("it was stopped %d times", tries.Load())
	}
}

// awaitTitles asks for lenses until they are these: they change when a run ends, which an editor is told by a refresh.
func awaitTitles(t *testing.T, e *editortest.Editor, uri string, titles ...string) {
	t.Helper()
	deadline := time.Now().Add(editortest.Patience)
	for !slices.Equal(editortest.Titles(e.Lenses(uri)), titles) {
		if time.Now().After(deadline) {
			t.Fatalf("lenses %v", editortest.Titles(e.Lenses(uri)))
		}
	}
}

// TestRunBecomesFindings shows what a run found, until the next one.
func TestRunBecomesFindings(t *testing.T) {
	var n atomic.Int32
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		if n.Add(1) == 2 {
			return r.passed()
		}
		return &task.Report{
			Hash: r.folder.Hash(), Outcome: task.Failed, Message: "differs", Ready: &task.Ready{Seen: true}, Listen: &task.Listen{Open: true},
			Answer: &task.Answer{Status: 200, Bytes: 1, Body: []byte("x"), Match: task.MatchDifferent, Expected: []byte("y")},
		}
	}}
	e, dir := known(t, Options{Runner: runner}, nil)
	output := editortest.URI(filepath.Join(dir, "example_output.bin"))
	runID(t, e, "meca.run", dir)
	e.Await(editortest.HasCodes(output, "run-output-differs"))
	runID(t, e, "meca.run", dir)
	e.Await(editortest.HasCodes(output))
}

// TestRunTakesTheEditorsTexts runs what the person sees.
func TestRunTakesTheEditorsTexts(t *testing.T) {
	begun := make(chan *fakeRun, 1)
	e, dir := known(t, Options{Runner: untilCanceled(begun)}, nil)
	e.Change(configOf(dir), `{"resource": {"cpu": 3, "mem": 77}}`)
	runID(t, e, "meca.run", dir)
	if limits := (<-begun).folder.Limits(); limits.CPU != 3 || limits.MemMiB != 77 {
		t.Errorf("limits %+v", limits)
	}
}

// TestBadCommands: nothing runs.
func TestBadCommands(t *testing.T) {
	runner := &fakeRunner{}
	e, dir := known(t, Options{Runner: runner}, nil)
	other := clean(t).write(t, t.TempDir())
	uri := editortest.URI(dir)
	for _, command := range []string{"meca.run", "meca.build", "meca.stop", "meca.createFile", "meca.removeByteOrderMark", "meca.applyFix"} {
		for _, args := range [][]any{
			{}, {nil}, {5}, {"x"}, {[]any{}}, {object{}}, {object{"folder": 5}}, {object{"folder": nil}}, {object{"folder": ""}},
			{object{"folder": uri}, object{"folder": uri}}, make([]any, 100),
			{object{"folder": editortest.URI(other)}}, {object{"folder": editortest.URI(filepath.Dir(dir))}}, {object{"folder": uri + "/src"}},
			{object{"folder": uri + "/../" + filepath.Base(dir)}}, {object{"folder": uri + "/%2e%2e/" + filepath.Base(dir)}},
			{object{"folder": dir}}, {object{"folder": "untitled:x"}}, {object{"FOLDER": uri}},
		} {
			e.Refused(wrongParams, "workspace/executeCommand", object{"command": command, "arguments": args})
		}
		e.Refused(wrongParams, "workspace/executeCommand", object{"command": command})
		e.Refused(wrongParams, "workspace/executeCommand", object{"command": command, "arguments": 5})
	}
	for _, command := range []any{"meca.none", "", 5, nil} {
		e.Refused(wrongParams, "workspace/executeCommand", object{"command": command, "arguments": []any{object{"folder": uri}}})
	}
	for _, path := range []any{"", ".", "..", "../x", "/etc/passwd", "src/../../x", "Dockerfile", 5, nil, "x\x00y"} {
		for _, command := range []string{"meca.createFile", "meca.removeByteOrderMark"} {
			e.Refused(wrongParams, "workspace/executeCommand", object{"command": command, "arguments": []any{object{"folder": uri, "path": path}}})
		}
	}
	if n := runner.runs.Load(); n != 0 {
		t.Errorf("%d runs", n)
	}
}

func TestNoTrustNoRun(t *testing.T) {
	runner := &fakeRunner{}
	e, dir := known(t, Options{Runner: runner}, object{"trusted": false})
	for _, command := range []string{"meca.run", "meca.build"} {
		reason := e.Refused(failed, "workspace/executeCommand", object{"command": command, "arguments": []any{object{"folder": editortest.URI(dir)}}})
		if !strings.Contains(reason, "trust") {
			t.Errorf("%s", reason)
		}
	}
	if runner.runs.Load() != 0 {
		t.Error("it ran")
	}
	e, dir = known(t, Options{}, nil)
	e.Refused(failed, "workspace/executeCommand", object{"command": "meca.run", "arguments": []any{object{"folder": editortest.URI(dir)}}})
}
