package lsp

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// oneTask is a session on one clean task folder; it gives the folder's directory.
func oneTask(t testing.TB, files tree) (*editortest.Editor, string) {
	t.Helper()
	dir := clean(t).with(files).write(t, t.TempDir())
	return begin(t, Options{}, dir), dir
}

const (
	cleanConfig  = `{"resource": {"cpu": 1, "mem": 128, "use_gpu": false, "gpu_count": 0}}`
	faultyConfig = `{"resource": {"cpu": "1", "mem": 128, "use_gpu": false, "gpu_count": 0}}`
)

func TestEditsAreChecked(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), cleanConfig)
	e.Await(editortest.HasCodes(uri), editortest.ForVersion(uri, 1))
	v := e.Change(uri, faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"), editortest.ForVersion(uri, v))
	d := e.State().Diagnostics[uri].List[0]
	if got := e.Underlined(uri, d.Range); got != `"1"` {
		t.Errorf("underlined %q", got)
	}
	e.Change(uri, cleanConfig)
	e.Await(editortest.HasCodes(uri))
	e.Change(uri, faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	e.Close(uri) // the disk counts again
	e.Await(editortest.HasCodes(uri))
	if v := e.State().Diagnostics[uri].Version; v != nil {
		t.Errorf("a version for a closed document: %d", *v)
	}
	e.Open(filepath.Join(dir, "config.json"), cleanConfig)
	e.Await(editortest.ForVersion(uri, 1))
}

// TestOrder sends thousands of changes. The last one counts, and the fake editor sees that no older one comes after a newer.
func TestOrder(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), "{}")
	for i := range 3000 {
		e.Change(uri, fmt.Sprintf(`{"resource": {"cpu": "%d", "mem": 128, "use_gpu": false, "gpu_count": 0}}`, i))
	}
	e.Await(editortest.HasCodes(uri, "config-wrong-type"), editortest.Expectation{What: "the last value is named", Check: func(s editortest.State) editortest.Verdict {
		if list := s.Diagnostics[uri].List; len(list) == 1 && strings.Contains(list[0].Message, `"2999"`) {
			return editortest.Met
		}
		return editortest.Unmet
	}})
	if n := e.State().Diagnostics[uri].Count; n > 3001 {
		t.Errorf("%d publications", n)
	}
}

// TestSameFindingsAreNotRepeated changes what no rule looks at.
func TestSameFindingsAreNotRepeated(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"), editortest.ForVersion(uri, 1))
	count := e.State().Diagnostics[uri].Count
	other := e.Open(filepath.Join(dir, "Dockerfile"), "FROM scratch\nEXPOSE 8080\nCMD [\"/a\"]\n")
	for i := range 20 {
		e.Change(uri, faultyConfig+strings.Repeat("\n", i+1))
	}
	v := e.Change(other, "FROM scratch\nEXPOS 8080\n")
	e.Await(editortest.ForVersion(other, v))
	e.Change(uri, cleanConfig)
	e.Await(editortest.HasCodes(uri))
	if n := e.State().Diagnostics[uri].Count; n != count+1 {
		t.Errorf("told %d times, want %d", n, count+1)
	}
}

// TestRangedChanges sends ranges although whole texts are asked for.
func TestRangedChanges(t *testing.T) {
	e, dir := oneTask(t, nil)
	uri := e.Open(filepath.Join(dir, "config.json"), "{\"resource\": {\"y\": \"😀ü\",\r\n \"cpu\": 1, \"mem\": 128, \"use_gpu\": false, \"gpu_count\": 0}}")
	e.Await(editortest.HasCodes(uri, "config-unknown-key"))
	at := func(l, a, m, b int) editortest.Range {
		return editortest.Range{Start: editortest.Position{Line: l, Character: a}, End: editortest.Position{Line: m, Character: b}}
	}
	e.ChangeRange(uri, at(1, 8, 1, 9), `"x"`)
	e.Await(editortest.HasCodes(uri, "config-unknown-key", "config-wrong-type"))
	for _, d := range e.State().Diagnostics[uri].List {
		if got := e.Underlined(uri, d.Range); got != `"x"` && got != `"y"` {
			t.Errorf("%s underlines %q", d.Code, got)
		}
	}
	e.ChangeRange(uri, at(0, 14, 1, 1), "")
	e.ChangeRange(uri, at(0, 21, 0, 24), "1")
	e.Await(editortest.HasCodes(uri))
	if got := e.Text(uri); got != cleanConfig {
		t.Errorf("the text is %s", got)
	}
}

