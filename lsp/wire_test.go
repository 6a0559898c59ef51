package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// serving is a session that got past initialize.
func serving(t *testing.T) *editortest.Editor {
	t.Helper()
	e := start(t, Options{})
	e.Initialize(editortest.Config{})
	return e
}

// frame is a body with its header.
func frame(body string) string { return editortest.Frame(body) }

const ping = `{"jsonrpc":"2.0","id":"ping","method":"textDocument/hover","params":{"textDocument":{"uri":"file:///none"},"position":{"line":0,"character":0}}}`

// answers asks something and wants the answer.
func answers(t *testing.T, e *editortest.Editor) {
	t.Helper()
	if raw, err := e.Request("textDocument/hover", object{"textDocument": object{"uri": "file:///none"}, "position": object{"line": 0, "character": 0}}).Wait(); err != nil || string(raw) != "null" {
		t.Fatalf("the session is not alive: %s, %v", raw, err)
	}
}

// TestBrokenFrames sends what is no message. The session goes on, and what can be answered is.
func TestBrokenFrames(t *testing.T) {
	const parse, invalid = -32700, -32600
	for _, c := range []struct {
		name, frame string
		rejected    []int // codes of answers without an id
	}{
		{"no length", "Foo: 1\r\n\r\n{}", nil},
		{"no header at all", "hello world\r\n\r\n", nil},
		{"length is a word", "Content-Length: abc\r\n\r\n" + ping, nil},
		{"length with a sign", "Content-Length: +5\r\n\r\n{}{}{", nil},
		{"length is negative", "Content-Length: -1\r\n\r\n", nil},
		{"length in hex", "Content-Length: 0x10\r\n\r\n", nil},
		{"length of 30 digits", "Content-Length: " + strings.Repeat("9", 30) + "\r\n\r\n", nil},
		{"length is empty", "Content-Length: \r\n\r\n", nil},
		{"two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + ping, nil},
		{"length of zero", "Content-Length: 0\r\n\r\n", []int{parse}},
		{"length over the cap, no body", "Content-Length: 2147483647\r\n\r\n", []int{invalid}},
		{"body over the cap", frame(`{"jsonrpc":"2.0","method":"x","params":["` + strings.Repeat("b", maxBody) + `"]}`), []int{invalid}},
		{"length one too short", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(ping)-1, ping), []int{parse}},
		{"length one too long", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(ping)+1, ping), []int{parse}},
		{"length many too long", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(ping)+50, ping), []int{parse}},
		{"endless header line", strings.Repeat("a", 1<<20), nil},
		{"endless header block", strings.Repeat("X-A: b\r\n", 3000), nil},
		{"header with text of another alphabet", "İİİ\xff\xfe: 1\r\n\r\n", nil},
		{"another charset", "Content-Type: application/vscode-jsonrpc; charset=utf-16\r\n" + frame(ping), []int{invalid}},
		{"not JSON", frame(`{"a":`), []int{parse}},
		{"null", frame(`null`), []int{invalid}},
		{"a number", frame(`3`), []int{invalid}},
		{"an empty batch", frame(`[]`), []int{invalid}},
		{"a batch", frame("[" + ping + "," + ping + "]"), []int{invalid}},
		{"byte order mark", frame("\ufeff" + ping), []int{parse}},
		{"NUL", frame("{\"jsonrpc\":\"2.0\",\"method\":\"a\x00b\"}"), []int{parse}},
		{"nested too deep", frame(strings.Repeat("[", 100_000)), []int{parse}},
		{"a string of 50 MiB", frame(`"` + strings.Repeat("c", 50<<20) + `"`), []int{invalid}},
		{"neither method nor result", frame(`{"jsonrpc":"2.0"}`), []int{invalid}},
		{"method is a number", frame(`{"jsonrpc":"2.0","method":5}`), []int{invalid}},
		{"no version, no id", frame(`{"method":"exit"}`), []int{invalid}},
		{"id is a fraction", frame(`{"jsonrpc":"2.0","id":1.5,"method":"shutdown"}`), []int{invalid}},
		{"id is true", frame(`{"jsonrpc":"2.0","id":true,"method":"shutdown"}`), []int{invalid}},
		{"id is an object", frame(`{"jsonrpc":"2.0","id":{},"method":"shutdown"}`), []int{invalid}},
		{"id is null", frame(`{"jsonrpc":"2.0","id":null,"method":"shutdown"}`), []int{invalid}},
		{"answer to nothing", frame(`{"jsonrpc":"2.0","id":99,"result":null}`), nil},
		{"answer with a foreign id", frame(`{"jsonrpc":"2.0","id":"x","result":null}`), nil},
		{"answer with result and error", frame(`{"jsonrpc":"2.0","id":99,"result":1,"error":{"code":1,"message":""}}`), nil},
		{"answer with an error that is none", frame(`{"jsonrpc":"2.0","id":99,"error":5}`), nil},
		{"unknown notification", frame(`{"jsonrpc":"2.0","method":"foo/bar"}`), nil},
		{"unknown $ notification", frame(`{"jsonrpc":"2.0","method":"$/foo","params":{}}`), nil},
		{"notification with wrong parameters", frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":5}}`), nil},
		{"notification without parameters", frame(`{"jsonrpc":"2.0","method":"initialized"}`), nil},
		{"cancel without id", frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}`), nil},
		{"cancel of a large id", frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3000000000}}`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sendBroken(t, c.frame, c.rejected...)
		})
	}
}

