package diagnostics

import (
	"fmt"
	"time"
)

// early is the gap from mark to open port that no measurement makes up by itself.
const early = 5 * time.Millisecond

var runMarkEarly = Rule{
	Code: "run-mark-early", Severity: Warning, AfterRun: true,
	Doc: "meca-init-done came before port 8080 was open",
	check: func(p *Pass) {
		l := p.Report.Listen
		if l == nil || !l.Open || l.MarkToOpen == nil || *l.MarkToOpen < early {
			return
		}
		p.reportMark(fmt.Sprintf("`meca-init-done` came %s before port 8080 was open. A host asks at once and does not try again, so that its first request is refused. Print it once the port is open.",
			seconds(*l.MarkToOpen)))
	},
}
