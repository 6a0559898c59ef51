package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// pulling are the capabilities of an editor that can everything, and asks for diagnostics.
func pulling() object {
	caps := full()
	caps["textDocument"].(object)["diagnostic"] = object{"relatedInformation": true}
	caps["workspace"].(object)["diagnostics"] = object{"refreshSupport": true}
	return caps
}

// scripts are what a person does; each ends with what must be shown then.
var scripts = map[string]func(t *testing.T, e *editortest.Editor, ws string){
	"nothing is open": func(t *testing.T, e *editortest.Editor, ws string) {
		a := filepath.Join(ws, "a")
		e.Await(editortest.HasCodes(configOf(a), "config-wrong-type"))
	},
	"edits": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.OpenFile(filepath.Join(ws, "a/config.json"))
		e.Await(editortest.HasCodes(uri, "config-wrong-type"), editortest.ForVersion(uri, 1))
		e.Change(uri, cleanConfig)
		e.Await(editortest.HasCodes(uri))
		v := e.Change(uri, `{"resource": {"cpu": "2", "mem": "x", "y": 1}}`)
		e.Await(editortest.ForVersion(uri, v), editortest.HasCode(uri, "config-unknown-key"))
	},
	"many edits": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.OpenFile(filepath.Join(ws, "a/config.json"))
		for i := range 500 {
			e.Change(uri, fmt.Sprintf(`{"resource": {"cpu": "%d", "mem": 128, "use_gpu": false, "gpu_count": 0}}`, i))
		}
		e.Await(editortest.Expectation{What: "the last value is named", Check: func(s editortest.State) editortest.Verdict {
			if list := s.Diagnostics[uri].List; len(list) == 1 && strings.Contains(list[0].Message, `"499"`) {
				return editortest.Met
			}
			return editortest.Unmet
		}})
	},
	"another file changes what is said of this one": func(t *testing.T, e *editortest.Editor, ws string) {
		dir := filepath.Join(ws, "b")
		docker, app := e.OpenFile(filepath.Join(dir, "Dockerfile")), e.OpenFile(filepath.Join(dir, "src/app.py"))
		e.Await(editortest.HasCodes(docker), editortest.HasCodes(app))
		e.Change(docker, strings.Replace(e.Text(docker), "EXPOSE 8080", "", 1))
		e.Await(editortest.HasCode(docker, "port-not-exposed"))
		e.Change(app, "print('x')\n")
		e.Await(editortest.HasCode(docker, "mark-not-printed"))
		e.Change(app, "print('meca-init-done', flush=True)\n")
		e.Await(editortest.HasCodes(docker, "port-not-exposed"))
	},
	"closed unsaved": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.Open(filepath.Join(ws, "a/config.json"), cleanConfig)
		e.Await(editortest.HasCodes(uri), editortest.ForVersion(uri, 1))
		e.Close(uri)
		e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	},
	"the disk changes": func(t *testing.T, e *editortest.Editor, ws string) {
		open, closed := e.OpenFile(filepath.Join(ws, "b/config.json")), configOf(filepath.Join(ws, "a"))
		e.Await(editortest.HasCodes(open), editortest.HasCodes(closed, "config-wrong-type"))
		for _, name := range []string{"b/name.txt", "a/config.json"} {
			if err := os.Remove(filepath.Join(ws, name)); err != nil {
				t.Fatal(err)
			}
			e.Changed(3, filepath.Join(ws, name))
		}
		e.Await(editortest.HasCodes(open, "missing-file"), editortest.HasCodes(closed), editortest.HasCode(editortest.URI(filepath.Join(ws, "a/Dockerfile")), "missing-file"))
	},
	"settings": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.OpenFile(filepath.Join(ws, "a/config.json"))
		e.Await(editortest.HasCodes(uri, "config-wrong-type"))
		settings := e.Open(filepath.Join(ws, ".meca-lsp.json"), `{"rules": {"config-wrong-type": "hint", "nonsense": 1}}`)
		e.Await(editortest.HasCodes(settings, "settings-invalid"), severity(uri, "config-wrong-type", 4))
		e.Change(settings, silent)
		e.Await(editortest.HasCodes(uri), editortest.HasCodes(settings))
		e.Notify("workspace/didChangeConfiguration", object{"settings": object{"meca": object{"rules": object{"config-wrong-type": "warning"}}}})
		e.Await(severity(uri, "config-wrong-type", 2))
	},
	"a run's verdict": func(t *testing.T, e *editortest.Editor, ws string) {
		dir := filepath.Join(ws, "b")
		uri := e.OpenFile(filepath.Join(dir, "Dockerfile"))
		e.Await(editortest.HasCodes(uri))
		runID(t, e, "meca.run", dir)
		e.Await(editortest.HasCodes(uri, "run-exited"))
		e.Change(uri, e.Text(uri)+"\n# changed\n")
		e.Await(editortest.Expectation{What: "the finding is out of date", Check: func(s editortest.State) editortest.Verdict {
			if list := s.Diagnostics[uri].List; len(list) == 1 && len(list[0].Tags) == 1 {
				return editortest.Met
			}
			return editortest.Unmet
		}})
	},
	"folders go": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.OpenFile(filepath.Join(ws, "b/config.json"))
		e.Await(editortest.HasCodes(uri), editortest.HasCodes(configOf(filepath.Join(ws, "a")), "config-wrong-type"))
		e.Change(uri, faultyConfig)
		e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{}, "removed": []any{object{"uri": editortest.URI(ws), "name": "x"}}}})
		e.Await(editortest.HasCodes(configOf(filepath.Join(ws, "a"))), editortest.HasCodes(uri, "config-wrong-type"))
		e.Close(uri)
		e.Await(editortest.HasCodes(uri))
	},
	"outside the workspace": func(t *testing.T, e *editortest.Editor, ws string) {
		dir := faulty(t).write(t, filepath.Join(t.TempDir(), "c"))
		uri := e.OpenFile(filepath.Join(dir, "config.json"))
		e.Await(editortest.HasCodes(uri, "config-wrong-type"))
		other := e.OpenFile(filepath.Join(dir, "Dockerfile"))
		e.Await(editortest.HasCodes(other))
	},
	"no task's file": func(t *testing.T, e *editortest.Editor, ws string) {
		uri := e.Open(filepath.Join(ws, "b/src/config.json"), "{")
		e.Await(editortest.HasCodes(uri))
	},
}

