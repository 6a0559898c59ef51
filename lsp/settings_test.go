package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

const silent = `{"rules": {"config-wrong-type": "off"}}`

// severity expects one finding of a code in a file, of this severity.
func severity(uri, code string, want int) editortest.Expectation {
	return editortest.Expectation{What: code + " has another severity", Check: func(s editortest.State) editortest.Verdict {
		for _, d := range s.Diagnostics[uri].List {
			if d.Code == code && d.Severity == want {
				return editortest.Met
			}
		}
		return editortest.Unmet
	}}
}

func settingsURI(dir string) string { return editortest.URI(filepath.Join(dir, ".meca-lsp.json")) }

// TestSettingsFiles has the nearest file count before farther ones, and an editor's text before the disk's.
func TestSettingsFiles(t *testing.T) {
	above := t.TempDir()
	tree{".meca-lsp.json": silent}.write(t, above) // not in the workspace
	ws := filepath.Join(above, "ws")
	a := faulty(t).write(t, filepath.Join(ws, "x/a"))
	b := faulty(t).with(tree{".meca-lsp.json": `{"rules": {"config-wrong-type": "hint"}}`}).write(t, filepath.Join(ws, "x/b"))
	c := faulty(t).write(t, filepath.Join(ws, "c"))
	x := filepath.Join(ws, "x")
	tree{".meca-lsp.json": silent}.write(t, x)
	e := begin(t, Options{}, ws)
	e.Await(severity(configOf(b), "config-wrong-type", 4), severity(configOf(c), "config-wrong-type", 1))
	open := e.OpenFile(filepath.Join(a, "config.json"))
	e.Await(editortest.HasCodes(open))
	if list := e.Actions(open, editortest.Range{End: editortest.Position{Line: 1}}, nil); len(list) > 0 {
		t.Errorf("actions for a silent rule: %+v", list)
	}

	// The editor's text counts.
	settings := e.Open(filepath.Join(x, ".meca-lsp.json"), `{"rules": {"config-wrong-type": "warning"}}`)
	e.Await(severity(open, "config-wrong-type", 2), editortest.HasCodes(settings), severity(configOf(b), "config-wrong-type", 4))
	e.Change(settings, `{"rules": {"config-wrong-type": "information"`) // being typed
	e.Await(severity(open, "config-wrong-type", 3), editortest.HasCode(settings, "settings-invalid"))
	e.Close(settings)
	e.Await(editortest.HasCodes(open), editortest.HasCodes(settings))

	// The disk changes.
	tree{".meca-lsp.json": `{"rules": {"config-wrong-type": "hint"}}`}.write(t, x)
	e.Changed(2, filepath.Join(x, ".meca-lsp.json"))
	e.Await(severity(open, "config-wrong-type", 4))
	if err := os.Remove(filepath.Join(x, ".meca-lsp.json")); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, filepath.Join(x, ".meca-lsp.json"))
	e.Await(severity(open, "config-wrong-type", 1))
	tree{".meca-lsp.json": silent}.write(t, ws)
	e.Changed(1, filepath.Join(ws, ".meca-lsp.json"))
	e.Await(editortest.HasCodes(open), editortest.HasCodes(configOf(c)), severity(configOf(b), "config-wrong-type", 4))
}

