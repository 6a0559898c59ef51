package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var placeholderText = Rule{
	Code: "placeholder-text", Severity: Information,
	Doc: "the name or the description still holds the template's words",
	check: func(p *Pass) {
		for _, name := range []string{task.NameFile, task.DescriptionFile} {
			f := p.Folder.File(name)
			words, _ := task.Template(name)
			if f == nil || strings.TrimSpace(f.Text) != strings.TrimSpace(words) {
				continue
			}
			start := len(f.Text) - len(strings.TrimLeft(f.Text, " \t\r\n"))
			at := text.Span{Start: start, End: start + len(strings.TrimSpace(f.Text))}
			p.report(f, at, fmt.Sprintf("`%s` still holds the template's words. A desktop host shows them to everyone. Write your own.", name))
		}
	},
}
