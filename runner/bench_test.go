package runner_test

import (
	"slices"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// BenchmarkRun runs a folder on an engine of paper, which takes no time for anything: what is left is our own, and that of its requests
// and answers. Until the verdict, and in all.
func BenchmarkRun(b *testing.B) {
	for _, test := range []struct {
		name  string
		reuse bool
	}{{"cold", false}, {"warm", true}} {
		b.Run(test.name, func(b *testing.B) {
			fake := enginetest.NewFake(b)
			path := enginetest.Folder(b, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"})
			opts := patient()
			opts.Reuse = test.reuse
			ledger := runner.NewLedger(runner.LedgerOptions{})
			b.Setenv("XDG_CACHE_HOME", b.TempDir())
			b.Cleanup(func() {
				if err := ledger.Close(); err != nil {
					b.Error(err)
				}
			})
			var verdicts []time.Duration
			one := func() {
				began := time.Now()
				engine, err := runner.ConnectTo(b.Context(), fake.Host())
				if err != nil {
					b.Fatal(err)
				}
				dir, err := task.OpenDir(path)
				if err != nil {
					b.Fatal(err)
				}
				job := runner.Job{Engine: engine, Files: dir, Folder: task.Load(dir), Path: path, Options: opts, Ledger: ledger}
				r := runner.Run(b.Context(), job, func(e task.Event) {
					if e.Verdict != nil {
						verdicts = append(verdicts, time.Since(began))
					}
				})
				if r.Outcome != task.Passed {
					b.Fatal(r.Message)
				}
				_ = dir.Close() // it was only read
				engine.Close()
			}
			if one(); test.reuse {
				one() // the first one finds no image
			}
			verdicts = nil
			for b.Loop() {
				one()
			}
			slices.Sort(verdicts)
			b.ReportMetric(float64(verdicts[len(verdicts)/2].Microseconds())/1000, "ms/verdict")
			b.ReportMetric(float64(verdicts[0].Microseconds())/1000, "ms/soonest")
		})
	}
}
