package diagnostics

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var runBadStatus = Rule{
	Code: "run-bad-status", Severity: Warning, AfterRun: true,
	Doc: "the answer's status is not 2xx",
	check: func(p *Pass) {
		a := p.Report.Answer
		if a == nil || a.Failure != "" || a.Status >= 200 && a.Status < 300 {
			return
		}
		p.reportExample(task.InputFile, fmt.Sprintf("The task answers this example with status %s. A host does not look at the status and takes the body as the answer. Let the app answer with 200.",
			strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)))))
	},
}
