package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configSyntax = Rule{
	Code: "config-syntax", Severity: Error,
	Doc: "config.json is not strict JSON",
	check: func(p *Pass) {
		d, _ := p.config()
		if d == nil {
			return
		}
		if size := p.Folder.Entry(task.ConfigFile).Size; size > task.MaxText && len(d.File.Text) >= task.MaxText-len(text.BOM) {
			p.report(d.File, text.Span{}, fmt.Sprintf("`config.json` is larger than %d MiB, and is not read. No host expects that. Keep the documented fields alone.", task.MaxText>>20))
			return
		}
		for _, problem := range d.Problems {
			consequence := " No host can read config.json as it is."
			if problem.Span == text.BOMSpan {
				consequence = " A host that is run from the command line cannot read config.json then."
			}
			var fixes []Fix
			if problem.Fix != "" {
				fixes = append(fixes, edit(problem.Fix, true, d.File, problem.Edits...))
				consequence += " " + problem.Fix + "."
			}
			if d.Root.Kind == schema.Missing && problem.Span != text.BOMSpan && strings.TrimSpace(d.File.Text) == "" {
				whole := text.Edit{Span: text.Span{End: len(d.File.Text)}, New: schema.DefaultConfig(d.File.Newline())}
				fixes = append(fixes, edit("Insert the documented defaults", true, d.File, whole))
				consequence += fmt.Sprintf(" Write at least `{}`, which stands for the defaults: %s.", defaults())
			}
			p.report(d.File, problem.Span, sentence(problem.Message)+consequence, safely(fixes...)...)
		}
	},
}

// defaults names the documented fields with their defaults.
func defaults() string {
	list := ""
	for _, f := range schema.Fields() {
		if !f.Documented {
			continue
		}
		if list != "" {
			list += ", "
		}
		list += "`" + f.Key + "` " + f.Default
	}
	return list
}
