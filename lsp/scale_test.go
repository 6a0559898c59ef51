package lsp

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// allFaulty expects so many config.json with a fault.
func allFaulty(n int) editortest.Expectation {
	return editortest.Expectation{What: fmt.Sprint(n, " folders are diagnosed"), Check: func(s editortest.State) editortest.Verdict {
		if len(s.Diagnostics) < n { // most looks end here
			return editortest.Unmet
		}
		found := 0
		for u, d := range s.Diagnostics {
			if strings.HasSuffix(u, "/config.json") && len(d.List) > 0 {
				found++
			}
		}
		if found == n {
			return editortest.Met
		}
		return editortest.Unmet
	}}
}

// BenchmarkWorkspace is from the start of a session to the last finding of a workspace of task folders with one fault each. -benchtime=1x
// does with one session; heap-MB is what lives then.
func BenchmarkWorkspace(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ws := b.TempDir()
			for i := range n {
				faulty(b).write(b, filepath.Join(ws, fmt.Sprintf("g%d/t%d", i%50, i)))
			}
			for b.Loop() {
				e := start(b, Options{Log: quiet()})
				e.Initialize(editortest.Config{Capabilities: pulling(), Roots: []string{ws}, Pull: true})
				e.Await(allFaulty(n))
				b.StopTimer()
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
				e.Exit()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkFoldersGo takes a workspace of task folders out of a session, in which each ten have a settings file of their own, and another
// one stays. The request after it is answered when the reading goroutine is through.
func BenchmarkFoldersGo(b *testing.B) {
	for _, n := range []int{250, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ws, other := b.TempDir(), faulty(b).write(b, b.TempDir())
			for i := range n {
				faulty(b).write(b, filepath.Join(ws, fmt.Sprintf("g%d/t%d", i%(n/10), i)))
				tree{".meca-lsp.json": "{}"}.write(b, filepath.Join(ws, fmt.Sprintf("g%d", i%(n/10))))
			}
			folders := func(key string) object {
				event := object{"added": []any{}, "removed": []any{}}
				event[key] = []any{object{"uri": editortest.URI(ws), "name": "x"}}
				return object{"event": event}
			}
			e := begin(b, Options{Log: quiet()}, ws, other)
			e.Await(allFaulty(n + 1))
			for b.Loop() {
				e.Notify("workspace/didChangeWorkspaceFolders", folders("removed"))
				e.Call("textDocument/codeLens", object{"textDocument": object{"uri": configOf(ws)}}, nil)
				b.StopTimer()
				e.Await(allFaulty(1))
				e.Notify("workspace/didChangeWorkspaceFolders", folders("added"))
				e.Await(allFaulty(n + 1))
				b.StartTimer()
			}
		})
	}
}
