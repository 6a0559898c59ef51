package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runMemoryTight = Rule{
	Code: "run-memory-tight", Severity: Information, AfterRun: true,
	Doc: "the task came near its memory limit",
	check: func(p *Pass) {
		peak, limit, ok := p.peak()
		if !ok || peak*10 <= limit*9 {
			return
		}
		p.reportMemory(fmt.Sprintf("The task needed %s of its %d MB for this example. A host kills it at the limit, and another question may need a little more. Give it some room.",
			mebibytes(peak), limit>>20), p.setMemory(roomy(peak))...)
	},
}

// peak is the most memory that the run had at once and its limit, in bytes; not ok where that is not known, where config.json did not
// set the limit, or where the kernel ended the task at it, which is a finding of its own.
func (p *Pass) peak() (peak, limit int64, ok bool) {
	r := p.Report
	if r.PeakMemory == nil || r.OutOfMemory || r.As == task.AsTodaysHost {
		return 0, 0, false
	}
	return *r.PeakMemory, r.Limits.MemMiB << 20, r.Limits.MemMiB > 0
}

// roomy is a limit with a quarter to spare, in MB, rounded up to a multiple of 16.
func roomy(peak int64) int64 {
	const step = 16 << 20
	return (peak + peak/4 + step - 1) / step * 16
}

// mebibytes writes a number of bytes for a person, in the unit of mem.
func mebibytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
