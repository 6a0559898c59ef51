package lsp

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// without is the editor's capabilities without one, given by its keys.
func without(keys ...string) object {
	caps := full()
	at := caps
	for _, key := range keys[:len(keys)-1] {
		at = at[key].(object)
	}
	delete(at, keys[len(keys)-1])
	return caps
}

// sessionOn starts a session on one folder with these capabilities and options.
func sessionOn(t testing.TB, o Options, caps, options object, dir string) *editortest.Editor {
	t.Helper()
	e := start(t, o)
	e.Initialize(editortest.Config{Capabilities: caps, Options: options, Roots: []string{dir}})
	return e
}

// TestDiagnostic looks at all that a diagnostic carries.
func TestDiagnostic(t *testing.T) {
	e, dir := oneTask(t, tree{"config.json": faultyConfig})
	uri := configOf(dir)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	d := e.State().Diagnostics[uri].List[0]
	want := editortest.Range{Start: editortest.Position{Character: 21}, End: editortest.Position{Character: 24}}
	if d.Range != want || d.Severity != 1 || d.Source != "meca-lsp" || d.Message == "" {
		t.Errorf("%+v", d)
	}
	if !strings.HasSuffix(d.CodeDescription.Href, "/docs/rules/config-wrong-type.md") {
		t.Errorf("codeDescription %q", d.CodeDescription.Href)
	}
	if string(d.Data) != `{"code":"config-wrong-type","index":0}` {
		t.Errorf("data %s", d.Data)
	}
	if d.Related != nil || d.Tags != nil {
		t.Errorf("more than there is: %s %v", d.Related, d.Tags)
	}
}

// TestRelatedInformation is given to clients that know it. The finding of a run has some, and is out of date after an edit.
func TestRelatedInformation(t *testing.T) {
	for _, able := range []bool{true, false} {
		caps := full()
		if !able {
			caps = without("textDocument", "publishDiagnostics", "relatedInformation")
		}
		dir := clean(t).write(t, t.TempDir())
		runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
			return &task.Report{
				Hash: r.folder.Hash(), Outcome: task.Failed, Message: "exited", Exit: &task.Exit{Code: 3, During: task.PhaseReady},
				Ready: &task.Ready{}, LastOutput: []string{"a", "b"},
			}
		}}
		e := sessionOn(t, Options{Runner: runner}, caps, nil, dir)
		uri := e.OpenFile(filepath.Join(dir, "Dockerfile"))
		e.Await(editortest.HasCodes(uri))
		if _, err := e.Execute("meca.run", object{"folder": editortest.URI(dir)}).Wait(); err != nil {
			t.Fatal(err)
		}
		e.Await(editortest.HasCode(uri, "run-exited"))
		fresh := finding1(e, uri, "run-exited")
		var related []any
		_ = json.Unmarshal(fresh.Related, &related)
		if able != (len(related) > 0) {
			t.Errorf("able %v: related %s", able, fresh.Related)
		}
		if fresh.Tags != nil {
			t.Errorf("fresh, with tags %v", fresh.Tags)
		}
		e.Change(uri, e.Text(uri)+"\n# changed\n")
		e.Await(editortest.Expectation{What: "the finding is out of date", Check: func(s editortest.State) editortest.Verdict {
			for _, d := range s.Diagnostics[uri].List {
				if d.Code == "run-exited" && slices.Equal(d.Tags, []int{1}) {
					return editortest.Met
				}
			}
			return editortest.Unmet
		}})
	}
}

func finding1(e *editortest.Editor, uri, code string) editortest.Diagnostic {
	for _, d := range e.State().Diagnostics[uri].List {
		if d.Code == code {
			return d
		}
	}
	return editortest.Diagnostic{}
}

