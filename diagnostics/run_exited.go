package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runExited = Rule{
	Code: "run-exited", Severity: Error, AfterRun: true,
	Doc: "the container ended before it was ready, or while it was asked",
	check: func(p *Pass) {
		e := p.Report.Exit
		if e == nil || p.Report.OutOfMemory && p.Report.Outcome != task.Passed {
			return
		}
		when := during(e.During)
		if p.Report.Outcome == task.Passed {
			when = "after its answer"
		}
		what := fmt.Sprintf("The container ended %s, with exit code %d", when, e.Code)
		if meaning := task.ExitMeaning(e.Code); meaning != "" {
			what += ": " + meaning
		}
		if e.Error != "" {
			what += " (" + text.Clip(e.Error, 200) + ")"
		}
		if e.PerhapsMemory {
			what += fmt.Sprintf("; it probably ran out of its %d MB of memory, which this container engine does not tell", p.Report.Limits.MemMiB)
		}
		consequence := "A host waits for `meca-init-done` without end, and blocks all its tasks."
		if e.During == task.PhaseAnswer {
			consequence = "A host gets no answer."
		}
		f := p.reportStart(fmt.Sprintf("%s. %s Look at its last output.", what, consequence))
		f.Related = p.output(f, p.Report.LastOutput)
		if p.Report.Outcome == task.Passed {
			f.Severity = Warning
			f.Message = what + ". A host asks one container many times, and gets no second answer."
		}
	},
}
