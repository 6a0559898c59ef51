package lsp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
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
