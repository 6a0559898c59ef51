package lsp

import (
	"path/filepath"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// fixedAll applies the action that fixes all; it gives the text, and false where there is no action.
func fixedAll(t *testing.T, e *editortest.Editor, uri, only string) (string, bool) {
	t.Helper()
	list := e.Actions(uri, editortest.Range{}, object{"diagnostics": []any{}, "only": []string{only}})
	if len(list) == 0 {
		return e.Text(uri), false
	}
	if len(list) != 1 || list[0].Kind != "source.fixAll.meca" || list[0].Edit == nil || len(list[0].Edit.DocumentChanges) != 1 {
		t.Fatalf("%+v", list)
	}
	if edits := list[0].Edit.DocumentChanges[0]; len(edits.Edits) != 1 || edits.Kind != "" {
		t.Fatalf("%+v", edits)
	}
	e.Apply(*list[0].Edit)
	return e.Text(uri), true
}

func TestFixAll(t *testing.T) {
	for _, c := range []struct{ name, file, before, after string }{
		{
			"everything", "config.json",
			"{\r\n  \"😀\": 1,\r\n  'resource': {\r\n    \"cpu\": \"2\"\r\n    \"memory\": \"128\",\r\n  }\r\n}\r\n",
			"{\r\n  \"😀\": 1,\r\n  \"resource\": {\r\n    \"cpu\": 2,\r\n    \"mem\": 128,\r\n    \"use_gpu\": false,\r\n    \"gpu_count\": 0\r\n  }\r\n}\r\n",
		},
		{
			"not a default in place of a word", "config.json",
			`{"resource": {"cpu": "many", "mem": 128, "use_gpu": "false", "gpu_count": 0}}`,
			`{"resource": {"cpu": "many", "mem": 128, "use_gpu": false, "gpu_count": 0}}`,
		},
		{"nothing wrong", "config.json", cleanConfig, ""},
		{"nothing that is safe", "config.json", `{"resource": {"cpu": "many", "mem": 128, "use_gpu": false, "gpu_count": 0}}`, ""},
		{
			"the Dockerfile", "Dockerfile",
			"FROM python:3.9-slim\nENV PYTHONUNBUFFERED=1\nCPY src /app\nEXPOS 8080\nCMD [\"python\", \"/app/app.py\"]\n",
			"FROM python:3.9-slim\nENV PYTHONUNBUFFERED=1\nCOPY src /app\nEXPOSE 8080\nCMD [\"python\", \"/app/app.py\"]\n",
		},
		{"not a port that the author wrote", "Dockerfile", "FROM python:3.9-slim\nCOPY src /app\nEXPOSE 5000\nCMD [\"python\", \"-u\", \"/app/app.py\"]\n", ""},
		{"another file", "src/app.py", "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, dir := oneTask(t, nil)
			uri := e.Open(filepath.Join(dir, filepath.FromSlash(c.file)), c.before)
			got, any := fixedAll(t, e, uri, "source.fixAll")
			if !any && c.after != "" || any && got != c.after {
				t.Errorf("got %q (%v), want %q", got, any, c.after)
			}
			if again, any := fixedAll(t, e, uri, "source"); any {
				t.Errorf("there is more to fix: %q", again)
			}
		})
	}
}

// TestFixAllKinds is offered to whom asks for it, and in the menu of quick fixes where there is more than one to apply.
func TestFixAllKinds(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), `{"resource": {"cpu": "1", "mem": "128", "use_gpu": false, "gpu_count": 0}}`)
	e.Await(editortest.HasCodes(uri, "config-wrong-type", "config-wrong-type"))
	at := finding1(e, uri, "config-wrong-type").Range
	for only, want := range map[string]string{
		"source": "source.fixAll.meca", "source.fixAll": "source.fixAll.meca", "source.fixAll.meca": "source.fixAll.meca", "quickfix": "quickfix",
		"source.fixAll.other": "", "source.fix": "", "source.fixAll.meca.x": "",
	} {
		kind := ""
		for _, a := range e.Actions(uri, at, object{"diagnostics": []any{}, "only": []string{only}}) {
			if a.Title == "Fix all in this file" {
				if kind = a.Kind; a.IsPreferred {
					t.Error("preferred")
				}
			}
		}
		if kind != want {
			t.Errorf("%s: %q, want %q", only, kind, want)
		}
	}
	menu := e.Action(uri, at, "Fix all in this file")
	if list := e.Actions(uri, editortest.Range{}, nil); len(list) > 0 {
		t.Errorf("in the menu of a place without a finding: %+v", list)
	}
	e.Apply(*menu.Edit)
	e.Await(editortest.HasCodes(uri))
	// One fix alone needs no second entry.
	e.Change(uri, faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	for _, a := range e.Actions(uri, finding1(e, uri, "config-wrong-type").Range, nil) {
		if a.Title == "Fix all in this file" {
			t.Errorf("%+v", a)
		}
	}
	if _, any := fixedAll(t, e, uri, "source.fixAll.meca"); !any || e.Text(uri) != `{"resource": {"cpu": 1, "mem": 128, "use_gpu": false, "gpu_count": 0}}` {
		t.Errorf("got %q", e.Text(uri))
	}
}

// TestNoFixAll is there for a text that got lost, a silent rule, a missing file, or a client that takes no edits.
func TestNoFixAll(t *testing.T) {
	e, dir := oneTask(t, tree{".meca-lsp.json": silent, "name.txt": ""})
	uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
	e.Await(editortest.HasCodes(uri, "missing-file"))
	if got, any := fixedAll(t, e, uri, "source.fixAll"); any {
		t.Errorf("of a silent rule, or a missing file: %q", got)
	}
	e.Change(uri, "{")
	e.AnyVersion(uri)
	e.Notify("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": 3}, "contentChanges": []any{object{}}})
	if got, any := fixedAll(t, e, uri, "source.fixAll"); any {
		t.Errorf("of a text that got lost: %q", got)
	}
	old := sessionOn(t, Options{}, without("textDocument", "codeAction"), nil, faulty(t).write(t, t.TempDir()))
	other := old.Open(filepath.Join(faulty(t).write(t, t.TempDir()), "config.json"), `{"resource": {"cpu": "1", "mem": "1"}}`)
	if list := old.Actions(other, editortest.Range{}, object{"diagnostics": []any{}, "only": []string{"source"}}); len(list) > 0 {
		t.Errorf("for an old client: %+v", list)
	}
}

func TestDifference(t *testing.T) {
	for _, c := range [][2]string{{"", "x"}, {"x", ""}, {"aaa", "aa"}, {"é", "è"}, {"a\r\nb", "a\nb"}, {"a\nb", "a\r\nb"}, {"😀x", "😁x"}, {"abc", "abc"}, {"\xc3", "\xc3\xa9"}} {
		from := text.New("", c[0])
		edit := difference(from, text.New("", c[1]))
		if got, err := from.Apply([]text.Edit{edit}); err != nil || got != c[1] {
			t.Errorf("%q to %q: %+v gives %q, %v", c[0], c[1], edit, got, err)
		}
		if splits(c[0], edit.Span.Start) || splits(c[0], edit.Span.End) {
			t.Errorf("%q to %q: %+v", c[0], c[1], edit)
		}
	}
}
