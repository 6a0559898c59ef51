package diagnostics

import (
	"fmt"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runOutputDiffers = Rule{
	Code: "run-output-differs", Severity: Error, AfterRun: true,
	Doc: "the answer to the example is not example_output.bin",
	check: func(p *Pass) {
		a := p.Report.Answer
		if a == nil || a.Failure != "" || a.Match == task.MatchExact || a.Match == task.MatchTrimmed {
			return
		}
		if now := p.Folder.File(task.OutputFile); now != nil && !a.Truncated && now.Content() == string(a.Body) {
			return // it was accepted meanwhile
		}
		f := text.New(task.OutputFile, string(a.Expected))
		at := a.DiffAt
		if f.BOM {
			at -= len(text.BOM)
		}
		at = max(0, min(at, len(f.Text)))
		_, width := utf8.DecodeRuneInString(f.Text[at:])
		where := a.Difference()
		message := fmt.Sprintf("The answer is not `example_output.bin`: it first differs at line %d, column %d.", where.Line+1, where.Column+1)
		if a.Match == task.MatchJSON {
			message = fmt.Sprintf("The answer is the same JSON as `example_output.bin`, but not the same text: it first differs at line %d, column %d.", where.Line+1, where.Column+1)
		}
		p.report(f, text.Span{Start: at, End: at + width},
			message+" A desktop host compares the texts, white space at both ends aside, and does not activate the task. Mend the app, or the example.", p.accept()...)
	},
}

// accept is the fix that takes the answer for the example's. An answer that the next request changes is no example.
func (p *Pass) accept() []Fix {
	a, u := p.Report.Answer, p.Report.Unstable
	if a.Truncated || len(a.Body) == 0 || u != nil && u.Failure == "" {
		return nil
	}
	return []Fix{{Title: "Accept the answer as example_output.bin", Replaces: []NewFile{{Path: task.OutputFile, Content: string(a.Body)}}}}
}
