package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runOutOfMemory = Rule{
	Code: "run-out-of-memory", Severity: Error, AfterRun: true,
	Doc: "the kernel killed a process of the container at its memory limit",
	check: func(p *Pass) {
		if !p.Report.OutOfMemory {
			return
		}
		limit := p.Report.Limits.MemMiB
		if p.Report.As == task.AsTodaysHost {
			p.reportMemory(fmt.Sprintf("The task needs more than %d MB: the kernel killed it at the limit. The hosts of today give it no more, whatever `mem` says. Let it use less, to run on them.", limit))
			return
		}
		f := p.reportMemory(fmt.Sprintf("The task needs more than its %d MB: the kernel killed it at the limit. The same happens on a host. Give it more, or let it use less.", limit),
			p.setMemory(2*limit)...)
		if p.Report.Outcome == task.Passed {
			f.Severity = Warning
		}
	},
}
