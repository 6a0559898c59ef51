package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runNoAnswer = Rule{
	Code: "run-no-answer", Severity: Error, AfterRun: true,
	Doc: "the task took the example and gave no whole answer",
	check: func(p *Pass) {
		a := p.Report.Answer
		if a == nil || a.Failure == "" || p.Report.Exit != nil || p.Report.OutOfMemory {
			return
		}
		consequence := "A host gets no answer."
		if a.TimedOut {
			consequence = "A host waits without end."
		}
		f := p.reportExample(task.InputFile, fmt.Sprintf("The task gave no whole answer to this example: %s. %s Look at the container's output.", text.Clip(a.Failure, 200), consequence))
		f.Related = p.output(f, p.Report.LastOutput)
	},
}