// TestWrongSettings are told on their file, once for all task folders, with what mends them; also where the file is not open.
func TestWrongSettings(t *testing.T) {
	ws := t.TempDir()
	const wrong = `{"rules": {"config-wrong-typ": "off"}}`
	tree{".meca-lsp.json": wrong, "web/.meca-lsp.json": "{"}.write(t, ws)
	a := faulty(t).write(t, filepath.Join(ws, "a"))
	faulty(t).write(t, filepath.Join(ws, "b"))
	e := begin(t, Options{}, ws)
	uri := settingsURI(ws)
	e.Await(editortest.HasCodes(uri, "settings-invalid"), editortest.HasCodes(configOf(a), "config-wrong-type"))
	if n := e.State().Diagnostics[uri].Count; n != 1 {
		t.Errorf("told %d times", n)
	}
	e.OpenFile(filepath.Join(ws, ".meca-lsp.json"))
	e.Await(editortest.ForVersion(uri, 1))
	d := finding1(e, uri, "settings-invalid")
	if got := e.Underlined(uri, d.Range); got != `"config-wrong-typ"` || d.Severity != 2 || d.CodeDescription.Href != "" {
		t.Errorf("%+v on %s", d, got)
	}
	a1 := e.Action(uri, d.Range, `Change to "config-wrong-type"`)
	if a1.Kind != "quickfix" || a1.Edit == nil {
		t.Fatalf("%+v", a1)
	}
	if list := e.Actions(uri, d.Range, object{"diagnostics": []any{}, "only": []string{"refactor"}}); len(list) > 0 {
		t.Errorf("refactorings: %+v", list)
	}
	e.Apply(*a1.Edit)
	e.Await(editortest.HasCodes(uri), editortest.HasCodes(configOf(a)))
	e.Close(uri)
	e.Await(editortest.HasCodes(uri, "settings-invalid"), editortest.HasCodes(configOf(a), "config-wrong-type"))
	if _, told := e.State().Diagnostics[settingsURI(filepath.Join(ws, "web"))]; told {
		t.Error("a settings file that counts for no task folder was judged")
	}
	// One that is open is judged wherever it is.
	web := e.OpenFile(filepath.Join(ws, "web/.meca-lsp.json"))
	e.Await(editortest.HasCode(web, "settings-invalid"))
	e.Close(web)
	e.Await(editortest.HasCodes(web))
	// With the last task folder, its settings go.
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{}, "removed": []any{object{"uri": editortest.URI(ws)}}}})
	e.Await(editortest.HasCodes(uri), editortest.HasCodes(configOf(a)))
}

// TestSettingsWithoutWatching reads them when a file is opened or saved, and needs no workspace.
func TestSettingsWithoutWatching(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	e := start(t, Options{})
	e.Initialize(editortest.Config{})
	config := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(config, "config-wrong-type"))
	tree{".meca-lsp.json": silent}.write(t, dir)
	e.Save(config)
	e.Await(editortest.HasCodes(config))
	settings := e.OpenFile(filepath.Join(dir, ".meca-lsp.json"))
	e.Await(editortest.HasCodes(settings))
	e.Close(config) // the settings file keeps its folder
	e.Change(settings, "{}")
	e.Await(editortest.HasCodes(configOf(dir), "config-wrong-type"))
	e.Close(settings)
	e.Await(editortest.HasCodes(configOf(dir)))
	answers(t, e)
}

// TestLostSettings keeps what was last known of a settings file whose text got lost.
func TestLostSettings(t *testing.T) {
	e, dir := oneTask(t, tree{"config.json": faultyConfig})
	uri := e.Open(filepath.Join(dir, ".meca-lsp.json"), `{"rules": {"config-wrong-type": "hint", "x": 1}}`)
	e.Await(editortest.HasCodes(uri, "settings-invalid"), severity(configOf(dir), "config-wrong-type", 4))
	e.AnyVersion(uri)
	e.Notify("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": 1}, "contentChanges": []any{object{}}})
	e.Await(editortest.HasCodes(uri), severity(configOf(dir), "config-wrong-type", 4))
	e.Change(uri, silent)
	e.Await(editortest.HasCodes(configOf(dir)))
}