// TestOpenFilesHearOfThemselves wants an empty list for a file without a finding, once it is open.
func TestOpenFilesHearOfThemselves(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.OpenFile(filepath.Join(dir, "src/app.py"))
	e.Await(editortest.HasCodes(uri), editortest.ForVersion(uri, 1))
	e.Close(uri)
	again := e.OpenFile(filepath.Join(dir, "src/app.py"))
	e.Await(editortest.Expectation{What: "told twice", Check: func(s editortest.State) editortest.Verdict {
		if s.Diagnostics[again].Count == 2 {
			return editortest.Met
		}
		return editortest.Unmet
	}})
}

// applied does an action's edit and waits until a code is gone.
func applied(t *testing.T, e *editortest.Editor, uri, code, title string) string {
	t.Helper()
	e.Await(editortest.HasCode(uri, code))
	a := e.Action(uri, finding1(e, uri, code).Range, title)
	if a.Edit == nil || a.Kind != "quickfix" || len(a.Diagnostics) != 1 || a.Diagnostics[0].Code != code {
		t.Fatalf("%+v", a)
	}
	e.Apply(*a.Edit)
	e.Await(editortest.Expectation{What: code + " is gone", Check: func(s editortest.State) editortest.Verdict {
		if slices.Contains(s.Diagnostics[uri].Codes(), code) {
			return editortest.Unmet
		}
		return editortest.Met
	}})
	return e.Text(uri)
}

func TestCodeActionsEdit(t *testing.T) {
	for _, caps := range []object{full(), without("workspace", "workspaceEdit")} {
		dir := clean(t).write(t, t.TempDir())
		e := sessionOn(t, Options{}, caps, nil, dir)
		uri := e.Open(filepath.Join(dir, "config.json"), "{\r\n\t\"😀\": 1, \"resource\": {\r\n\t\t\"cpu\": \"2\",\r\n\t\t\"mem\": 128\r\n\t}\r\n}")
		applied(t, e, uri, "config-wrong-type", "Convert to 2")
		got := applied(t, e, uri, "config-missing-default", "Add all defaults")
		want := "{\r\n\t\"😀\": 1, \"resource\": {\r\n\t\t\"cpu\": 2,\r\n\t\t\"mem\": 128,\r\n\t\t\"use_gpu\": false,\r\n\t\t\"gpu_count\": 0\r\n\t}\r\n}"
		if got != want {
			t.Errorf("got %q", got)
		}
	}
}

// TestCodeActionsOnly honours what the client wants, and what it names.
func TestCodeActionsOnly(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	d := e.State().Diagnostics[uri]
	at := d.List[0].Range
	far := editortest.Range{Start: editortest.Position{Line: 50}, End: editortest.Position{Line: 50}}
	for _, c := range []struct {
		name string
		at   editortest.Range
		ctx  object
		any  bool
	}{
		{"in the range", at, object{"diagnostics": []any{}}, true},
		{"at its end", editortest.Range{Start: at.End, End: at.End}, object{"diagnostics": []any{}}, true},
		{"elsewhere", editortest.Range{}, object{"diagnostics": []any{}}, false},
		{"clamped, elsewhere", far, object{"diagnostics": []any{}}, false},
		{"named", editortest.Range{}, object{"diagnostics": d.List}, true},
		{"quick fixes", at, object{"diagnostics": []any{}, "only": []string{"quickfix"}}, true},
		{"refactorings", at, object{"diagnostics": []any{}, "only": []string{"refactor", "source.organizeImports"}}, false},
		{"a kind below", at, object{"diagnostics": []any{}, "only": []string{"quickfix.meca"}}, false},
		{"no context", at, object{}, true},
	} {
		if list := e.Actions(uri, c.at, c.ctx); c.any != (len(list) > 0) {
			t.Errorf("%s: %d actions", c.name, len(list))
		}
	}
	list := e.Actions(uri, at, nil)
	preferred := 0
	for _, a := range list {
		if a.IsPreferred {
			preferred++
		}
	}
	if preferred != 1 {
		t.Errorf("%d preferred actions of %d", preferred, len(list))
	}
}