// sendBroken sends a frame in a session of its own, which must live and give these answers without an id.
func sendBroken(t *testing.T, frame string, codes ...int) {
	t.Helper()
	e := serving(t)
	e.Raw(frame)
	answers(t, e)
	if len(codes) > 0 {
		e.Await(editortest.Rejected(len(codes), codes[len(codes)-1]))
	} else if n := len(e.State().Rejections); n > 0 {
		t.Errorf("%d answers to nothing", n)
	}
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestAcceptedFrames sends messages in all the ways that are right, or do no harm.
func TestAcceptedFrames(t *testing.T) {
	n := len(ping)
	for name, text := range map[string]string{
		"lower case":          fmt.Sprintf("content-length: %d\r\n\r\n%s", n, ping),
		"upper case":          fmt.Sprintf("CONTENT-LENGTH: %d\r\n\r\n%s", n, ping),
		"no blank":            fmt.Sprintf("Content-Length:%d\r\n\r\n%s", n, ping),
		"line feeds only":     fmt.Sprintf("Content-Length: %d\n\n%s", n, ping),
		"other headers":       fmt.Sprintf("X-A: b\r\nContent-Length: %d\r\nX-C: d\r\n\r\n%s", n, ping),
		"charset utf8":        fmt.Sprintf("Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n%s", n, ping),
		"charset utf-8":       fmt.Sprintf("Content-Type: application/vscode-jsonrpc; charset=\"UTF-8\"\r\nContent-Length: %d\r\n\r\n%s", n, ping),
		"same length twice":   fmt.Sprintf("Content-Length: %d\r\nContent-Length: %d\r\n\r\n%s", n, n, ping),
		"blank lines between": "\r\n\r\n" + frame(ping),
		"white space around":  frame("\n  " + ping + "\n"),
		"invalid UTF-8":       frame(strings.Replace(ping, "none", "\xff\xfe", 1)),
		"lone surrogate":      frame(strings.Replace(ping, "none", `\ud800`, 1)),
		"keys twice":          frame(strings.Replace(ping, `"method"`, `"method":"foo","id":1,"id":"ping","method"`, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serving(t)
			p := e.Expect(`"ping"`, "hover")
			e.Raw(text)
			if _, err := p.Wait(); err != nil {
				t.Fatal(err)
			}
			if n := len(e.State().Rejections); n > 0 {
				t.Errorf("%d rejections", n)
			}
		})
	}
}

// TestPieces sends a message byte by byte, and a thousand messages at once.
func TestPieces(t *testing.T) {
	e := serving(t)
	p := e.Expect(`"ping"`, "hover")
	for _, c := range []byte(frame(strings.Replace(ping, "none", "ü", 1))) {
		e.Raw(string([]byte{c}))
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	waits := []*editortest.Pending{}
	for i := range 1000 {
		id := fmt.Sprintf(`"p%d"`, i)
		waits = append(waits, e.Expect(id, "hover"))
		all.WriteString(frame(strings.Replace(ping, `"ping"`, id, 1)))
	}
	e.Raw(all.String())
	for _, p := range waits {
		if _, err := p.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIDs wants every id back byte for byte.
func TestIDs(t *testing.T) {
	e := serving(t)
	for _, id := range []string{`0`, `-1`, `-0`, `9007199254740993`, `9223372036854775808`, `123456789012345678901234567890`, `""`, `"\u0000"`, `"a\u0062c"`, `"1"`, `"ü"`} {
		p := e.Expect(id, "hover")
		e.Raw(frame(strings.Replace(ping, `"ping"`, id, 1)))
		if _, err := p.Wait(); err != nil {
			t.Errorf("id %s: %v", id, err)
		}
	}
	// What has an id that can be given back gets its error under it.
	p := e.Expect(`7`, "shutdown")
	e.Raw(frame(`{"jsonrpc":"1.0","id":7,"method":"shutdown"}`))
	if _, err := p.Wait(); err == nil || err.Code != -32600 {
		t.Errorf("jsonrpc 1.0: %v", err)
	}
	answers(t, e)
}

// TestHeaderIsBelievedLate wants memory to be reserved for what came, not for what was announced.
func TestHeaderIsBelievedLate(t *testing.T) {
	e := serving(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e.Raw(fmt.Sprintf("Content-Length: %d\r\n\r\n", maxBody))
	e.Raw(strings.Repeat(" ", 10))
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("a header alone took %d bytes", grown)
	}
	if code := e.Hangup(); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// TestEndOfInput ends the input at every place of a message.
func TestEndOfInput(t *testing.T) {
	text := frame(ping)
	for _, at := range []int{0, 1, 15, 19, 20, 21, 22, 40, len(text) - 1} {
		e := serving(t)
		e.Raw(text[:at])
		if code := e.Hangup(); code != 1 {
			t.Errorf("cut at %d: exit code %d", at, code)
		}
	}
}

// TestClientStopsReading floods a client that does not read. Nothing is lost that was asked for, and memory stays within bounds.
func TestClientStopsReading(t *testing.T) {
	e := serving(t)
	e.Pause()
	const n = 5000
	waits := make([]*editortest.Pending, n)
	for i := range waits {
		waits[i] = e.Request("no/such/method/"+strings.Repeat("x", 200), nil)
	}
	e.Resume()
	for _, p := range waits {
		if _, err := p.Wait(); err == nil || err.Code != -32601 {
			t.Fatalf("%s: %v", p.ID(), err)
		}
	}
}

// FuzzFrames feeds any bytes. Reading ends, and gives only bodies that are no longer than was read.
func FuzzFrames(f *testing.F) {
	f.Add(frame(ping))
	f.Add("Content-Length: 5\r\n\r\n{}" + frame(ping))
	f.Add("Content-Length: 5\r\nContent-Length: 6\r\n\r\nabc")
	f.Add("\r\n\r\ncontent-length:1\n\nx}Content-Length: 3\r\n\r\nabc")
	f.Fuzz(func(t *testing.T, input string) {
		w := &wire{out: newOutbox(), calls: newCalls(), log: quiet()}
		w.frames = newFrameReader(strings.NewReader(input), w.log)
		for range len(input) + 2 {
			body, err := w.frames.next()
			if fault := (*frameFault)(nil); err != nil && !errors.As(err, &fault) {
				break
			}
			if len(body) > len(input) {
				t.Fatalf("a body of %d bytes in %d", len(body), len(input))
			}
			if err == nil {
				w.message(body)
			}
		}
		w.out.close()
		for {
			body, ok := w.out.take()
			if !ok {
				return
			}
			if !json.Valid(body) {
				t.Fatalf("an answer that is no JSON: %q", body)
			}
		}
	})
}
