package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// TestTrace has an editor change what it wants to be told.
func TestTrace(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := start(t, Options{})
	e.Call("initialize", object{"capabilities": full(), "rootUri": editortest.URI(dir), "trace": "messages"}, nil)
	e.Notify("initialized", object{})
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	hover := object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 0}}
	says := func(part string, verbose bool) editortest.Expectation {
		return editortest.Said("$/logTrace", func(o editortest.Object) bool {
			message, _ := o["message"].(string)
			more, _ := o["verbose"].(string)
			return strings.Contains(message, part) && verbose == strings.Contains(more, "1 task folders, 1 open documents")
		})
	}
	e.Call("textDocument/hover", hover, nil)
	e.Await(says("request textDocument/hover (2) took", false), says("notification textDocument/didOpen took", false))
	e.Refused(-32601, "textDocument/declaration", hover)
	e.Await(says("was refused with -32601", false))

	e.Await(editortest.ForVersion(uri, 1)) // the folder is known
	e.Notify("$/setTrace", object{"value": "verbose"})
	e.Call("textDocument/hover", hover, nil)
	e.Await(says("request textDocument/hover", true))

	e.Notify("$/setTrace", object{"value": "loud"}) // is none of the protocol's: nothing changes
	e.Notify("$/setTrace", nil)
	e.Call("textDocument/codeLens", hover, nil)
	e.Await(says("request textDocument/codeLens", true))

	e.Notify("$/setTrace", object{"value": "off"})
	e.Call("textDocument/codeLens", hover, nil)
	e.Call("textDocument/completion", hover, nil)
	e.Await(editortest.Never(says("textDocument/completion", true)), editortest.Never(says("textDocument/completion", false)))
}

// TestTraceIsOff tells nothing where the client did not ask.
func TestTraceIsOff(t *testing.T) {
	for _, trace := range []any{nil, "off", "loud", 5, object{}} {
		e := start(t, Options{})
		e.Call("initialize", object{"capabilities": full(), "rootUri": nil, "trace": trace}, nil)
		e.Refused(-32601, "textDocument/declaration", object{})
		e.Await(editortest.Never(editortest.Said("$/logTrace", nil)))
	}
}

// secret is a text that stands in every file, and that no log may hold.
const secret = "hunter2horse"

// TestLogHoldsNoTexts wants one line per request, with its time, and no file's content in any line.
func TestLogHoldsNoTexts(t *testing.T) {
	files := clean(t)
	for name := range files {
		if files[name] += secret; name == "config.json" {
			files[name] = `{"` + secret + `": "` + secret + `"}`
		}
	}
	dir := files.with(tree{".meca-lsp.json": `{"rules": {"` + secret + `": "` + secret + `"}}`}).write(t, t.TempDir())
	log := &lockedBuffer{}
	e := begin(t, Options{Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, dir)
	for _, name := range []string{"config.json", "Dockerfile", "name.txt", ".meca-lsp.json"} {
		uri := e.OpenFile(filepath.Join(dir, name))
		e.AnyVersion(uri)
		position := object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 3}, "context": object{"includeDeclaration": true, "diagnostics": []any{}}}
		for _, method := range append(readerMethods(), "textDocument/hover", "textDocument/completion", "textDocument/codeAction") {
			_, _ = e.Request(method, position).Wait() // some need more than that: refusals are logged, too
		}
		e.Notify("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": 2}, "contentChanges": []any{object{"text": secret, "range": object{"start": secret}}}})
		e.Change(uri, secret)
		e.Raw(frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"text":"` + secret + `"`))
		e.Raw(frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":5,"text":"` + secret + `"}}}`))
		e.Save(uri)
	}
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	all := log.String()
	if strings.Contains(all, secret) {
		at := strings.Index(all, secret)
		t.Errorf("the log holds a file's text: …%s…", all[max(0, at-300):at+20])
	}
	if n := strings.Count(all, "msg=request method=textDocument/hover id="); n != 4 || !strings.Contains(all, " took=") {
		t.Errorf("%d requests for a hover are in the log:\n%s", n, all)
	}
}

// lockedBuffer is a buffer that many may write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// sure are waits for replays in which all comes that is waited for, however busy the machine is.
func sure() replayWaits {
	return replayWaits{answer: editortest.Patience, question: editortest.Patience, diagnostics: editortest.Patience}
}

// inVain is how long is waited for what does not come.
const inVain = 200 * time.Millisecond

// record has an editor do all kinds of things in a folder, and gives the recording.
func record(t *testing.T, dir string, do func(e *editortest.Editor)) string {
	t.Helper()
	trace := &lockedBuffer{}
	e := begin(t, Options{Trace: trace, Version: "1.2.3"}, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.ForVersion(uri, 1))
	e.Change(uri, faultyConfig)
	e.Await(editortest.HasCode(uri, "config-wrong-type"))
	position := object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 3}, "context": object{"diagnostics": []any{}}}
	for _, method := range []string{"textDocument/hover", "textDocument/completion", "textDocument/codeLens", "textDocument/documentSymbol", "textDocument/formatting", "textDocument/declaration"} {
		_, _ = e.Request(method, position).Wait()
	}
	if do != nil {
		do(e)
	}
	e.Close(uri)
	e.Await(editortest.HasCodes(uri))
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	return trace.String()
}

