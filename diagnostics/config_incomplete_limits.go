package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configIncompleteLimits = Rule{
	Code: "config-incomplete-limits", Severity: Error,
	Doc: "exactly one of cpu and mem is given",
	check: func(p *Pass) {
		d, resource := p.config()
		if resource == nil {
			return
		}
		cpu, mem := d.Given("cpu"), d.Given("mem")
		if (cpu == nil) == (mem == nil) {
			return
		}
		given, missing := cpu, "mem"
		if cpu == nil {
			given, missing = mem, "cpu"
		}
		if isZero(given.Value) {
			return // a host takes it as left out, too; another rule speaks of it
		}
		value := schema.DefaultLiteral(missing)
		message := fmt.Sprintf("`%s` is given without `%s`. A host answers `invalid resource limit`: the defaults count only where both are left out. Add `%s`, whose default is %s.",
			given.Key, missing, missing, value)
		var fixes []Fix
		if m := standIn(d, resource, missing); m != nil {
			fixes = append(fixes, rename(d, *m, missing))
			fixes[0].Title = fmt.Sprintf("Rename %q to %q", text.Clip(m.Key, 40), missing)
		}
		if resource.Member(missing) == nil { // else it is there, as null: another rule offers its value
			members := []schema.NewMember{{Key: missing, Literal: value}}
			fixes = append(fixes, adding(fmt.Sprintf("Add %q: %s", missing, value), len(fixes) == 0, d, resource, members)...)
		}
		p.report(d.File, given.KeySpan, message, safely(fixes...)...)
	},
}

// isZero reports whether a value is the number 0, which a host does not tell from a key that is left out.
func isZero(v *schema.Value) bool {
	return v.Kind == schema.Number && (v.Text == "0" || v.Text == "-0")
}
