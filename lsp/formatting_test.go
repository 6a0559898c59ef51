package lsp

import (
	"path/filepath"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

func TestFormattingInTheEditor(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
		caps := reading()
		caps["general"] = object{"positionEncodings": []string{encoding}}
		e := sessionOn(t, Options{}, caps, nil, dir)
		for _, bom := range []string{"", text.BOM} {
			uri := e.Open(filepath.Join(dir, "config.json"), bom+"{\"😀\":1,\r\n\"resource\":{\"cpu\":1}}\r\n")
			options := object{"options": object{"tabSize": 4, "insertSpaces": true}}
			edits := ask[[]editortest.TextEdit](e, "formatting", uri, options)
			e.Apply(editortest.WorkspaceEdit{Changes: map[string][]editortest.TextEdit{uri: edits}})
			want := bom + "{\r\n    \"😀\": 1,\r\n    \"resource\": {\r\n        \"cpu\": 1\r\n    }\r\n}\r\n"
			if got := e.Text(uri); got != want {
				t.Errorf("%s: %q", encoding, got)
			}
			if again := ask[[]editortest.TextEdit](e, "formatting", uri, options); again == nil || len(again) != 0 {
				t.Errorf("%s: again %v", encoding, again)
			}
			e.Change(uri, "{\n  \"a\":1,\n  \"b\":2,\n  \"c\":3\n}")
			line := func(n int) object {
				return object{"start": object{"line": n, "character": 3}, "end": object{"line": n, "character": 3}}
			}
			options["range"] = line(2)
			if edits := ask[[]editortest.TextEdit](e, "rangeFormatting", uri, options); len(edits) != 1 || edits[0].Range.Start.Line != 2 {
				t.Errorf("%s: one line %v", encoding, edits)
			}
			options["ranges"] = []any{line(1), line(3)}
			if edits := ask[[]editortest.TextEdit](e, "rangesFormatting", uri, options); len(edits) != 2 {
				t.Errorf("%s: two lines %v", encoding, edits)
			}
			e.Change(uri, "{\"a\":1,}")
			if edits := ask[[]editortest.TextEdit](e, "formatting", uri, options); edits == nil || len(edits) != 0 {
				t.Errorf("%s: a broken text %v", encoding, edits)
			}
			e.Close(uri)
		}
		settings := e.Open(filepath.Join(dir, ".meca-lsp.json"), `{"rules":{}}`)
		if edits := ask[[]editortest.TextEdit](e, "formatting", settings, object{"options": object{"tabSize": 2, "insertSpaces": true}}); len(edits) != 3 {
			t.Errorf("settings: %v", edits)
		}
		docker := e.OpenFile(filepath.Join(dir, "Dockerfile"))
		if edits := ask[[]editortest.TextEdit](e, "formatting", docker, nil); edits == nil || len(edits) != 0 {
			t.Errorf("a Dockerfile: %v", edits)
		}
	}
}