func played(t *testing.T, trace, folder string, waits replayWaits) *Replayed {
	t.Helper()
	r, err := replay(context.Background(), strings.NewReader(trace), folder, Options{waits: quick()}, waits)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReplay(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	trace := record(t, dir, nil)
	r := played(t, trace, "", sure())
	if len(r.Differ) > 0 || len(r.Notes) > 0 || r.Requests < 8 || r.Compared != r.Requests || r.Version != "1.2.3" {
		t.Errorf("%+v", r)
	}
	if len(r.Times) < 8 || r.Times[0].Count == 0 || r.Times[0].Max < r.Times[0].Median {
		t.Errorf("%+v", r.Times)
	}
}

// TestReplayOfAPull plays what an editor did that asks for its diagnostics, and is asked for its settings.
func TestReplayOfAPull(t *testing.T) {
	dir, trace := clean(t).write(t, t.TempDir()), &lockedBuffer{}
	caps := pulling()
	caps["workspace"].(object)["configuration"] = true
	e := start(t, Options{Trace: trace})
	e.Answers("workspace/configuration", func(json.RawMessage) (any, *editortest.Error, bool) { return []any{object{}, object{}}, nil, true })
	e.Initialize(editortest.Config{Capabilities: caps, Roots: []string{dir}})
	e.Await(editortest.Said("workspace/configuration", nil))
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	held := e.Request("workspace/diagnostic", object{"previousResultIds": []any{}, "partialResultToken": "x"})
	last := ""
	for i := range 20 {
		e.Change(uri, strings.Repeat(" ", i)+[]string{faultyConfig, cleanConfig}[i%2])
		raced := e.Request("textDocument/diagnostic", object{"textDocument": object{"uri": uri}})
		e.Change(uri, strings.Repeat(" ", i)+[]string{faultyConfig, cleanConfig}[i%2])
		_, _ = raced.Wait()
		last = askFor(e, uri, last).ResultID
	}
	e.Notify("$/cancelRequest", object{"id": held.ID()})
	_, _ = held.Wait()
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for range 5 {
		if r := played(t, trace.String(), "", sure()); len(r.Differ) > 0 || len(r.Notes) > 0 || r.Compared != r.Requests || r.Requests < 40 {
			t.Errorf("%+v", r)
		}
	}
}

// TestReplayTells plays recordings of which something is not so any more.
func TestReplayTells(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	trace := record(t, dir, func(e *editortest.Editor) {
		e.Raw(frame("no \xff JSON"))
		p := e.Request("workspace/executeCommand", object{"command": "meca.stop", "arguments": []any{object{"folder": editortest.URI(dir)}}})
		e.Notify("$/cancelRequest", object{"id": p.ID()})
		_, _ = p.Wait()
		h := e.Request("textDocument/hover", object{"textDocument": object{"uri": configOf(dir)}, "position": object{"line": 0, "character": 3}})
		e.Notify("$/cancelRequest", object{"id": h.ID()})
		_, _ = h.Wait()
	})
	lines := strings.SplitAfter(trace, "\n")
	elsewhere := clean(t).write(t, filepath.Join(dir, "below"))
	for name, c := range map[string]struct {
		trace, folder string
		differ        string // "": nothing
		note          string
		lacks         func(w *replayWaits) // shortens the waits for what does not come
	}{
		"as it was":        {trace: trace},
		"a dead editor":    {trace: strings.Replace(trace, `"processId":null`, `"processId":2147483646`, 1)},
		"at another place": {trace: trace, folder: elsewhere},
		"gone":             {trace: trace, folder: filepath.Join(dir, "gone"), note: "is not there", lacks: func(w *replayWaits) { w.question, w.diagnostics = inVain, inVain }},
		"no initialize":    {trace: lines[0], folder: dir, note: "has no folder"},
		"another answer":   {trace: strings.Replace(trace, `"code":-32601`, `"code":-32602`, 1), differ: "textDocument/declaration at /error/code: recorded -32602, now -32601"},
		"other findings":   {trace: strings.ReplaceAll(trace, `"diagnostics":[]`, `"diagnostics":[5]`), differ: "textDocument/publishDiagnostics", lacks: func(w *replayWaits) { w.diagnostics = inVain }},
		"cut off":          {trace: trace[:len(trace)*2/3], note: "is cut off in line"},
		"garbage in it":    {trace: strings.Join(lines[:4], "") + "garbage\n{}\n[]\n" + strings.Join(lines[4:], ""), note: "3 lines are no lines of a trace"},
		"full":             {trace: trace + `{"at":1,"note":"` + fullNote + `"}` + "\n", note: fullNote},
		"another's question": {
			trace: strings.Join(lines[:5], "") + `{"at":1,"from":"server","body":{"jsonrpc":"2.0","id":99,"method":"workspace/x","params":{}}}` + "\n" +
				`{"at":1,"from":"client","body":{"jsonrpc":"2.0","id":99,"result":null}}` + "\n" + strings.Join(lines[5:], ""),
			note: "did not ask workspace/x again", lacks: func(w *replayWaits) { w.question = inVain },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			waits := sure()
			if c.lacks != nil {
				c.lacks(&waits)
			}
			r := played(t, c.trace, c.folder, waits)
			var differ []string
			for _, d := range r.Differ {
				differ = append(differ, d.Method+" "+d.What)
			}
			if all := strings.Join(differ, "\n"); c.differ != "" && !strings.Contains(all, c.differ) || c.differ == "" && c.note != "is not there" && all != "" {
				t.Errorf("%s", all)
			}
			if all := strings.Join(r.Notes, "\n"); !strings.Contains(all, c.note) || c.note == "" && all != "" {
				t.Errorf("notes: %s", all)
			}
			if name == "as it was" && r.Left != 1 {
				t.Errorf("%d commands were left out", r.Left)
			}
		})
	}
}

