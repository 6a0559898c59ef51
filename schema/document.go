package schema

import (
	"strconv"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Document is a config.json, read. Any text gives one.
type Document struct {
	File     *text.File
	Root     *Value // never nil
	Problems []Problem
}

// Read reads any text.
func Read(f *text.File) *Document {
	root, problems := read(f)
	sortProblems(problems)
	return &Document{File: f, Root: root, Problems: problems}
}

// Resource is the object of the `resource` key; nil where there is none, or where it is no object.
func (d *Document) Resource() *Value {
	m := d.Root.Member("resource")
	if m == nil || m.Value.Kind != Object {
		return nil
	}
	return m.Value
}

// Given finds a key of resource as a host's decoder does: in any letter case, the last one wins, and null is as good as absent. A key
// whose value is faulty counts as given: that is another fault.
func (d *Document) Given(key string) *Member {
	r := d.Resource()
	if r == nil {
		return nil
	}
	for i := len(r.Members) - 1; i >= 0; i-- {
		m := &r.Members[i]
		if strings.EqualFold(m.Key, key) && m.Value.Kind != Null {
			return m
		}
	}
	return nil
}

// Limits are what the contract promises the task's container: the values that are given, and the defaults for the rest. A value that
// no host would accept counts as its default; a rule reports it.
func (d *Document) Limits() Limits {
	return Limits{
		CPU:      d.integer("cpu", 1),
		MemMiB:   d.integer("mem", 6),
		UseGPU:   d.Given("use_gpu") != nil && d.Given("use_gpu").Value.Kind == True,
		GPUCount: d.integer("gpu_count", 0),
	}
}

// DefaultLimits are the limits of a folder whose config.json says nothing.
func DefaultLimits() Limits {
	return Read(text.New("config.json", "{}")).Limits()
}

func (d *Document) integer(key string, least int64) int64 {
	if m := d.Given(key); m != nil && m.Value.Kind == Number {
		if n, err := strconv.ParseInt(m.Value.Text, 10, 64); err == nil && n >= least {
			return n
		}
	}
	n, _ := strconv.ParseInt(DefaultLiteral(key), 10, 64)
	return n
}

// IsInteger reports whether a number's literal is one that a host's decoder takes for an integer, of any size: 1, not 1.0 or 1e3.
func IsInteger(literal string) bool {
	return strings.IndexAny(literal, ".eE") < 0
}

// AddMembers is the edit that adds members to an object, after the ones that it has, in the style of the file: its indentation, its
// line ends, its spacing. The literals are values in JSON.
func (d *Document) AddMembers(object *Value, members []NewMember) text.Edit {
	s := d.styleOf(object)
	var b strings.Builder
	for i, m := range members {
		if i > 0 || len(object.Members) > 0 {
			b.WriteString(",")
			b.WriteString(s.between)
		} else {
			b.WriteString(s.first)
		}
		b.WriteString(encode(m.Key) + s.colon + m.Literal)
	}
	if len(object.Members) > 0 {
		at := object.Members[len(object.Members)-1]
		end := max(at.KeySpan.End, at.Value.Span.End)
		return text.Edit{Span: text.Span{Start: end, End: end}, New: b.String()}
	}
	// An empty object: the white space between its brackets goes.
	start, end := object.Span.Start+1, object.Span.Start+1
	if object.Closed {
		end = object.Span.End - 1
		if inner := d.File.Slice(text.Span{Start: start, End: end}); strings.TrimSpace(inner) != "" {
			end = start // a comment or a fault stands there: it stays
		}
		b.WriteString(s.last)
	}
	return text.Edit{Span: text.Span{Start: start, End: end}, New: b.String()}
}

// NewMember is a member to add.
type NewMember struct{ Key, Literal string }

// style is how an object is written.
type style struct {
	first   string // between { and the first key
	between string // after a comma
	last    string // between the last value and }
	colon   string
}

// styleOf looks at how the object, or the object around it, is written.
func (d *Document) styleOf(object *Value) style {
	f, colon := d.File, d.colonStyle()
	nl := f.Newline()
	if n := len(object.Members); n > 0 {
		last := object.Members[n-1]
		before := last.KeySpan.Start
		prev := object.Span.Start + 1
		if n > 1 {
			prev = max(object.Members[n-2].KeySpan.End, object.Members[n-2].Value.Span.End)
		}
		if f.LineOf(before) != f.LineOf(prev) {
			return style{between: nl + f.Indent(before), colon: colon}
		}
		gap := " "
		if colon == ":" {
			gap = ""
		}
		return style{between: gap, colon: colon}
	}
	if f.LineOf(d.Root.Span.Start) == f.LineOf(d.Root.Span.End) && object != d.Root {
		gap := " "
		if colon == ":" {
			gap = ""
		}
		return style{between: gap, colon: colon}
	}
	outer := f.Indent(object.Span.Start)
	inner := nl + outer + d.Indent()
	return style{first: inner, between: inner, last: nl + outer, colon: colon}
}

// Indent is the file's unit of indentation, two spaces where it shows none.
func (d *Document) Indent() string {
	for line := 1; line < d.File.LineCount(); line++ {
		at := d.File.Line(line)
		content := d.File.Slice(at)
		if trimmed := strings.TrimLeft(content, " \t"); trimmed != "" && len(trimmed) < len(content) {
			return content[:len(content)-len(trimmed)]
		}
	}
	return "  "
}

// colonStyle is the colon with the blank after it, as the file writes it first.
func (d *Document) colonStyle() string {
	for _, m := range d.Root.Members {
		for _, inner := range m.Value.Members {
			return d.colonOf(inner)
		}
	}
	for _, m := range d.Root.Members {
		return d.colonOf(m)
	}
	return ": "
}

func (d *Document) colonOf(m Member) string {
	if between := d.File.Slice(text.Span{Start: m.KeySpan.End, End: m.Value.Span.Start}); between == ":" {
		return ":"
	}
	return ": "
}

// RemoveMember is the edit that takes a member out of its object, with one of the commas beside it.
func (d *Document) RemoveMember(object *Value, i int) text.Edit {
	m := object.Members[i]
	end := max(m.KeySpan.End, m.Value.Span.End)
	switch {
	case i+1 < len(object.Members):
		return text.Edit{Span: text.Span{Start: m.KeySpan.Start, End: object.Members[i+1].KeySpan.Start}}
	case i > 0:
		prev := object.Members[i-1]
		return text.Edit{Span: text.Span{Start: max(prev.KeySpan.End, prev.Value.Span.End), End: end}}
	default:
		start, stop := object.Span.Start+1, object.Span.End-1
		if !object.Closed || stop < end {
			return text.Edit{Span: text.Span{Start: m.KeySpan.Start, End: end}}
		}
		return text.Edit{Span: text.Span{Start: start, End: stop}}
	}
}
