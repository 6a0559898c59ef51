package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runMarkEarly = Rule{
	Code: "run-mark-early", Severity: Warning, AfterRun: true,
	Doc: "meca-init-done came before port 8080 was open",
	check: func(p *Pass) {
		l := p.Report.Listen
		if l == nil || !l.Open || l.MarkToOpen == nil || *l.MarkToOpen <= 0 { // 0: it was open at the first try
			return
		}
		p.reportMark(fmt.Sprintf("`meca-init-done` came %s before port 8080 was open. A host asks at once and does not try again, so that its first request is refused. Print it once the port is open.",
			task.Duration(*l.MarkToOpen)))
	},
}