func TestCodeActionsCreateAndRename(t *testing.T) {
	dir := clean(t).with(tree{"name.txt": "", "example_output.bin": "", "example_output.txt": "x"}).write(t, t.TempDir())
	config := configOf(dir)
	find := func(e *editortest.Editor, kind string) *editortest.DocumentChange {
		e.Await(editortest.HasCode(config, "missing-file"))
		for _, a := range e.Actions(config, editortest.Range{}, nil) {
			if a.Edit == nil {
				continue
			}
			for i, c := range a.Edit.DocumentChanges {
				if c.Kind == kind {
					if kind == "create" && (len(a.Edit.DocumentChanges) != i+2 || a.Edit.DocumentChanges[i+1].TextDocument.URI != c.URI || a.Edit.DocumentChanges[i+1].TextDocument.Version != nil) {
						t.Errorf("created without its content: %+v", a.Edit)
					}
					return &a.Edit.DocumentChanges[i]
				}
			}
		}
		return nil
	}
	e := sessionOn(t, Options{}, full(), nil, dir)
	c := find(e, "create")
	if c == nil || !strings.HasPrefix(c.URI, editortest.URI(dir)+"/") || c.Options["overwrite"] != false || c.Options["ignoreIfExists"] != false {
		t.Errorf("create: %+v", c)
	}
	if r := find(e, "rename"); r == nil || r.Options["overwrite"] != false || !strings.HasSuffix(r.NewURI, "/example_output.bin") {
		t.Errorf("rename: %+v", r)
	}
	caps := full()
	caps["workspace"].(object)["workspaceEdit"] = object{"documentChanges": true, "resourceOperations": []string{"delete"}}
	e = sessionOn(t, Options{}, caps, nil, dir)
	if find(e, "create") != nil || find(e, "rename") != nil {
		t.Error("a client is told to do what it cannot")
	}
}

// createCommand is the command of the action that creates a file.
func createCommand(t *testing.T, e *editortest.Editor, uri string) (args []any) {
	t.Helper()
	for _, a := range e.Actions(uri, editortest.Range{}, nil) {
		var c struct {
			Command   string
			Arguments []any
		}
		if json.Unmarshal(a.Command, &c) == nil && c.Command == "meca.createFile" {
			return c.Arguments
		}
	}
	return nil
}

func TestCreateFileByServer(t *testing.T) {
	dir := clean(t).with(tree{"name.txt": ""}).write(t, t.TempDir())
	config := configOf(dir)
	caps := without("workspace", "workspaceEdit")
	e := sessionOn(t, Options{}, caps, nil, dir)
	e.Await(editortest.HasCodes(config, "missing-file"))
	args := createCommand(t, e, config)
	if args == nil {
		t.Fatal("no command creates the file")
	}
	if _, err := e.Execute("meca.createFile", args...).Wait(); err != nil {
		t.Fatal(err)
	}
	e.Await(editortest.HasCodes(config))
	e.Refused(wrongParams, "workspace/executeCommand", object{"command": "meca.createFile", "arguments": args}) // nothing is missing any more

	// Somebody else created it meanwhile: it stays as it is.
	dir = clean(t).with(tree{"name.txt": ""}).write(t, t.TempDir())
	e = sessionOn(t, Options{}, caps, nil, dir)
	e.Await(editortest.HasCodes(configOf(dir), "missing-file"))
	tree{"name.txt": "mine"}.write(t, dir)
	e.Refused(failed, "workspace/executeCommand", object{"command": "meca.createFile", "arguments": []any{object{"folder": editortest.URI(dir), "path": "name.txt"}}})
	if got := read1(t, filepath.Join(dir, "name.txt")); got != "mine" {
		t.Errorf("the file is %q now", got)
	}

	// Without trust the server writes nothing, and does not offer to.
	dir = clean(t).with(tree{"name.txt": ""}).write(t, t.TempDir())
	e = sessionOn(t, Options{}, caps, object{"trusted": false}, dir)
	e.Await(editortest.HasCodes(configOf(dir), "missing-file"))
	if args := createCommand(t, e, configOf(dir)); args != nil {
		t.Errorf("offered without trust: %v", args)
	}
	awaitTitles(t, e, configOf(dir), "Run example: needs a trusted workspace")
	e.Refused(failed, "workspace/executeCommand", object{"command": "meca.createFile", "arguments": []any{object{"folder": editortest.URI(dir), "path": "name.txt"}}})
}