// TestPullSaysTheSame plays every script to an editor that is published to and to one that asks: they show the same, and the one that
// asks is never published to.
func TestPullSaysTheSame(t *testing.T) {
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			ws := t.TempDir()
			shown := map[bool]map[string][]editortest.Diagnostic{}
			for _, asks := range []bool{false, true} {
				faulty(t).write(t, filepath.Join(ws, "a"))
				clean(t).write(t, filepath.Join(ws, "b"))
				caps := full()
				if asks {
					caps = pulling()
				}
				runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
					return &task.Report{Hash: r.folder.Hash(), Outcome: task.Failed, Message: "exited", Exit: &task.Exit{Code: 3, During: task.PhaseReady}, Ready: &task.Ready{}}
				}}
				e := start(t, Options{Runner: runner})
				r := e.Initialize(editortest.Config{Capabilities: caps, Roots: []string{ws}, Options: object{"runEvents": true}, Pull: asks})
				if offered := r.At("capabilities", "diagnosticProvider"); (offered != nil) != asks {
					t.Fatalf("asks %v, offered %v", asks, offered)
				}
				e.Await(editortest.HasCodes(configOf(filepath.Join(ws, "a")), "config-wrong-type"))
				script(t, e, ws)
				shown[asks] = map[string][]editortest.Diagnostic{}
				for uri, d := range e.State().Diagnostics {
					if len(d.List) > 0 {
						shown[asks][filepath.Base(filepath.Dir(uri))+"/"+filepath.Base(uri)] = d.List
					}
				}
				for _, m := range e.State().Messages {
					if asks && m.Method == "textDocument/publishDiagnostics" {
						t.Errorf("published: %.200s", m.Params)
					}
				}
				if code := e.Exit(); code != 0 {
					t.Errorf("exit code %d", code)
				}
			}
			if !reflect.DeepEqual(shown[false], shown[true]) {
				t.Errorf("published:\n%+v\nasked:\n%+v", shown[false], shown[true])
			}
		})
	}
}

