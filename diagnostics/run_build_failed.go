package diagnostics

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runBuildFailed = Rule{
	Code: "run-build-failed", Severity: Error, AfterRun: true,
	Doc: "the image could not be built",
	check: func(p *Pass) {
		b := p.Report.BuildFailure
		if b == nil {
			return
		}
		message := "The build stopped here: " + strings.TrimSuffix(text.Clip(b.Message, 300), ".") + ". A host cannot build the image either."
		d := p.Folder.Dockerfile()
		var f *Finding
		if at, ok := instructionAt(d, b.Line); ok {
			f = p.report(d.Source, at, message)
		} else {
			f = p.reportStart(strings.Replace(message, "stopped here", "failed", 1))
		}
		f.Related = p.output(f, b.Output)
	},
}

// instructionAt is the place of the instruction that covers a one-based line.
func instructionAt(d *dockerfile.File, line int) (text.Span, bool) {
	if d == nil || line < 1 {
		return text.Span{}, false
	}
	for i := len(d.Instructions) - 1; i >= 0; i-- {
		if in := d.Instructions[i]; in.Line <= line {
			return in.Span, true
		}
	}
	return text.Span{}, false
}
