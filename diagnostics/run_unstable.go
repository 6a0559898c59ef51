package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runUnstable = Rule{
	Code: "run-unstable", Severity: Warning, AfterRun: true,
	Doc: "the same request, asked again or twice at once, is not answered as before",
	check: func(p *Pass) {
		u, a := p.Report.Unstable, p.Report.Answer
		if u == nil || a == nil || u.Failure != "" && p.Report.Exit != nil { // its end is told already
			return
		}
		asked := "Asked the same again"
		if u.AtOnce {
			asked = "Asked twice at once"
		}
		what := "the task gives no answer: " + u.Failure
		if u.Failure == "" {
			f := text.New(task.OutputFile, string(a.Body))
			where := f.Position(min(u.DiffAt, len(f.Text)), text.UTF16)
			what = fmt.Sprintf("the task gives another answer: it first differs at line %d, column %d of the answer", where.Line+1, where.Column+1)
		}
		p.reportExample(task.OutputFile, asked+", "+what+". A host asks one container many times, also at the same time, and each request is paid for its answer. "+
			"Let the app keep nothing between two requests, and leave out of the answer what changes.")
	},
}