// askFor asks for a document's diagnostics.
func askFor(e *editortest.Editor, uri, previous string) (r editortest.Report) {
	params := object{"textDocument": object{"uri": uri}}
	if previous != "" {
		params["previousResultId"] = previous
	}
	e.Call("textDocument/diagnostic", params, &r)
	return r
}

// codes are those of a report.
func codes(t testing.TB, r editortest.Report) []string {
	t.Helper()
	var d editortest.Diagnostics
	if err := json.Unmarshal(r.Items, &d.List); err != nil {
		t.Fatalf("%v: %s", err, r.Items)
	}
	return d.Codes()
}

func TestPullDocument(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, pulling(), nil, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	first := askFor(e, uri, "") // waits for the folder to be found
	if first.Kind != "full" || !reflect.DeepEqual(codes(t, first), []string{"config-wrong-type"}) {
		t.Fatalf("%+v", first)
	}
	if again := askFor(e, uri, first.ResultID); again.Kind != "unchanged" || again.ResultID != first.ResultID || again.Items != nil {
		t.Errorf("%+v", again)
	}
	if other := askFor(e, uri, "of another session"); other.Kind != "full" {
		t.Errorf("%+v", other)
	}
	e.Change(uri, cleanConfig)
	if next := askFor(e, uri, first.ResultID); next.Kind != "full" || string(next.Items) != "[]" {
		t.Errorf("%+v", next)
	}
	e.Change(uri, faultyConfig)
	if back := askFor(e, uri, first.ResultID); back.Kind != "unchanged" {
		t.Errorf("the same faults: %+v", back)
	}
	for _, other := range []string{editortest.URI("/no/such"), "untitled:x", editortest.URI(dir)} {
		if r := askFor(e, other, ""); r.Kind != "full" || string(r.Items) != "[]" {
			t.Errorf("%s: %+v", other, r)
		}
	}
	if closed := askFor(e, configOf(dir), ""); closed.ResultID != first.ResultID {
		t.Errorf("%+v", closed)
	}
	e.Refused(wrongParams, "textDocument/diagnostic", object{})
}

// workspace asks for the workspace's diagnostics, in one answer.
func workspace(e *editortest.Editor, previous map[string]string) *editortest.Pending {
	list := []any{}
	for uri, id := range previous {
		list = append(list, object{"uri": uri, "value": id})
	}
	return e.Request("workspace/diagnostic", object{"previousResultIds": list})
}

// reports are an answer for the workspace, by URI.
func reports(t testing.TB, p *editortest.Pending) map[string]editortest.Report {
	t.Helper()
	raw, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Items []editortest.Report }
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Items == nil {
		t.Fatalf("%v: %s", err, raw)
	}
	by := map[string]editortest.Report{}
	for _, r := range answer.Items {
		by[r.URI] = r
	}
	return by
}

