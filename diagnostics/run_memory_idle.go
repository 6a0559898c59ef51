package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/schema"
)

var runMemoryIdle = Rule{
	Code: "run-memory-idle", Severity: Hint, AfterRun: true,
	Doc: "the task asks for far more memory than it needed",
	check: func(p *Pass) {
		peak, limit, ok := p.peak()
		usual := schema.DefaultLimits().MemMiB
		if !ok || p.Report.PeakAtLeast || peak*4 >= limit || limit>>20 <= usual {
			return
		}
		p.reportMemory(fmt.Sprintf("The task needed %s of its %d MB for this example. A host sets the whole limit aside while it runs, so fewer hosts have room for it. Ask for less, if no question needs more.",
			mebibytes(peak), limit>>20), p.setMemory(max(usual, roomy(peak)))...)
	},
}