func TestSettingsCompletion(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, ".meca-lsp.json"), "")
	for _, c := range []struct {
		text   string // | is the cursor
		labels []string
		edit   string // of the first
	}{
		{"|", []string{"rules"}, "{\n  \"rules\": {}\n}\n"},
		{"{|}", []string{"rules"}, `"rules": {$0}`},
		{`{"r|": {}}`, []string{"rules"}, `"rules"`},
		{`{"rules": {"port-not-exposed": "|"}}`, []string{"off", "hint", "information", "warning", "error"}, `"off"`},
		{`{"rules": {"port-not-exposed": |}}`, []string{"off", "hint", "information", "warning", "error"}, `"off"`},
		{`{"rules": |{}}`, nil, ""},
		{`{"rules": {}}|`, nil, ""},
		{`[|]`, nil, ""},
		{`{"rules": {}, |}`, nil, ""},
	} {
		before, after, _ := strings.Cut(c.text, "|")
		e.Change(uri, before+after)
		var list []completionItem
		e.Call("textDocument/completion", object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": len(before)}}, &list)
		var labels []string
		for _, i := range list {
			labels = append(labels, i.Label)
		}
		if !slices.Equal(labels, c.labels) || len(list) > 0 && list[0].TextEdit.NewText != c.edit {
			t.Errorf("%s: %+v", c.text, list)
		}
	}
	e.Change(uri, `{"rules": {"config-syntax": "off", "p"}}`)
	var list []completionItem
	e.Call("textDocument/completion", object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 37}}, &list)
	at := slices.IndexFunc(list, func(i completionItem) bool { return i.Label == "port-not-exposed" })
	if at < 0 || slices.ContainsFunc(list, func(i completionItem) bool { return i.Label == "config-syntax" }) {
		t.Fatalf("%+v", list)
	}
	if i := list[at]; e.Underlined(uri, i.TextEdit.Range) != `"p"` || i.InsertTextFormat != 2 || i.FilterText != `"port-not-exposed"` {
		t.Errorf("%+v", i)
	}
}

// TestSaidRules counts what the client says before every file, and tells what is wrong with it once.
func TestSaidRules(t *testing.T) {
	dir := faulty(t).with(tree{".meca-lsp.json": silent}).write(t, t.TempDir())
	e := sessionOn(t, Options{}, full(), object{"rules": object{"config-wrong-type": "hint", "no-such-rule": "off", "empty-file": 5}}, dir)
	warned := func(part string) editortest.Expectation {
		return editortest.Said("window/showMessage", func(p editortest.Object) bool {
			return p["type"] == 2.0 && strings.Contains(p["message"].(string), part)
		})
	}
	e.Await(severity(configOf(dir), "config-wrong-type", 4), warned(`"no-such-rule"`), warned("empty-file"))
	said := func(rules any) {
		e.Notify("workspace/didChangeConfiguration", object{"settings": object{"meca": object{"rules": rules, "other": 1}}})
	}
	said(object{"config-wrong-type": "error", "no-such-rule": "off"})
	e.Await(severity(configOf(dir), "config-wrong-type", 1))
	for _, settings := range []any{nil, object{}, object{"meca": nil}, object{"meca": object{}}} {
		e.Notify("workspace/didChangeConfiguration", object{"settings": settings}) // they say nothing
	}
	said(object{"config-wrong-type": "warning"})
	e.Await(severity(configOf(dir), "config-wrong-type", 2))
	said(nil)
	e.Await(editortest.HasCodes(configOf(dir))) // the file's word
	said("x")
	e.Await(warned("must be an object"))
	messages := 0
	for _, m := range e.State().Messages {
		if m.Method == "window/showMessage" {
			messages++
		}
	}
	if messages != 3 { // of rules, of "other", and of rules again
		t.Errorf("%d messages", messages)
	}
}

// TestSettingsAreWatched asks the client to tell of them.
func TestSettingsAreWatched(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := begin(t, Options{}, dir)
	e.Await(editortest.Said("client/registerCapability", func(p editortest.Object) bool {
		raw, err := json.Marshal(p)
		return err == nil && strings.Contains(string(raw), ",.meca-lsp.json}")
	}))
}

// TestExtensionKnowsTheRules holds the codes that the extension offers for meca.rules against the rules that there are.
func TestExtensionKnowsTheRules(t *testing.T) {
	var manifest struct {
		Contributes struct {
			Configuration struct {
				Properties map[string]struct {
					PropertyNames        struct{ Enum []string }
					AdditionalProperties json.RawMessage
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(read1(t, filepath.FromSlash("../editors/vscode/package.json"))), &manifest); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range diagnostics.Rules() {
		codes = append(codes, r.Code)
	}
	setting := manifest.Contributes.Configuration.Properties["meca.rules"]
	if !slices.Equal(setting.PropertyNames.Enum, codes) {
		t.Errorf("the extension offers %v, there are %v", setting.PropertyNames.Enum, codes)
	}
	var values struct{ Enum []string }
	if err := json.Unmarshal(setting.AdditionalProperties, &values); err != nil || !slices.Equal(values.Enum, severities()) {
		t.Errorf("the extension offers the severities %v: %v", values.Enum, err)
	}
}