// TestPullWorkspace answers with all that is known, and then with what changes.
func TestPullWorkspace(t *testing.T) {
	ws := t.TempDir()
	a, b := faulty(t).write(t, filepath.Join(ws, "a")), faulty(t).write(t, filepath.Join(ws, "b"))
	clean(t).write(t, filepath.Join(ws, "c"))
	e := sessionOn(t, Options{}, pulling(), nil, ws)
	all := reports(t, workspace(e, nil)) // right after initialized: the search is waited for
	if len(all) != 2 || all[configOf(a)].Kind != "full" || all[configOf(a)].Version != nil {
		t.Fatalf("%+v", all)
	}
	known := map[string]string{configOf(a): all[configOf(a)].ResultID, configOf(b): all[configOf(b)].ResultID}
	waiting := workspace(e, known)
	tree{"config.json": cleanConfig}.write(t, a)
	e.Changed(2, filepath.Join(a, "config.json"))
	changed := reports(t, waiting)
	if len(changed) != 1 || string(changed[configOf(a)].Items) != "[]" {
		t.Errorf("%+v", changed)
	}
	// A folder that went while nobody asked.
	if err := os.RemoveAll(b); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, b)
	known[configOf(a)] = changed[configOf(a)].ResultID
	if gone := reports(t, workspace(e, known)); len(gone) != 1 || string(gone[configOf(b)].Items) != "[]" {
		t.Errorf("%+v", gone)
	}
	// A question that nothing answers gives way to the next one, and can be taken back.
	delete(known, configOf(b))
	first, second := workspace(e, known), workspace(e, known)
	if r := reports(t, first); len(r) != 0 {
		t.Errorf("%+v", r)
	}
	e.Notify("$/cancelRequest", object{"id": second.ID()})
	if _, err := second.Wait(); err == nil || err.Code != cancelled {
		t.Errorf("taken back: %v", err)
	}
	last := workspace(e, known)
	answers(t, e) // it holds nothing up
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if r := reports(t, last); len(r) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestPullEmptyWorkspace answers at once where there is nothing to say and nothing known.
func TestPullEmptyWorkspace(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, pulling(), nil, dir)
	if r := reports(t, workspace(e, nil)); len(r) != 0 {
		t.Errorf("%+v", r)
	}
	for _, params := range []any{object{"previousResultIds": nil}, object{}} {
		e.Call("workspace/diagnostic", params, nil)
	}
	e.Refused(wrongParams, "workspace/diagnostic", nil)
	e.Refused(wrongParams, "workspace/diagnostic", object{"previousResultIds": 5})
}

// TestClosedBeforeItWasChecked tells an editor that asks of a file that it closed, also where the server never looked at the open text:
// the editor has forgotten what it was told before.
func TestClosedBeforeItWasChecked(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	var stop atomic.Bool
	letGo := make(chan struct{})
	e := start(t, Options{inject: func(where string) {
		if where == "check" && stop.Load() {
			<-letGo
		}
	}})
	e.Initialize(editortest.Config{Capabilities: pulling(), Roots: []string{dir}, Pull: true})
	e.Await(editortest.HasCodes(configOf(dir), "config-wrong-type"))
	stop.Store(true)
	uri := e.Open(filepath.Join(dir, "config.json"), cleanConfig)
	e.Await(editortest.HasCodes(uri), editortest.ForVersion(uri, 1))
	e.Close(uri)
	answers(t, e)
	close(letGo)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
}

// TestRefresh asks the client to ask again where the disk changed what it shows, and not where it changed that itself.
func TestRefresh(t *testing.T) {
	for _, able := range []bool{true, false} {
		dir := clean(t).write(t, t.TempDir())
		caps := pulling()
		if !able {
			delete(caps["workspace"].(object), "diagnostics")
		}
		e := sessionOn(t, Options{}, caps, nil, dir)
		refreshed := func() (n int) {
			for _, m := range e.State().Messages {
				if m.Method == "workspace/diagnostic/refresh" {
					n++
				}
			}
			return n
		}
		uri := e.OpenFile(filepath.Join(dir, "config.json"))
		id := askFor(e, uri, "").ResultID
		for i := range 5 {
			e.Change(uri, strings.Repeat(" ", i)+faultyConfig)
			id = askFor(e, uri, id).ResultID
		}
		if n := refreshed(); n != 0 {
			t.Errorf("able %v: %d times for the client's own edits", able, n)
		}
		if err := os.Remove(filepath.Join(dir, "name.txt")); err != nil {
			t.Fatal(err)
		}
		e.Changed(3, filepath.Join(dir, "name.txt"))
		if able {
			e.Await(editortest.Said("workspace/diagnostic/refresh", nil))
		}
		for len(codes(t, askFor(e, uri, ""))) != 2 {
			answers(t, e)
		}
		if n := refreshed(); able != (n == 1) {
			t.Errorf("able %v: %d times", able, n)
		}
	}
}

// TestPublishOnDemand: an editor that can ask may want its diagnostics published all the same.
func TestPublishOnDemand(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	e := start(t, Options{})
	said := e.Initialize(editortest.Config{Capabilities: pulling(), Roots: []string{dir}, Options: object{"publishDiagnostics": true}})
	if said.At("capabilities", "diagnosticProvider") != nil {
		t.Error("it is offered to ask for diagnostics")
	}
	e.Await(editortest.HasCode(configOf(dir), "config-wrong-type"))
}
