package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// output is the related place that shows the last lines that a build or a container printed; nil where it printed nothing.
func (p *Pass) output(at *Finding, lines []string) []Related {
	if len(lines) == 0 {
		return nil
	}
	const most = 10
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	return []Related{{File: at.File, Span: at.Span, Message: "Its last output:\n" + strings.Join(lines, "\n")}}
}

// memory is the place of the memory limit: the value of mem, else the resource key, else the file's first line.
func memory(d *schema.Document) text.Span {
	if m := d.Given("mem"); m != nil && m.Value.Span.Len() > 0 {
		return m.Value.Span
	} else if m != nil {
		return m.KeySpan
	}
	if m := d.Root.Member("resource"); m != nil {
		return m.KeySpan
	}
	return d.File.Line(0)
}

// reportMemory adds a finding about the memory limit.
func (p *Pass) reportMemory(message string, fixes ...Fix) *Finding {
	d := p.Folder.Config()
	if d == nil {
		return p.reportOn(message, fixes...)
	}
	return p.report(d.File, memory(d), message, fixes...)
}

// setMemory is the fix that gives the task so many MB.
func (p *Pass) setMemory(mb int64) []Fix {
	d, resource := p.config()
	literal, title := fmt.Sprint(mb), fmt.Sprintf("Set mem to %d", mb)
	if resource == nil {
		if d == nil || d.Root.Kind != schema.Object || d.Root.Member("resource") != nil {
			return nil
		}
		both := schema.ObjectLiteral([]schema.NewMember{{Key: "cpu", Literal: schema.DefaultLiteral("cpu")}, {Key: "mem", Literal: literal}})
		return adding(title, true, d, d.Root, []schema.NewMember{{Key: "resource", Literal: both}})
	}
	if m := d.Given("mem"); m != nil {
		return []Fix{edit(title, true, d.File, text.Edit{Span: m.Value.Span, New: literal})}
	}
	members := []schema.NewMember{{Key: "mem", Literal: literal}}
	if d.Given("cpu") == nil {
		members = []schema.NewMember{{Key: "cpu", Literal: schema.DefaultLiteral("cpu")}, members[0]}
	}
	return adding(title, true, d, resource, members)
}

// reportExample adds a finding on the first line of an example file.
func (p *Pass) reportExample(name, message string) *Finding {
	return p.report(text.New(name, ""), text.Span{}, message)
}

// reportMark adds a finding on the line that prints the mark, else on the start command.
func (p *Pass) reportMark(message string, fixes ...Fix) *Finding {
	for _, m := range p.Folder.Marks() {
		return p.report(m.File, m.Span, message, fixes...)
	}
	return p.reportStart(message, fixes...)
}

// during says when in a run something happened.
func during(phase task.Phase) string {
	switch phase {
	case task.PhaseStart:
		return "when it was started"
	case task.PhaseReady:
		return "before it was ready"
	default:
		return "while it was asked"
	}
}
