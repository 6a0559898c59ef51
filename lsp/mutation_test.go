package lsp

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// TestMutatedSessions breaks a session in every way: bytes, headers, types, order. The server lives, and what is said rightly in the
// end is answered rightly.
func TestMutatedSessions(t *testing.T) {
	sessions := 200
	if testing.Short() {
		sessions = 20
	}
	dir := clean(t).write(t, t.TempDir())
	for seed := range sessions {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		e := begin(t, Options{Log: quiet(), Runner: &fakeRunner{}}, dir)
		e.Careless()
		for _, m := range mutated(r, dir) {
			e.Raw(m)
		}
		e.Raw(strings.Repeat(" ", 10_000) + "\r\n\r\n") // whatever body or header was begun ends here
		control := filepath.Join(dir, "Dockerfile")
		e.Notify("textDocument/didClose", object{"textDocument": object{"uri": editortest.URI(control)}}) // this one may be lost in a broken frame
		answers(t, e)
		uri := e.Open(control, "FROM scratch\nEXPOS 8080\n")
		e.Await(editortest.HasCode(uri, "dockerfile-syntax"))
		answers(t, e)
		if code := e.Exit(); code != 0 {
			t.Fatalf("seed %d: exit code %d", seed, code)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// script is a session as an editor has it.
func script(dir string) []string {
	uri := configOf(dir)
	var list []string
	id := 5000
	say := func(method string, call bool, params object) {
		m := object{"jsonrpc": "2.0", "method": method, "params": params}
		if id++; call {
			m["id"] = id
		}
		list = append(list, string(must(json.Marshal(m))))
	}
	doc := object{"uri": uri, "version": 1, "languageId": "json", "text": faultyConfig}
	at := object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 16}}
	say("textDocument/didOpen", false, object{"textDocument": doc})
	say("textDocument/hover", true, at)
	say("textDocument/completion", true, at)
	for i := range 4 {
		say("textDocument/didChange", false, object{"textDocument": object{"uri": uri, "version": i + 2}, "contentChanges": []any{
			object{"text": fmt.Sprintf(`{"resource": {"cpu": "%d"}}`, i)},
			object{"range": object{"start": object{"line": 0, "character": i}, "end": object{"line": 0, "character": i + 1}}, "text": "x"},
		}})
	}
	say("textDocument/codeAction", true, object{"textDocument": object{"uri": uri}, "range": object{"start": object{"line": 0, "character": 0}, "end": object{"line": 1, "character": 0}}, "context": object{"diagnostics": []any{}}})
	say("textDocument/codeLens", true, object{"textDocument": object{"uri": uri}})
	say("workspace/executeCommand", true, object{"command": "meca.run", "arguments": []any{object{"folder": editortest.URI(dir)}}})
	say("$/cancelRequest", false, object{"id": id - 1})
	say("workspace/didChangeWatchedFiles", false, object{"changes": []any{object{"uri": uri, "type": 2}}})
	say("workspace/didChangeWorkspaceFolders", false, object{"event": object{"added": []any{}, "removed": []any{}}})
	say("textDocument/didSave", false, object{"textDocument": object{"uri": uri}})
	say("textDocument/didClose", false, object{"textDocument": object{"uri": uri}})
	return list
}

// mutated is the script, broken in some places.
func mutated(r *rand.Rand, dir string) []string {
	list := script(dir)
	if r.IntN(3) == 0 {
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	for range r.IntN(4) {
		i := r.IntN(len(list))
		list = slices.Insert(list, i, list[r.IntN(len(list))])
	}
	out := make([]string, len(list))
	for i, body := range list {
		out[i] = editortest.Frame(body)
		switch r.IntN(8) {
		case 0: // a byte
			b := []byte(body)
			b[r.IntN(len(b))] = byte(r.IntN(256))
			out[i] = editortest.Frame(string(b))
		case 1: // a piece is missing
			from := r.IntN(len(body))
			out[i] = editortest.Frame(body[:from] + body[min(len(body), from+r.IntN(20)):])
		case 2: // another type
			values := []string{`null`, `-1`, `1e99`, `"x"`, `[]`, `{}`, `true`, `4294967296`, `"\ud800"`}
			parts := strings.Split(body, ":")
			at := 1 + r.IntN(len(parts)-1)
			if end := strings.IndexAny(parts[at], ",}"); end >= 0 {
				parts[at] = values[r.IntN(len(values))] + parts[at][end:]
			}
			out[i] = editortest.Frame(strings.Join(parts, ":"))
		case 3: // the length is wrong
			out[i] = fmt.Sprintf("Content-Length: %d\r\n\r\n%s", max(0, len(body)+r.IntN(9)-4), body)
		case 4: // the header is broken
			h := []byte(out[i])
			h[r.IntN(20)] = byte(r.IntN(256))
			out[i] = string(h)
		}
	}
	return out
}
