package lsp

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// warned expects a message to the person.
func warned(part string) editortest.Expectation {
	return editortest.Said("window/showMessage", func(p editortest.Object) bool {
		return p["type"] == 2.0 && strings.Contains(p["message"].(string), part)
	})
}

// asked are the capabilities of an editor that answers for its settings.
func askable() object {
	caps := full()
	caps["workspace"].(object)["configuration"] = true
	caps["workspace"].(object)["didChangeConfiguration"] = object{"dynamicRegistration": true}
	return caps
}

// TestSettingsAreRead takes settings nested, with dots, and short; what is wrong with one does not touch the others.
func TestSettingsAreRead(t *testing.T) {
	for _, c := range []struct {
		said  string
		want  func(c *config)
		wrong string // parts, with | between them
	}{
		{`{}`, func(*config) {}, ""},
		{`null`, func(*config) {}, ""},
		{`5`, func(*config) {}, "must be an object"},
		{`{"run": {"as": "both", "once": true, "onSave": true}}`, func(c *config) {
			c.views, c.once, c.onSave = []task.View{task.AsContract, task.AsTodaysHost}, true, true
		}, ""},
		{`{"run.as": "todays-host", "run": {"once": null}}`, func(c *config) { c.views = []task.View{task.AsTodaysHost} }, ""},
		{`{"run": {"as": "host", "onse": true}}`, func(*config) {}, "meca.run.as must be one of contract, todays-host, both|no setting meca.run.onse. Did you mean meca.run.once?"},
		{`{"run": 5, "rules": null, "x y": {"z": 1}}`, func(*config) {}, "meca.run must be an object|no setting meca.x y."},
		{`{"codeLens": false, "inlayHints": false}`, func(c *config) { c.lenses, c.hints = false, false }, ""},
		{`{"codeLens": {"build": false, "verdict": false}, "inlayHints": {"enable": 1}}`, func(c *config) { c.lensBuild, c.lensResult = false, false }, "meca.inlayHints.enable must be true or false"},
		{`{"run": {"buildTimeout": 90, "readyTimeout": "1m30s", "answerTimeout": 0.5}}`, func(c *config) {
			c.buildTimeout, c.readyTimeout, c.answerTimeout = 90*time.Second, 90*time.Second, time.Second/2
		}, ""},
		{`{"run": {"buildTimeout": 0, "readyTimeout": "soon", "answerTimeout": 1e300}}`, func(*config) {}, "buildTimeout must|readyTimeout must|answerTimeout must"},
		{`{"run": {"buildTimeout": -1, "readyTimeout": "25h", "answerTimeout": []}}`, func(*config) {}, "buildTimeout must|readyTimeout must|answerTimeout must"},
		{`{"engine": " ssh://me@host "}`, func(c *config) { c.engine = "ssh://me@host" }, ""},
		{`{"engine": "me@host"}`, func(*config) {}, "meca.engine must"},
		{`{"server": {"path": 5}, "trace": {"server": "x"}}`, func(*config) {}, ""}, // the extension's own
		{`{"rules": {"empty-file": "off", "y": "off", "empty-source": 1}}`, func(c *config) { c.rules["empty-file"] = 0 }, `no rule "y"|for empty-source`},
	} {
		var v any
		if err := json.Unmarshal([]byte(c.said), &v); err != nil {
			t.Fatal(err)
		}
		w, wrong := readWishes(node{v})
		got, more := w.config(defaultConfig(task.DefaultRunOptions()), true)
		want := defaultConfig(task.DefaultRunOptions())
		c.want(&want)
		if !got.equal(&want) {
			t.Errorf("%s:\n%+v, want\n%+v", c.said, *got, want)
		}
		all := strings.Join(append(wrong, more...), "\n")
		for part := range strings.SplitSeq(c.wrong, "|") {
			if !strings.Contains(all, part) || c.wrong == "" && all != "" {
				t.Errorf("%s: said %q, want %q", c.said, all, part)
			}
		}
	}
}

// TestUntrustedSettings leaves alone what an untrusted workspace may not say.
func TestUntrustedSettings(t *testing.T) {
	defaults := defaultConfig(task.DefaultRunOptions())
	for _, s := range settingsTable() {
		if !s.restricted || s.read == nil {
			continue
		}
		w := wishes{s.key: node{"ssh://x"}}
		if s.kind == kindDuration {
			w = wishes{s.key: node{7.0}}
		}
		for _, trusted := range []bool{true, false} {
			if c, wrong := w.config(defaults, trusted); len(wrong) > 0 || c.equal(&defaults) == trusted {
				t.Errorf("%s, trusted %v: %+v %v", s.key, trusted, *c, wrong)
			}
		}
	}
}

