package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configMissingDefault = Rule{
	Code: "config-missing-default", Severity: Hint,
	Doc: "documented fields of config.json are left out",
	check: func(p *Pass) {
		d, resource := p.config()
		if d == nil || d.Root.Kind != schema.Object {
			return
		}
		if m := d.Root.Member("resource"); m == nil {
			reportNoResource(p, d)
			return
		} else if resource == nil {
			return // of the wrong type: another rule speaks of it
		}
		missing := missingDefaults(d, resource)
		if len(missing) == 0 {
			return
		}
		fixes := []Fix{edit("Add all defaults", true, d.File, d.AddMembers(resource, missing))}
		for _, group := range separately(missing) {
			fixes = append(fixes, edit(addTitle(group), false, d.File, d.AddMembers(resource, group)))
		}
		p.report(d.File, d.Root.Member("resource").KeySpan, leftOut(missing), fixes...)
	},
}

// missingDefaults are the documented fields that an object does not have; nil stands for no object. One that is only misspelt is not
// missing: its value would be lost.
func missingDefaults(d *schema.Document, resource *schema.Value) []schema.NewMember {
	var missing []schema.NewMember
	for _, f := range schema.Fields() {
		if f.Documented && resource.Member(f.Key) == nil && standIn(d, resource, f.Key) == nil {
			missing = append(missing, schema.NewMember{Key: f.Key, Literal: f.Default})
		}
	}
	return missing
}

// separately are the members that can be added one at a time. cpu and mem go together: a host refuses one without the other.
func separately(missing []schema.NewMember) [][]schema.NewMember {
	var groups [][]schema.NewMember
	for i := 0; i < len(missing); i++ {
		n := 1
		if missing[i].Key == "cpu" && i+1 < len(missing) && missing[i+1].Key == "mem" {
			n = 2
		}
		groups = append(groups, missing[i:i+n])
		i += n - 1
	}
	if len(groups) == 1 {
		return nil // "all" says it
	}
	return groups
}

func addTitle(members []schema.NewMember) string {
	var parts []string
	for _, m := range members {
		parts = append(parts, fmt.Sprintf("%q: %s", m.Key, m.Literal))
	}
	return "Add " + strings.Join(parts, " and ")
}

func leftOut(missing []schema.NewMember) string {
	var named []string
	for _, m := range missing {
		named = append(named, fmt.Sprintf("`%s` (default %s)", m.Key, m.Literal))
	}
	verb := "are"
	if len(named) == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s %s left out. A host takes the documented defaults. Write them down to show what the task gets.", strings.Join(named, ", "), verb)
}

// reportNoResource offers the whole block.
func reportNoResource(p *Pass, d *schema.Document) {
	missing := missingDefaults(d, nil)
	nl := d.File.Newline() + d.File.Indent(d.Root.Span.Start) + d.Indent()
	whole := d.AddMembers(d.Root, []schema.NewMember{{Key: "resource", Literal: schema.DefaultResource(d.Indent(), nl)}})
	if isEmpty(d) {
		whole = text.Edit{Span: d.Root.Span, New: strings.TrimSuffix(schema.DefaultConfig(d.File.Newline()), d.File.Newline())}
	}
	fixes := []Fix{edit("Add all defaults", true, d.File, whole)}
	for _, group := range separately(missing) {
		one := d.AddMembers(d.Root, []schema.NewMember{{Key: "resource", Literal: schema.ObjectLiteral(group)}})
		fixes = append(fixes, edit(addTitle(group), false, d.File, one))
	}
	open := text.Span{Start: d.Root.Span.Start, End: d.Root.Span.Start + 1}
	p.report(d.File, open, leftOut(missing), fixes...)
}

// isEmpty reports whether the file holds nothing but `{}`.
func isEmpty(d *schema.Document) bool {
	inner := text.Span{Start: d.Root.Span.Start + 1, End: d.Root.Span.End - 1}
	return len(d.Root.Members) == 0 && d.Root.Closed && strings.TrimSpace(d.File.Slice(inner)) == ""
}
