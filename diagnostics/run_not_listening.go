package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runNotListening = Rule{
	Code: "run-not-listening", Severity: Error, AfterRun: true,
	Doc: "nothing listens on port 8080 of the container's address after meca-init-done",
	check: func(p *Pass) {
		l := p.Report.Listen
		if l == nil || l.Open || p.Report.Exit != nil || p.Report.OutOfMemory || l.WaitedTime == 0 {
			return
		}
		message := fmt.Sprintf("Nothing listens on 0.0.0.0:8080, %s after `meca-init-done`.", task.Duration(l.WaitedTime))
		if len(l.Others) > 0 {
			message += fmt.Sprintf(" The app listens on %s.", strings.Join(l.Others, ", "))
		}
		f := p.reportStart(message + " A host asks port 8080 at the container's own address. Let the app listen on 0.0.0.0:8080.")
		f.Related = p.output(f, p.Report.LastOutput)
	},
}