// TestConfigurationIsAsked asks for the settings of each folder of the workspace, at the start, when they change, and when folders come.
func TestConfigurationIsAsked(t *testing.T) {
	a, b, c := faulty(t).write(t, t.TempDir()), faulty(t).write(t, t.TempDir()), faulty(t).write(t, t.TempDir())
	var level atomic.Value
	level.Store("hint")
	e := start(t, Options{})
	e.Answers("workspace/configuration", func(params json.RawMessage) (any, *editortest.Error, bool) {
		var p struct {
			Items []struct{ ScopeURI, Section string }
		}
		if err := json.Unmarshal(params, &p); err != nil {
			t.Error(err)
		}
		answer := []any{}
		for _, item := range p.Items {
			if item.Section != "meca" {
				t.Errorf("asked for %q", item.Section)
			}
			switch item.ScopeURI {
			case editortest.URI(a):
				answer = append(answer, object{"rules": object{"config-wrong-type": level.Load()}})
			case editortest.URI(b):
				answer = append(answer, nil)
			default:
				answer = append(answer, object{"rules": object{"config-wrong-type": "warning"}, "servr": object{}})
			}
		}
		return answer, nil, true
	})
	e.Initialize(editortest.Config{Capabilities: askable(), Roots: []string{a, b}, Options: object{"rules": object{"config-wrong-type": "off"}}})
	e.Await(severity(configOf(a), "config-wrong-type", 4), severity(configOf(b), "config-wrong-type", 2), warned("meca.servr"))
	e.Await(editortest.Said("client/registerCapability", func(p editortest.Object) bool {
		raw, err := json.Marshal(p)
		return err == nil && strings.Contains(string(raw), `"workspace/didChangeConfiguration","registerOptions":{"section":"meca"}`)
	}))
	level.Store("information")
	e.Notify("workspace/didChangeConfiguration", object{"settings": nil})
	e.Await(severity(configOf(a), "config-wrong-type", 3))
	// What is sent is below what is asked.
	e.Notify("workspace/didChangeConfiguration", object{"settings": object{"meca": object{"rules": object{"config-wrong-type": "error"}, "codeLens": false}}})
	uri := e.OpenFile(filepath.Join(a, "config.json"))
	e.Await(severity(uri, "config-wrong-type", 3))
	if list := e.Lenses(uri); len(list) != 0 {
		t.Errorf("lenses that are switched off: %v", editortest.Titles(list))
	}
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{object{"uri": editortest.URI(c), "name": "c"}}, "removed": []any{}}})
	e.Await(severity(configOf(c), "config-wrong-type", 2))
	answers(t, e)
	if n := messages(e, "window/showMessage"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func messages(e *editortest.Editor, method string) (n int) {
	for _, m := range e.State().Messages {
		if m.Method == method {
			n++
		}
	}
	return n
}

// TestOddAnswersForSettings are told where they are settings, and else let go.
func TestOddAnswersForSettings(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	for _, answer := range []any{nil, object{}, []any{}, []any{nil}, []any{1, 2, 3}, []any{5, "x"}, "x"} {
		e := start(t, Options{})
		asked2 := make(chan struct{}, 8)
		e.Answers("workspace/configuration", func(json.RawMessage) (any, *editortest.Error, bool) {
			asked2 <- struct{}{}
			return answer, nil, true
		})
		e.Initialize(editortest.Config{Capabilities: askable(), Roots: []string{dir}})
		<-asked2
		e.Await(severity(configOf(dir), "config-wrong-type", 1))
		answers(t, e)
	}
	e := start(t, Options{waits: quick()})
	e.Answers("workspace/configuration", func(json.RawMessage) (any, *editortest.Error, bool) { return nil, nil, false }) // never
	e.Initialize(editortest.Config{Capabilities: askable(), Roots: []string{dir}})
	e.Await(severity(configOf(dir), "config-wrong-type", 1))
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestSettingsOfRuns reach the runner.
func TestSettingsOfRuns(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	opts := make(chan task.RunOptions, 8)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		opts <- r.opts
		return r.passed()
	}}
	e := sessionOn(t, Options{Runner: runner}, full(), object{"run": object{"as": "todays-host", "once": true, "answerTimeout": "7s"}, "runEvents": true}, dir)
	config := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(config))
	runID(t, e, "meca.run", dir)
	want := task.DefaultRunOptions()
	want.As, want.Once, want.AnswerTimeout = task.AsTodaysHost, true, 7*time.Second
	if diff := cmp.Diff(want, <-opts); diff != "" {
		t.Error(diff)
	}
}

