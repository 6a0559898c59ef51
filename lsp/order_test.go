package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// TestContentModified refuses an answer whose edits would fall on other places than the editor now has there.
func TestContentModified(t *testing.T) {
	o, begun, letGo := held("textDocument/codeAction")
	dir := faulty(t).write(t, t.TempDir())
	e := begin(t, o, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	other := e.OpenFile(filepath.Join(dir, "Dockerfile"))
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	params := object{"textDocument": object{"uri": uri}, "range": editortest.Range{End: editortest.Position{Line: 9}}, "context": object{"diagnostics": []any{}}}
	moved := e.Request("textDocument/codeAction", params)
	<-begun
	e.Change(uri, " "+faultyConfig)
	stays := e.Request("textDocument/codeAction", params)
	<-begun
	e.Change(other, e.Text(other)+"\n")
	e.Call("textDocument/codeLens", object{"textDocument": object{"uri": uri}}, nil) // the changes were read
	close(letGo)
	if raw, err := moved.Wait(); err == nil || err.Code != modified {
		t.Errorf("the text moved on, answered %s, %v", raw, err)
	}
	if raw, err := stays.Wait(); err != nil || len(raw) < 10 {
		t.Errorf("another text moved on: %s, %v", raw, err)
	}
}

// TestPullAnswersForTheNewestText answers for what the editor has now, not for what it had when it asked.
func TestPullAnswersForTheNewestText(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	var e *editortest.Editor
	var uri string
	changes := make(chan string, 9)
	e = start(t, Options{inject: func(where string) {
		if where != "look at a document" {
			return
		}
		select {
		case text := <-changes:
			e.Change(uri, text)
			e.Call("textDocument/codeLens", object{"textDocument": object{"uri": uri}}, nil) // the change was read
		default:
		}
	}})
	e.Initialize(editortest.Config{Capabilities: pulling(), Roots: []string{dir}})
	uri = e.OpenFile(filepath.Join(dir, "config.json"))
	changes <- faultyConfig
	if r := askFor(e, uri, ""); !slices.Equal(codes(t, r), []string{"config-wrong-type"}) {
		t.Errorf("%+v", r)
	}
	for i := range maxTries {
		changes <- faultyConfig + strings.Repeat("\n", i+1)
	}
	_, err := e.Request("textDocument/diagnostic", object{"textDocument": object{"uri": uri}}).Wait()
	if err == nil || err.Code != -32802 || string(err.Data) != `{"retriggerRequest":true}` {
		t.Errorf("a text that never stays: %v %s", err, err.Data)
	}
	if r := askFor(e, uri, ""); !slices.Equal(codes(t, r), []string{"config-wrong-type"}) {
		t.Errorf("%+v", r)
	}
}

// BenchmarkCancel takes a question back that would stay open, and waits for the answer that it was.
func BenchmarkCancel(b *testing.B) {
	dir := faulty(b).write(b, b.TempDir())
	e := start(b, Options{Log: quiet()})
	e.Initialize(editortest.Config{Capabilities: pulling(), Roots: []string{dir}})
	known := map[string]string{}
	for uri, r := range reports(b, workspace(e, nil)) {
		known[uri] = r.ResultID
	}
	for b.Loop() {
		p := workspace(e, known)
		e.Notify("$/cancelRequest", object{"id": p.ID()})
		if _, err := p.Wait(); err == nil || err.Code != cancelled {
			b.Fatal(err)
		}
	}
}

// BenchmarkBurst sends a thousand changes and waits for the diagnostics of the last one; told/op says how often the editor was told.
func BenchmarkBurst(b *testing.B) {
	for _, asks := range []bool{false, true} {
		b.Run(fmt.Sprintf("asks=%v", asks), func(b *testing.B) {
			dir := clean(b).write(b, b.TempDir())
			caps := full()
			if asks {
				caps = pulling()
			}
			e := start(b, Options{Log: quiet()})
			e.Initialize(editortest.Config{Capabilities: caps, Roots: []string{dir}, Pull: asks})
			uri := e.OpenFile(filepath.Join(dir, "config.json"))
			e.Await(editortest.HasCodes(uri))
			before, n := e.State().Diagnostics[uri].Count, 0
			for b.Loop() {
				for i := range 1000 {
					e.Change(uri, fmt.Sprintf(`{"resource": {"cpu": "%d.%d", "mem": 128, "use_gpu": false, "gpu_count": 0}}`, n, i))
				}
				want := fmt.Sprintf(`"%d.999"`, n)
				e.Await(editortest.Expectation{What: "the last value is named", Check: func(s editortest.State) editortest.Verdict {
					if list := s.Diagnostics[uri].List; len(list) == 1 && strings.Contains(list[0].Message, want) {
						return editortest.Met
					}
					return editortest.Unmet
				}})
				n++
			}
			b.ReportMetric(float64(e.State().Diagnostics[uri].Count-before)/float64(n), "told/op")
		})
	}
}