// TestLostDocument sends changes that cannot be applied: nothing is said of the document until its whole text comes.
func TestLostDocument(t *testing.T) {
	for _, change := range []string{
		`{"range":{"start":{"line":-1,"character":0},"end":{"line":0,"character":0}},"text":"x"}`,
		`{"range":{"start":{"line":0,"character":1.5},"end":{"line":0,"character":2}},"text":"x"}`,
		`{"range":{"start":{"line":0,"character":5},"end":{"line":0,"character":2}},"text":"x"}`,
		`{"range":{"start":{"line":0,"character":5}},"text":"x"}`,
		`{"range":5,"text":"x"}`,
		`{"text":5}`,
		`{}`,
		`7`,
	} {
		e, dir := oneTask(t, nil)
		uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
		e.Await(editortest.HasCodes(uri, "config-wrong-type"))
		e.Raw(frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"` + uri + `","version":1},"contentChanges":[` + change + `]}}`))
		e.Await(editortest.HasCodes(uri))
		whole := editortest.Range{End: editortest.Position{Line: 99}}
		if list := e.Actions(uri, whole, nil); len(list) > 0 {
			t.Errorf("%s: actions for a text that is not known: %v", change, list)
		}
		e.ChangeRange(uri, editortest.Range{}, " ")
		e.Change(uri, faultyConfig)
		e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	}
}

// TestOddNotifications are ignored, and what is right goes on.
func TestOddNotifications(t *testing.T) {
	e, dir := oneTask(t, nil)
	path := filepath.Join(dir, "config.json")
	uri := editortest.URI(path)
	for _, m := range []string{"textDocument/didChange", "textDocument/didClose", "textDocument/didSave"} {
		e.Notify(m, object{"textDocument": object{"uri": uri, "version": 1}, "contentChanges": []any{object{"text": "{"}}}) // not open
		e.Notify(m, nil)
		e.Notify(m, []int{})
		e.Notify(m, object{})
	}
	for _, odd := range []string{"untitled:config.json", "git:/x/config.json?y", "vscode-vfs://github/x/config.json", "file://host/x/config.json", "file:///%00/config.json", "file:///%zz", "", "config.json", "file:"} {
		e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": odd, "version": 1, "languageId": "json", "text": "{"}})
		e.Notify("textDocument/didChange", object{"textDocument": object{"uri": odd, "version": 2}, "contentChanges": []any{object{"text": "["}}})
		e.Notify("textDocument/didClose", object{"textDocument": object{"uri": odd}})
	}
	e.Notify("workspace/didChangeWatchedFiles", object{"changes": []any{object{"uri": "untitled:x", "type": 1}, object{"uri": uri, "type": 99}}})
	e.Open(path, faultyConfig)
	e.Open(path, cleanConfig) // twice: the newest counts
	e.Await(editortest.HasCodes(uri))
	e.AnyVersion(uri)
	for _, version := range []string{`1`, `1`, `-5`, `null`, `2147483648`, `"x"`} {
		e.Raw(frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"` + uri + `","version":` + version + `},"contentChanges":[{"text":"{"},{"text":` + string(must(json.Marshal(faultyConfig))) + `}]}}`))
	}
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	for u := range e.State().Diagnostics {
		if u != uri {
			t.Errorf("diagnostics for %s", u)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestTwoWritingsOfOneURI opens a file under another writing than the server would choose.
func TestTwoWritingsOfOneURI(t *testing.T) {
	dir := clean(t).with(tree{"config.json": faultyConfig}).write(t, filepath.Join(t.TempDir(), "a b"))
	e := begin(t, Options{}, dir)
	ours := editortest.URI(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(ours, "config-wrong-type"))
	theirs := strings.Replace(ours, "config.json", "%63onfig.json", 1)
	e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": theirs, "version": 7, "languageId": "json", "text": faultyConfig}})
	e.Await(editortest.HasCodes(theirs, "config-wrong-type"), editortest.HasCodes(ours))
	e.Notify("textDocument/didClose", object{"textDocument": object{"uri": ours}})
	e.Await(editortest.HasCodes(ours, "config-wrong-type"), editortest.HasCodes(theirs))
}

// TestEncodings wants the underlined text to be the token at fault, whatever stands before it and however columns are counted.
func TestEncodings(t *testing.T) {
	lines := []string{"", "ü", "漢字", "😀", "e\u0301", "👨‍👩‍👧", "\u2028"}
	for _, enc := range []string{"utf-8", "utf-16", "utf-32", ""} {
		dir := clean(t).write(t, t.TempDir())
		e := start(t, Options{})
		caps := full()
		caps["general"] = object{"positionEncodings": []string{"x", enc}}
		e.Initialize(editortest.Config{Capabilities: caps, Roots: []string{dir}})
		uri := e.Open(filepath.Join(dir, "config.json"), cleanConfig)
		e.Await(editortest.HasCodes(uri))
		for _, before := range lines {
			for _, bom := range []string{"", text.BOM} {
				for _, end := range []string{"\n", "\r\n", "\r"} {
					e.Change(uri, bom+`{`+end+`"y": "`+before+`", "x": 1, "resource": {"cpu": 1, "mem": "128", "use_gpu": false,`+end+`"gpu_count": 0}}`)
					want := []string{"config-unknown-key", "config-unknown-key", "config-wrong-type"}
					if bom != "" {
						want = append(want, "config-syntax")
					}
					e.Await(editortest.HasCodes(uri, want...))
					for _, d := range e.State().Diagnostics[uri].List {
						got := e.Underlined(uri, d.Range)
						if d.Code == "config-wrong-type" && got != `"128"` || d.Code == "config-unknown-key" && got != `"y"` && got != `"x"` {
							t.Errorf("%s %q %q: %s underlines %q", enc, before, end, d.Code, got)
						}
					}
					e.Change(uri, cleanConfig)
					e.Await(editortest.HasCodes(uri))
				}
			}
		}
	}
}

// FuzzChange compares ranged changes with what an editor does.
func FuzzChange(f *testing.F) {
	f.Add("a😀b\r\nü\rx\n\xffz", uint8(1), uint64(5))
	f.Add(text.BOM+"{}", uint8(0), uint64(9))
	f.Fuzz(func(t *testing.T, content string, enc uint8, seed uint64) {
		content = strings.ToValidUTF8(content, "?")
		c := &client{encoding: text.Encoding(enc % 3)}
		r := rand.New(rand.NewPCG(seed, 1))
		doc := document{text: content}
		for range 8 {
			from, to := place2(r, doc.text), place2(r, doc.text)
			if to < from {
				from, to = to, from
			}
			want := doc.text[:from] + "né😀" + doc.text[to:]
			raw := jsontext.Value(fmt.Sprintf(`{"range":{"start":%s,"end":%s},"text":"né😀"}`, editorPosition(doc.text, from, c.encoding), editorPosition(doc.text, to, c.encoding)))
			if err := c.change(&doc, raw); err != nil {
				t.Fatal(err)
			}
			if doc.text != want {
				t.Fatalf("%q, want %q", doc.text, want)
			}
		}
		for range 4 { // any numbers at all: no panic, and the text stays one
			raw := fmt.Sprintf(`{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":"x"}`, r.Uint32N(9), r.Uint32(), r.Uint32(), r.Uint32N(9))
			_ = c.change(&doc, jsontext.Value(raw))
			if !utf8.ValidString(doc.text) {
				t.Fatalf("a character was cut: %q", doc.text)
			}
		}
	})
}

// place2 is a place between two characters, not inside a line end.
func place2(r *rand.Rand, s string) int {
	for {
		at := r.IntN(len(s) + 1)
		if at == len(s) || utf8.RuneStart(s[at]) && (at == 0 || s[at-1] != '\r' || s[at] != '\n') {
			return at
		}
	}
}

// editorPosition counts a place as an editor does, by another way than the server's.
func editorPosition(s string, at int, enc text.Encoding) string {
	before := strings.ReplaceAll(strings.ReplaceAll(s[:at], "\r\n", "\n"), "\r", "\n")
	line := strings.Count(before, "\n")
	column := 0
	for _, c := range before[strings.LastIndexByte(before, '\n')+1:] {
		switch {
		case enc == text.UTF8:
			column += utf8.RuneLen(c)
		case enc == text.UTF16 && c > 0xffff:
			column += 2
		default:
			column++
		}
	}
	return string(must(protocol.Marshal(&protocol.Position{Line: uint32(line), Character: uint32(column)})))
}