// TestLensSwitches shows only the lenses that are wanted, and has the client ask again when that changes.
func TestLensSwitches(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(uri))
	for _, c := range []struct {
		lens any
		want []string
	}{
		{object{"build": false}, []string{"▶ Run example"}},
		{object{"run": false}, []string{}},
		{object{"build": nil}, []string{"Build image"}},
		{false, []string{}},
		{object{"enable": true, "run": true}, []string{"▶ Run example", "Build image"}},
	} {
		before := messages(e, "workspace/codeLens/refresh")
		e.Notify("workspace/didChangeConfiguration", object{"settings": object{"meca": object{"codeLens": c.lens}}})
		if got := editortest.Titles(e.Lenses(uri)); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v", c.lens, got)
		}
		e.Await(editortest.Expectation{What: "a refresh", Check: func(s editortest.State) editortest.Verdict {
			n := 0
			for _, m := range s.Messages {
				if m.Method == "workspace/codeLens/refresh" {
					n++
				}
			}
			if n > before {
				return editortest.Met
			}
			return editortest.Unmet
		}})
	}
}

// TestRunOnSave runs a task again that was run before; once more after a run in which it was saved; never where nobody wants it.
func TestRunOnSave(t *testing.T) {
	for _, c := range []struct {
		name    string
		options object
		want    int32
	}{
		{"wanted", object{"run": object{"onSave": true}, "runEvents": true}, 3},
		{"not wanted", object{"runEvents": true}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := clean(t).write(t, t.TempDir())
			begun, goOn := make(chan *fakeRun, 9), make(chan struct{}, 9)
			runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
				begun <- r
				<-goOn
				return r.passed()
			}}
			e := sessionOn(t, Options{Runner: runner}, full(), c.options, dir)
			uri := e.OpenFile(filepath.Join(dir, "config.json"))
			e.Await(editortest.HasCodes(uri))
			e.Save(uri) // it was not run yet
			answers(t, e)
			if n := runner.runs.Load(); n != 0 {
				t.Fatalf("%d runs", n)
			}
			runID(t, e, "meca.run", dir)
			<-begun
			e.Save(uri)
			e.Save(uri)
			answers(t, e)
			ends := func(n int) editortest.Expectation {
				return editortest.Expectation{What: fmt.Sprint(n, " runs end"), Check: func(s editortest.State) editortest.Verdict {
					have := 0
					for _, m := range s.Messages {
						if m.Method == "meca/run" && m.Object()["kind"] == "end" {
							have++
						}
					}
					if have == n {
						return editortest.Met
					}
					return editortest.Unmet
				}}
			}
			for range 4 {
				goOn <- struct{}{}
			}
			if c.want > 1 {
				e.Await(ends(2)) // the one that was saved in ran again, once
				for editortest.Titles(e.Lenses(uri))[0] != "▶ Run example" {
				}
				e.Save(uri)
			}
			e.Await(ends(int(c.want)))
			for editortest.Titles(e.Lenses(uri))[0] != "▶ Run example" {
			}
			if n := runner.runs.Load(); n != c.want {
				t.Errorf("%d runs, want %d", n, c.want)
			}
		})
	}
}

// TestNoRunOnSaveAfterStop leaves a task alone that a person stopped, and one that is not trusted.
func TestNoRunOnSaveAfterStop(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	begun := make(chan *fakeRun, 9)
	runner := untilCanceled(begun)
	e := sessionOn(t, Options{Runner: runner}, full(), object{"run": object{"onSave": true}, "runEvents": true}, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(uri))
	runID(t, e, "meca.run", dir)
	<-begun
	e.Save(uri)
	runID(t, e, "meca.stop", dir)
	e.Await(ended("canceled"))
	for editortest.Titles(e.Lenses(uri))[0] != "▶ Run example" {
	}
	if n := runner.runs.Load(); n != 1 {
		t.Errorf("%d runs", n)
	}
}