func TestByteOrderMark(t *testing.T) {
	// An editor that hides the mark cannot remove it: the server does.
	dir := clean(t).with(tree{"config.json": text.BOM + cleanConfig}).write(t, t.TempDir())
	e := sessionOn(t, Options{}, full(), nil, dir)
	uri := e.Open(filepath.Join(dir, "config.json"), cleanConfig)
	e.Await(editortest.HasCodes(uri, "config-syntax"))
	var command struct {
		Command   string
		Arguments []any
	}
	list := e.Actions(uri, finding1(e, uri, "config-syntax").Range, nil)
	if len(list) != 1 || json.Unmarshal(list[0].Command, &command) != nil || command.Command != "meca.removeByteOrderMark" {
		t.Fatalf("%+v", list)
	}
	if _, err := e.Execute(command.Command, command.Arguments...).Wait(); err != nil {
		t.Fatal(err)
	}
	e.Await(editortest.HasCodes(uri))
	if got := read1(t, filepath.Join(dir, "config.json")); got != cleanConfig {
		t.Errorf("the file is %q now", got)
	}
	e.Refused(wrongParams, "workspace/executeCommand", object{"command": command.Command, "arguments": command.Arguments})

	// An editor that has the mark in its text removes it by an edit.
	e.Change(uri, text.BOM+cleanConfig)
	e.Await(editortest.HasCodes(uri, "config-syntax"))
	list = e.Actions(uri, finding1(e, uri, "config-syntax").Range, nil)
	if len(list) != 1 || list[0].Edit == nil {
		t.Fatalf("%+v", list)
	}
	e.Apply(*list[0].Edit)
	e.Await(editortest.HasCodes(uri))
	if got := e.Text(uri); got != cleanConfig {
		t.Errorf("the text is %q now", got)
	}
}

// TestCommandsForOldClients wants commands where code action literals are not known.
func TestCommandsForOldClients(t *testing.T) {
	caps := without("textDocument", "codeAction", "codeActionLiteralSupport")
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, caps, nil, dir)
	uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	list := e.Actions(uri, finding1(e, uri, "config-wrong-type").Range, nil)
	if len(list) == 0 || string(list[0].Command) != `"meca.applyFix"` || list[0].Edit != nil {
		t.Fatalf("%+v", list)
	}
	if _, err := e.Execute("meca.applyFix", list[0].Arguments...).Wait(); err != nil {
		t.Fatal(err)
	}
	e.Await(editortest.HasCodes(uri))
	e.Refused(modified, "workspace/executeCommand", object{"command": "meca.applyFix", "arguments": list[0].Arguments})

	// The editor may say no.
	e.Answers("workspace/applyEdit", func(json.RawMessage) (any, *editortest.Error, bool) {
		return object{"applied": false, "failureReason": "not now"}, nil, true
	})
	e.Change(uri, faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	reason := e.Refused(failed, "workspace/executeCommand", object{"command": "meca.applyFix", "arguments": list[0].Arguments})
	if !strings.Contains(reason, "not now") {
		t.Errorf("the reason is lost: %s", reason)
	}

	delete(caps["workspace"].(object), "applyEdit")
	e = sessionOn(t, Options{}, caps, nil, dir)
	uri = e.Open(filepath.Join(dir, "config.json"), faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	e.Refused(failed, "workspace/executeCommand", object{"command": "meca.applyFix", "arguments": e.Actions(uri, finding1(e, uri, "config-wrong-type").Range, nil)[0].Arguments})
}
