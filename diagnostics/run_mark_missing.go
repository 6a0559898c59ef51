package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runMarkMissing = Rule{
	Code: "run-mark-missing", Severity: Error, AfterRun: true,
	Doc: "the container did not print meca-init-done on its standard output in time",
	check: func(p *Pass) {
		r := p.Report.Ready
		if r == nil || r.Seen || !r.TimedOut {
			return
		}
		message := fmt.Sprintf("`meca-init-done` did not come on standard output within %s.", task.Duration(r.WaitedTime))
		remedy := "Print it once port 8080 is open."
		switch {
		case r.AtStop:
			message += " It came when the container was stopped: it had sat in a buffer."
			remedy = "Flush it: in Python `print(..., flush=True)`, or `ENV PYTHONUNBUFFERED=1`."
		case r.NoNewline:
			message += " It was written without a line end, so that the engine's log does not have it."
			remedy = "End it with a newline."
		case r.OnStderr:
			message += " It came on standard error, which no host reads."
			remedy = "Print it on standard output."
		}
		f := p.reportMark(fmt.Sprintf("%s A host waits for it without end, and blocks all its tasks. %s", message, remedy))
		f.Related = p.output(f, p.Report.LastOutput)
	},
}
