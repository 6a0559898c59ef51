package diagnostics

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var inputNotJSON = Rule{
	Code: "input-not-json", Severity: Warning,
	Doc: "the example input is not JSON, or no JSON object",
	check: func(p *Pass) {
		if p.Folder.Entry(task.InputFile).NotText {
			p.reportExample(task.InputFile, "`example_input.bin` is not JSON. A host sends it as `application/json`, whatever it holds. Write a JSON object, if the task reads JSON.")
			return
		}
		f := p.Folder.File(task.InputFile)
		if f == nil || f.Text == "" {
			return
		}
		d := schema.Read(f)
		switch {
		case len(d.Problems) > 0:
			problem := d.Problems[0]
			var fixes []Fix
			if plain, ok := withoutShellQuotes(f.Text); ok {
				fixes = append(fixes, edit("Undo the shell's quoting", true, f, text.Edit{Span: text.Span{End: len(f.Text)}, New: plain}))
			}
			p.report(f, problem.Span, "The example is not JSON: "+problem.Message+". A host sends it as `application/json`, as it is. Mend it, if the task reads JSON.", fixes...)
		case d.Root.Kind != schema.Object:
			p.report(f, d.Root.Span, "The example is JSON, but no object: it is "+d.Root.Kind.String()+". The contract speaks of a JSON object; a host sends whatever is there.").Severity = Information
		}
	},
}

// withoutShellQuotes undoes the quoting of a command line, '{\"a\":1}', if that gives JSON.
func withoutShellQuotes(s string) (string, bool) {
	inner := strings.TrimSpace(s)
	for _, q := range []string{"'", `"`} {
		if len(inner) >= 2 && strings.HasPrefix(inner, q) && strings.HasSuffix(inner, q) {
			inner = inner[1 : len(inner)-1]
			break
		}
	}
	for _, plain := range []string{inner, strings.ReplaceAll(inner, `\"`, `"`)} {
		d := schema.Read(text.New(task.InputFile, plain))
		if plain != strings.TrimSpace(s) && len(d.Problems) == 0 && d.Root.Kind == schema.Object {
			return plain + s[len(strings.TrimRight(s, "\r\n")):], true
		}
	}
	return "", false
}
