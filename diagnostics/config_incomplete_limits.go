package diagnostics

import (
	"fmt"

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
		value := schema.DefaultLiteral(missing)
		message := fmt.Sprintf("`%s` is given without `%s`. A host answers `invalid resource limit`: the defaults count only where both are left out. Add `%s`, whose default is %s.",
			given.Key, missing, missing, value)
		var fixes []Fix
		if m := standIn(d, resource, missing); m != nil {
			fixes = append(fixes, rename(d, *m, missing))
			fixes[0].Title = fmt.Sprintf("Rename %q to %q", m.Key, missing)
		}
		if resource.Member(missing) == nil { // else it is there, as null: another rule offers its value
			add := d.AddMembers(resource, []schema.NewMember{{Key: missing, Literal: value}})
			fixes = append(fixes, edit(fmt.Sprintf("Add %q: %s", missing, value), len(fixes) == 0, d.File, add))
		}
		p.report(d.File, given.KeySpan, message, fixes...)
	},
}
