package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var dockerignoreSyntax = Rule{
	Code: "dockerignore-syntax", Severity: Error,
	Doc: ".dockerignore has a pattern that Docker cannot read",
	check: func(p *Pass) {
		ignore := p.Folder.Ignore()
		if ignore.Problem == "" {
			return
		}
		const consequence = "Docker refuses the file as a whole, and a build with it stops before its first step."
		for _, fault := range ignore.Faults {
			title, remedy := "Remove the line", "Take the line out."
			if fault.Escapes {
				title, remedy = `Write \[`, "Write `\\[` for a bracket that stands for itself, or close it."
			}
			pattern := text.Quote(ignore.File.Slice(fault.Span))
			p.report(ignore.File, fault.Span, fmt.Sprintf("%s is no pattern that can be read. %s %s", pattern, consequence, remedy),
				edit(title, true, ignore.File, fault.Mend))
		}
		if len(ignore.Faults) == 0 {
			p.report(ignore.File, ignore.File.Line(0), fmt.Sprintf("`.dockerignore` cannot be read: %s. %s Write one pattern a line.", text.Clip(ignore.Problem, 100), consequence))
		}
	},
}
