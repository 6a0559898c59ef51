package lsp

import "fmt"

// lastRun tells of the last run of a folder, as far as it is known and was measured.
type lastRun struct {
	outcome string
	peak    string // "24.1 MiB"; "" where it was not measured
	limit   int64  // MiB
	stale   bool   // the folder has changed since
}

// lastRun is not ok where there was no run since the session began.
func (p *place) lastRun() (lastRun, bool) {
	r := p.report
	if r == nil {
		return lastRun{}, false
	}
	last := lastRun{outcome: string(r.Outcome), limit: r.Limits.MemMiB, stale: p.stale}
	if r.PeakMemory != nil {
		last.peak = fmt.Sprintf("%.1f MiB", float64(*r.PeakMemory)/(1<<20))
	}
	return last, true
}

// when says which state of the folder was run.
func (l lastRun) when() string {
	if l.stale {
		return "last run, before the folder changed"
	}
	return "last run"
}