// TestNoTrace refuses what is no recording.
func TestNoTrace(t *testing.T) {
	for _, in := range []string{"", "\n", "{}\n", "garbage", `{"mecaTrace":2}` + "\n", `{"mecaTrace":"1"}`, "\xff\x00", strings.Repeat("x", 3<<20)} {
		if r, err := replay(context.Background(), strings.NewReader(in), "", Options{}, sure()); err == nil {
			t.Errorf("%.40q is a recording: %+v", in, r)
		}
	}
}

// endless is a recording of one long line after another.
type endless struct{ head, line string }

func (e *endless) Read(p []byte) (int, error) {
	if e.head == "" {
		e.head = e.line
	}
	n := copy(p, e.head)
	e.head = e.head[n:]
	return n, nil
}

// TestTraceIsBounded records, and reads, no more than so much; of what the program takes, it looks at the figure.
func TestTraceIsBounded(t *testing.T) {
	const limit, piece = 4 << 20, 64 << 10
	var size int
	r := newRecorder(writerFunc(func(p []byte) (int, error) {
		size += len(p)
		return len(p), nil
	}), "", quiet())
	if r.left < 100<<20-1000 || r.left > 100<<20 {
		t.Errorf("%d bytes may be written", r.left)
	}
	r.left = limit - size
	body := []byte(`{"x":"` + strings.Repeat("y", piece) + `"}`)
	for range limit/piece + 10 {
		r.frame(fromClient, body)
	}
	if size > limit || size < limit-2*piece {
		t.Errorf("%d bytes were recorded", size)
	}
	rec, err := readTrace(&endless{`{"mecaTrace":1}` + "\n", `{"from":"client","body":{"x":"` + strings.Repeat("y", piece) + "\"}}\n"}, limit)
	if err != nil || len(rec.frames) != limit/piece-1 || len(rec.notes) != 1 || !strings.Contains(rec.notes[0], "longer than 4 MiB") {
		t.Errorf("%v, %d frames, %v", err, len(rec.frames), rec.notes)
	}
}

// TestTraceOnAFullDisk goes on without it.
func TestTraceOnAFullDisk(t *testing.T) {
	log := &countingLog{}
	tries := 0
	e := start(t, Options{Log: log.logger(), Trace: writerFunc(func([]byte) (int, error) {
		tries++
		return 0, errors.New("no space left")
	})})
	e.Initialize(editortest.Config{Capabilities: full(), Roots: []string{clean(t).write(t, t.TempDir())}})
	if code := e.Exit(); code != 0 || tries != 1 || log.count("no longer recorded") != 1 {
		t.Errorf("exit code %d, %d tries to write", code, tries)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// FuzzReadTrace reads anything, and never more than it may.
func FuzzReadTrace(f *testing.F) {
	const head = `{"mecaTrace":1,"version":"1","system":"linux/amd64","started":"2026-01-02T03:04:05Z"}` + "\n"
	f.Add(head + `{"at":1.5,"from":"client","body":{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"rootUri":"file:///a"}}}` + "\n")
	f.Add(head + `{"at":-1e300,"from":"server","raw":"////"}` + "\n" + `{"note":"x"}` + "\n{}\n\n[")
	f.Add(head + `{"from":"client","body":{"method":"initialize","params":{"workspaceFolders":[{"uri":"file:///%zz"},5]},"id":"x","jsonrpc":"2.0"}}`)
	f.Fuzz(func(t *testing.T, in string) {
		rec, err := readTrace(strings.NewReader(in), 1<<16)
		if err != nil {
			return
		}
		rec.moveTo("/elsewhere")
		for i := range rec.frames {
			if one := &rec.frames[i]; one.isRequest() && one.isAnswer() || one.broken && (one.isRequest() || one.isAnswer()) {
				t.Errorf("line %d is two things", one.line)
			}
		}
	})
}
