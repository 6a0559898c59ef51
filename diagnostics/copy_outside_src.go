package diagnostics

import (
	"fmt"
	"path"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var copyOutsideSrc = Rule{
	Code: "copy-outside-src", Severity: Warning,
	Doc: "COPY or ADD takes a file outside src, which a desktop host does not send",
	check: func(p *Pass) {
		for _, c := range p.copies() {
			source := c.ContextPath()
			first, _, _ := strings.Cut(source, "/")
			if source == "." || source == task.DockerfileName || first == task.SourceDir {
				continue
			}
			if isPattern(first) {
				if matched, err := path.Match(first, task.SourceDir); err == nil && matched {
					continue
				}
			}
			if there, _, known := p.inContext(source); !there || !known {
				continue
			}
			d := p.Folder.Dockerfile()
			message := fmt.Sprintf("`%s` lies outside `src`. A desktop host builds from the Dockerfile and `src` alone, so that its build stops here. Move it into `src`.", text.Clip(c.Path, 100))
			inside := task.SourceDir + "/" + source
			var fixes []Fix
			if there, _, known := p.inContext(inside); there && known {
				fixes = append(fixes, edit("Change to "+inside, true, d.Source, text.Edit{Span: c.Source.Span, New: requoted(c, inside)}))
			}
			p.report(d.Source, c.Source.Span, message, fixes...)
		}
	},
}

// requoted writes a source as the old one was: in a JSON array with its quotes.
func requoted(c dockerfile.Copy, path string) string {
	if c.Instruction.JSON {
		return `"` + path + `"`
	}
	return path
}
