package diagnostics

import (
	"fmt"
	"slices"
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
			if standIn(d, d.Root, "resource") == nil { // else it is only misspelt
				reportNoResource(p, d)
			}
			return
		} else if resource == nil {
			return // of the wrong type: another rule speaks of it
		}
		missing := missingDefaults(d, resource)
		if len(missing) == 0 {
			return
		}
		fixes := adding("Add all defaults", true, d, resource, missing)
		for _, group := range separately(missing) {
			fixes = append(fixes, adding(addTitle(group), false, d, resource, group)...)
		}
		cpu, mem := d.Given("cpu"), d.Given("mem")
		// Where only one is given a host takes no defaults: another rule says what it does.
		p.report(d.File, d.Root.Member("resource").KeySpan, leftOut(missing, (cpu == nil) == (mem == nil)), safely(fixes...)...)
	},
}

// partner names the keys that a host takes together or not at all.
var partner = map[string]string{"cpu": "mem", "mem": "cpu"}

// missingDefaults are the documented fields that an object does not have; nil stands for no object. One that is only misspelt is not
// missing: its value would be lost. Nor is cpu where mem is misspelt, or the other way round: a host refuses one without the other.
func missingDefaults(d *schema.Document, resource *schema.Value) []schema.NewMember {
	var missing []schema.NewMember
	for _, f := range schema.Fields() {
		if f.Documented && resource.Member(f.Key) == nil && standIn(d, resource, f.Key) == nil && standIn(d, resource, partner[f.Key]) == nil {
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

// leftOut names the fields, and says what a host does where that is to take the defaults.
func leftOut(missing []schema.NewMember, taken bool) string {
	var named []string
	for _, m := range missing {
		named = append(named, fmt.Sprintf("`%s` (default %s)", m.Key, m.Literal))
	}
	verb, defaults, them := "are", "defaults", "them"
	if len(named) == 1 {
		verb, defaults, them = "is", "default", "it"
	}
	message := fmt.Sprintf("%s %s left out.", strings.Join(named, ", "), verb)
	if taken {
		message += fmt.Sprintf(" A host takes the documented %s.", defaults)
	}
	return message + fmt.Sprintf(" Write %s down to show what the task gets.", them)
}

// reportNoResource offers the whole block.
func reportNoResource(p *Pass, d *schema.Document) {
	missing := missingDefaults(d, nil)
	block := defaultResource(d, d.File.Newline()+d.File.Indent(d.Root.Span.Start)+d.Indent())
	fixes := adding("Add all defaults", true, d, d.Root, []schema.NewMember{{Key: "resource", Literal: block}})
	if isEmpty(d) {
		whole := text.Edit{Span: d.Root.Span, New: strings.TrimSuffix(schema.DefaultConfig(d.File.Newline()), d.File.Newline())}
		fixes = []Fix{edit("Add all defaults", true, d.File, whole)}
	}
	for _, group := range separately(missing) {
		fixes = append(fixes, adding(addTitle(group), false, d, d.Root, []schema.NewMember{{Key: "resource", Literal: schema.ObjectLiteral(group)}})...)
	}
	open := text.Span{Start: d.Root.Span.Start, End: d.Root.Span.Start + 1}
	p.report(d.File, open, leftOut(missing, true), safely(fixes...)...)
}

// defaultResource is the block with every documented default, on one line where the file is on one; newline as for
// schema.DefaultResource.
func defaultResource(d *schema.Document, newline string) string {
	if d.File.LineOf(d.Root.Span.Start) == d.File.LineOf(d.Root.Span.End) {
		return schema.ObjectLiteral(missingDefaults(d, nil))
	}
	return schema.DefaultResource(d.Indent(), newline)
}

// isEmpty reports whether the file holds nothing but `{}`.
func isEmpty(d *schema.Document) bool {
	inner := text.Span{Start: d.Root.Span.Start + 1, End: d.Root.Span.End - 1}
	return len(d.Root.Members) == 0 && d.Root.Closed && strings.TrimSpace(d.File.Slice(inner)) == ""
}

// maxTried is how large a faulty text may be for what a fix would make of it to be read, in bytes.
const maxTried = 64 << 10

// adding is the fix that adds members to the file's root or to its resource, with other edits; none where a fault of syntax would
// swallow what is added.
func adding(title string, preferred bool, d *schema.Document, object *schema.Value, members []schema.NewMember, others ...text.Edit) []Fix {
	edits := slices.Concat(others, []text.Edit{d.AddMembers(object, members)})
	if len(d.Problems) == 0 {
		return []Fix{edit(title, preferred, d.File, edits...)}
	}
	content, err := d.File.Apply(edits)
	if err != nil || len(content) > maxTried {
		return nil
	}
	after := schema.Read(text.New(d.File.Path, content))
	found := after.Root
	if object != d.Root {
		found = after.Resource()
	}
	for _, m := range members {
		if found.Member(m.Key) == nil {
			return nil
		}
	}
	return []Fix{edit(title, preferred, d.File, edits...)}
}
