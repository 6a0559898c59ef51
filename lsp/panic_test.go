package lsp

import (
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestPanics lets every handler and every background job panic, once each. What was asked is answered, and the session lives.
func TestPanics(t *testing.T) {
	requests := []string{"textDocument/diagnostic", "workspace/diagnostic", "textDocument/hover", "textDocument/completion", "textDocument/codeLens", "textDocument/codeAction", "workspace/executeCommand"}
	requests = append(requests, readerMethods()...)
	notices := []string{
		"initialized", "textDocument/didOpen", "textDocument/didChange", "textDocument/didSave", "textDocument/didClose",
		"workspace/didChangeWatchedFiles", "workspace/didChangeWorkspaceFolders", "workspace/didChangeConfiguration", "window/workDoneProgress/cancel", "$/cancelRequest",
	}
	jobs := []string{"register", "scan", "load", "check", "chore", "look up", "progress", "run", "watch process"}
	places := append(append([]string{}, notices...), jobs...)
	for _, r := range requests {
		places = append(places, r, "beside "+r)
	}
	for _, where := range places {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			var fired atomic.Bool
			o := Options{Runner: &fakeRunner{}, inject: func(at string) {
				if at == where && fired.CompareAndSwap(false, true) {
					panic("injected")
				}
			}}
			dir := clean(t).write(t, t.TempDir())
			e := start(t, o)
			e.Initialize(editortest.Config{Capabilities: full(), Options: object{"runEvents": true}, Roots: []string{dir}, ProcessID: 1})
			uri := everything(t, e, dir)
			panicked := 0
			params := object{"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 0}, "context": object{"diagnostics": []any{}},
				"command": "meca.run", "arguments": []any{object{"folder": editortest.URI(dir)}}}
			for _, method := range requests {
				if _, err := e.Request(method, params).Wait(); err != nil && err.Code == internalFailure {
					panicked++
				}
			}
			if want := strings.Contains(where, "/") && !strings.Contains(strings.Join(notices, " "), where); want != (panicked == 1) {
				t.Errorf("%d requests failed", panicked)
			}
			// Whatever happened, the editor's next word is followed.
			e.Changed(2, filepath.Join(dir, "config.json"))
			last := e.OpenFile(filepath.Join(dir, "Dockerfile"))
			e.Change(uri, cleanConfig+" ")
			e.Change(uri, faultyConfig+" ")
			e.Change(last, "FROM scratch\nEXPOS 8080\n")
			e.Await(editortest.HasCode(uri, "config-wrong-type"), editortest.HasCode(last, "dockerfile-syntax"))
			if where == "run" {
				e.Await(ended("error"))
			}
			for late := time.Now().Add(editortest.Patience); !fired.Load(); answers(t, e) { // some are in the background
				if time.Now().After(late) {
					t.Fatal("the place was never reached")
				}
			}
			if code := e.Exit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// everything has the editor say at least one of each notification. It gives the URI of config.json, which is open.
func everything(t *testing.T, e *editortest.Editor, dir string) string {
	t.Helper()
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Close(uri)
	e.OpenFile(filepath.Join(dir, "config.json"))
	e.OpenFile(filepath.Join(clean(t).write(t, t.TempDir()), "config.json")) // outside the workspace
	e.Save(uri)
	e.Change(uri, faultyConfig)
	e.Changed(2, filepath.Join(dir, "config.json"))
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{object{"uri": editortest.URI(dir)}}, "removed": []any{}}})
	e.Notify("workspace/didChangeConfiguration", object{"settings": object{"meca": object{"rules": object{"empty-file": "hint"}}}})
	e.Notify("window/workDoneProgress/cancel", object{"token": "x"})
	e.Notify("$/cancelRequest", object{"id": "x"})
	return uri
}

// TestRunnerPanics gives a verdict all the same.
func TestRunnerPanics(t *testing.T) {
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		r.emit(task.Event{Phase: task.PhaseBuild})
		panic("in the runner")
	}}
	e, dir := known(t, Options{Runner: runner}, object{"runEvents": true})
	runID(t, e, "meca.run", dir)
	e.Await(ended("error"))
	awaitTitles(t, e, configOf(dir), "▶ Run example", "Build image", "✗ could not be run")
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// BenchmarkEdit measures from an edit of one folder to its diagnostics.
func BenchmarkEdit(b *testing.B) {
	dir := clean(b).write(b, b.TempDir())
	told := make(chan struct{}, 16)
	in, feed := io.Pipe()
	taken, out := io.Pipe()
	code := make(chan int, 1)
	go func() { code <- Serve(b.Context(), in, out, Options{}) }()
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := taken.Read(buf)
			if err != nil {
				return
			}
			if strings.Contains(string(buf[:n]), "publishDiagnostics") {
				told <- struct{}{}
			}
		}
	}()
	uri := configOf(dir)
	send := func(body string) { _, _ = io.WriteString(feed, frame(body)) }
	send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"rootUri":"` + editortest.URI(dir) + `"}}`)
	send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	send(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"` + uri + `","version":1,"text":"{"}}}`)
	<-told
	texts := []string{`{\"resource\":{\"cpu\":1,\"mem\":\"x\"}}`, `{\"resource\":{\"cpu\":1,\"mem\":5}}`}
	b.ResetTimer()
	for i := range b.N {
		send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"` + uri + `","version":2},"contentChanges":[{"text":"` + texts[i%2] + `"}]}}`)
		<-told
	}
	b.StopTimer()
	_ = feed.Close()
	<-code
}
