package schema

import (
	"strconv"
	"strings"
	"sync"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Document is a config.json, read. Any text gives one.
type Document struct {
	File     *text.File
	Root     *Value // never nil
	Problems []Problem

	resource   *Value // what Resource gives
	violations func() []Violation
}

// Read reads any text.
func Read(f *text.File) *Document {
	root, problems := read(f)
	sortProblems(problems)
	d := &Document{File: f, Root: root, Problems: problems}
	if m := root.Member("resource"); m != nil && m.Value.Kind == Object {
		d.resource = m.Value
	}
	d.violations = sync.OnceValue(d.validate)
	return d
}

// Resource is the object of the `resource` key; nil where there is none, or where it is no object.
func (d *Document) Resource() *Value { return d.resource }

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
	return !strings.ContainsAny(literal, ".eE")
}

// AddMembers is the edit that adds members to an object, after the ones that it has, in the style of the file: its indentation, its
// line ends, its spacing. The literals are values in JSON.
func (d *Document) AddMembers(object *Value, members []NewMember) text.Edit {
	s := d.styleOf(object)
	var list []string
	for _, m := range members {
		list = append(list, encode(m.Key)+s.colon+m.Literal)
	}
	added := strings.Join(list, ","+s.between)
	if n := len(object.Members); n > 0 {
		end := object.Members[n-1].end()
		comma, at := d.openQuote(object.Members[n-1])+",", text.Span{Start: end, End: end}
		if tail := d.commentBehind(end); strings.ContainsAny(s.between, "\r\n") && tail != "" { // it stays beside its value
			at.End += len(tail)
			comma += strings.TrimPrefix(tail, ",")
		}
		return text.Edit{Span: at, New: comma + s.between + added}
	}
	// An empty object: the white space between its brackets goes.
	start, end, last := object.Span.Start+1, object.Span.Start+1, ""
	if object.Closed {
		inner := text.Span{Start: start, End: object.Span.End - 1}
		if strings.TrimSpace(d.File.Slice(inner)) == "" { // else a comment or a fault stands there: it stays
			end, last = inner.End, s.last
		}
	}
	return text.Edit{Span: text.Span{Start: start, End: end}, New: s.first + added + last}
}

// commentBehind is the rest of an offset's line where a comment ends it, with a comma before it; "" where none does.
func (d *Document) commentBehind(off int) string {
	tail := d.File.Slice(text.Span{Start: off, End: d.File.Line(d.File.LineOf(off)).End})
	comment := strings.TrimLeft(strings.TrimPrefix(tail, ","), " \t")
	if strings.HasPrefix(comment, "//") || strings.HasPrefix(comment, "#") || strings.HasPrefix(comment, "/*") && strings.HasSuffix(comment, "*/") {
		return tail
	}
	return ""
}

// openQuote is the quote that a member's last token lacks; "" where it lacks none.
func (d *Document) openQuote(m Member) string {
	token := d.File.Slice(m.KeySpan)
	if m.Value.Kind != Missing {
		token = d.File.Slice(m.Value.Span)
	}
	if token == "" || token[0] != '"' && token[0] != '\'' || len(token) > 1 && token[len(token)-1] == token[0] {
		return ""
	}
	return token[:1]
}

// end is the end of a member's value, or of its key where it has no value.
func (m Member) end() int { return max(m.KeySpan.End, m.Value.Span.End) }

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
	nl, gap := f.Newline(), " "
	if colon == ":" {
		gap = ""
	}
	if n := len(object.Members); n > 0 {
		last := object.Members[n-1]
		before := last.KeySpan.Start
		prev := object.Span.Start + 1
		if n > 1 {
			prev = object.Members[n-2].end()
		}
		if f.LineOf(before) != f.LineOf(prev) {
			return style{between: nl + f.Indent(before), colon: colon}
		}
		return style{between: gap, colon: colon}
	}
	if f.LineOf(d.Root.Span.Start) == f.LineOf(d.Root.Span.End) && object != d.Root {
		pad := ""
		if object.Closed && object.Span.Len() > 2 {
			pad = " "
		}
		return style{first: pad, between: gap, last: pad, colon: colon}
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

// maxStyle is how many members are looked at to see how a file is written.
const maxStyle = 100

// colonStyle is the colon with the blank after it, as the file writes it first.
func (d *Document) colonStyle() string {
	for _, m := range d.Root.Members[:min(len(d.Root.Members), maxStyle)] {
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
	before, after, ok := strings.Cut(d.File.Slice(text.Span{Start: m.KeySpan.End, End: m.Value.Span.Start}), ":")
	switch {
	case ok && strings.Trim(before, " \t") == "" && before != "":
		return " : "
	case ok && after == "" && m.Value.Kind != Missing:
		return ":"
	default:
		return ": "
	}
}

// RemoveMember is the edit that takes a member out of its object, with one of the commas beside it. Comments around it stay.
func (d *Document) RemoveMember(object *Value, i int) text.Edit {
	start, end := object.Members[i].KeySpan.Start, object.Members[i].end()
	behind := d.behindComma(end)
	switch {
	case i+1 < len(object.Members):
		if next := object.Members[i+1].KeySpan.Start; behind == end || behind > next {
			behind = next
		}
		return text.Edit{Span: text.Span{Start: start, End: behind}}
	case i > 0:
		return text.Edit{Span: text.Span{Start: object.Members[i-1].end(), End: end}}
	}
	inner := text.Span{Start: object.Span.Start + 1, End: object.Span.End - 1}
	if object.Closed && strings.Trim(d.File.Slice(text.Span{Start: inner.Start, End: start})+d.File.Slice(text.Span{Start: end, End: inner.End}), " \t\r\n,") == "" {
		return text.Edit{Span: inner}
	}
	for behind < inner.End && (d.File.Text[behind] == ' ' || d.File.Text[behind] == '\t') {
		behind++
	}
	return text.Edit{Span: text.Span{Start: start, End: behind}}
}

// behindComma is where the next thing starts behind a member's comma; the same offset where no comma follows.
func (d *Document) behindComma(off int) int {
	s := d.File.Text
	at := off + len(s[off:]) - len(strings.TrimLeft(s[off:], " \t\r\n"))
	if rest, comma := strings.CutPrefix(s[at:], ","); comma {
		return len(s) - len(strings.TrimLeft(rest, " \t\r\n"))
	}
	return off
}
