package lsp

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// readerMethods are the requests that only read.
func readerMethods() []string { return slices.Sorted(maps.Keys((&server{}).readers())) }

// TestReadersTakeAnything gives each of them parameters that are missing, null, of the wrong type, or far away. Each is answered, by a
// result or by the error for wrong parameters, and the session lives.
func TestReadersTakeAnything(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), nil, dir)
	uri := e.OpenFile(filepath.Join(dir, "Dockerfile"))
	far := object{"line": 4294967295, "character": 4294967295}
	document := object{"uri": uri}
	for _, method := range append(readerMethods(), "textDocument/hover", "textDocument/completion") {
		for _, params := range []any{
			nil, []any{}, object{}, object{"textDocument": nil}, object{"textDocument": 5}, object{"textDocument": object{}}, object{"textDocument": object{"uri": 5}},
			object{"textDocument": object{"uri": "untitled:x"}}, object{"textDocument": object{"uri": "file:///no/such"}}, object{"textDocument": object{"uri": "%zz"}},
			object{"textDocument": document, "position": nil, "positions": nil, "range": nil, "ranges": nil, "context": nil, "options": nil},
			object{"textDocument": document, "position": "x", "positions": 5, "range": []any{}, "ranges": object{}, "context": 1, "options": "x"},
			object{"textDocument": document, "position": far, "positions": []any{far}, "range": object{"start": far, "end": far}, "ranges": []any{object{"start": far, "end": object{"line": 0, "character": 0}}}},
			object{"textDocument": document, "position": object{"line": -1, "character": 0}, "positions": []any{object{"line": 1.5}}},
			object{"query": 5}, object{"query": strings.Repeat("x😀", 10_000)}, object{"files": nil}, object{"files": []any{nil, object{"oldUri": "x"}, object{"oldUri": uri, "newUri": 5}}},
		} {
			if _, err := e.Request(method, params).Wait(); err != nil && err.Code != wrongParams {
				t.Errorf("%s of %v: %v", method, params, err)
			}
		}
	}
	answers(t, e)
}

// TestReadersOfAnyText asks all of them about texts that are broken in every way, at every kind of place.
func TestReadersOfAnyText(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{Log: quiet()}, reading(), nil, dir)
	texts := map[string]string{
		"config.json": "{\r\n  \"resource\": {\"cpu\": 1, \"mem\": [1, {\"😀\": \"ä\"}]},\n \"x\": null\n}\n", "Dockerfile": "# a\n# b\nARG V=1\nFROM a:$V AS b\r\nENV A=\"${V}\"\nCOPY [\"src/app.py\", \"/😀\"]\nRUN <<E\nx\nE\nFROM b\nCOPY --from=b src . \\\n  x\nEXPOSE 8080\nCMD python app.py\n",
		".meca-lsp.json": `{"rules": {"empty-file": "off"}}`, "description.txt": "see https://x.org/(a).", "src/app.py": "print('meca-init-done')",
	}
	uris := map[string]string{}
	for name, content := range texts {
		uris[name] = e.Open(filepath.Join(dir, name), content)
	}
	r := rand.New(rand.NewPCG(3, 5))
	for range rounds {
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			content := spoiled(r, texts[name])
			e.Change(uris[name], content)
			at := func() object {
				p := text.New("", content).Position(r.IntN(len(content)+1), text.UTF16)
				return object{"line": p.Line, "character": p.Column}
			}
			params := object{
				"textDocument": object{"uri": uris[name]}, "position": at(), "positions": []any{at(), at()}, "range": object{"start": at(), "end": at()},
				"ranges": []any{object{"start": at(), "end": at()}}, "options": object{"tabSize": 3, "insertSpaces": true}, "context": object{"includeDeclaration": true},
				"query": content[:min(len(content), 9)], "files": []any{object{"oldUri": editortest.URI(filepath.Join(dir, "src")), "newUri": editortest.URI(filepath.Join(dir, "b"))}},
			}
			for _, method := range append(readerMethods(), "textDocument/hover", "textDocument/completion") {
				raw, err := e.Request(method, params).Wait()
				if err != nil {
					t.Fatalf("%s of %q: %v", method, content, err)
				}
				checkRanges(t, method, content, raw)
			}
		}
	}
}

// checkRanges wants every range in an answer to end after it starts.
func checkRanges(t *testing.T, method, content string, raw json.RawMessage) {
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				visit(one)
			}
		case map[string]any:
			start, ok1 := v["start"].(map[string]any)
			end, ok2 := v["end"].(map[string]any)
			if ok1 && ok2 && (end["line"].(float64) < start["line"].(float64) || end["line"] == start["line"] && end["character"].(float64) < start["character"].(float64)) {
				t.Errorf("%s of %q: %v", method, content, v)
			}
			for _, one := range v {
				visit(one)
			}
		}
	}
	visit(tree)
}

// spoiled is a text with some pieces gone, doubled, or replaced by others.
func spoiled(r *rand.Rand, s string) string {
	for range r.IntN(4) {
		from := r.IntN(len(s) + 1)
		to := min(len(s), from+r.IntN(12))
		piece := []string{"", s[from:to] + s[from:to], "\"", "{", "}\n", "\\\n", "\r", "$", "<<E\n", "\x00", "\xff", "😀", ",", text.BOM}[r.IntN(14)]
		s = s[:from] + piece + s[to:]
	}
	return strings.ToValidUTF8(s, "\xef\xbf\xbd")
}

// TestReadersAreLetGo wants a request that was taken back to be answered as such.
func TestReadersAreLetGo(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	held, letGo := make(chan struct{}), make(chan struct{})
	e := sessionOn(t, Options{inject: func(where string) {
		if where == "beside textDocument/documentSymbol" {
			close(held)
			<-letGo
		}
	}}, reading(), nil, dir)
	p := e.Request("textDocument/documentSymbol", object{"textDocument": object{"uri": configOf(dir)}})
	<-held
	e.Notify("$/cancelRequest", object{"id": p.ID()})
	answers(t, e)
	close(letGo)
	if _, err := p.Wait(); err == nil || err.Code != -32800 {
		t.Errorf("%v", err)
	}
}
