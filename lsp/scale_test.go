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
		if len(s.Diagnostics) < n {
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
