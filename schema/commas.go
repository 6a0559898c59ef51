package schema

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// WithCommas adds to completions of keys the comma that the member before lacks.
func (d *Document) WithCommas(offered []Completion) []Completion {
	for i := range offered {
		c := &offered[i]
		end, lacks := d.lacksComma(c.Edit.Span.Start)
		switch {
		case c.IsValue || !lacks:
		case end == c.Edit.Span.Start: // two edits must not touch
			c.Edit.New = "," + c.Edit.New
			if c.Snippet != "" {
				c.Snippet = "," + c.Snippet
			}
		default:
			c.Extra = []text.Edit{{Span: text.Span{Start: end, End: end}, New: ","}}
		}
	}
	return offered
}

// lacksComma gives the end of the member before a byte offset, where no comma follows it up to there.
func (d *Document) lacksComma(off int) (end int, lacks bool) {
	object := d.innermost(off)
	if object == nil {
		return 0, false
	}
	for _, m := range object.Members {
		if m.end() > off {
			break
		}
		end, lacks = m.end(), m.Value.Kind != Missing
	}
	return end, lacks && !hasComma(d.File.Slice(text.Span{Start: end, End: off}))
}

// innermost is the object whose member could stand at an offset; nil where there is none.
func (d *Document) innermost(off int) *Value {
	var found *Value
	for v := d.Root; v != nil; {
		inside := v.Span.Start < off && (off < v.Span.End || !v.Closed && off <= v.Span.End)
		if !inside {
			return found
		}
		if found = v; v.Kind != Object {
			found = nil
		}
		v = v.below(off)
	}
	return found
}

// below is the object or array in a value that an offset lies in.
func (v *Value) below(off int) *Value {
	for _, m := range v.Members {
		if s := m.Value.Span; (m.Value.Kind == Object || m.Value.Kind == Array) && s.Start < off && off <= s.End {
			return m.Value
		}
	}
	for _, item := range v.Items {
		if s := item.Span; (item.Kind == Object || item.Kind == Array) && s.Start < off && off <= s.End {
			return item
		}
	}
	return nil
}

// hasComma reports whether a comma stands in a text outside comments.
func hasComma(s string) bool {
	for s != "" {
		switch {
		case s[0] == ',':
			return true
		case s[0] == '#' || strings.HasPrefix(s, "//"):
			n := strings.IndexAny(s, "\r\n")
			if n < 0 {
				return false
			}
			s = s[n:]
		case strings.HasPrefix(s, "/*"):
			_, rest, _ := strings.Cut(s[2:], "*/")
			s = rest
		default:
			s = s[1:]
		}
	}
	return false
}

// allDefaults writes the resource block with every documented default, where the file has none.
func (d *Document) allDefaults(at text.Span) Completion {
	f, _ := FieldOf("resource")
	nl := d.File.Newline()
	outer, unit := d.File.Indent(at.Start), d.Indent()
	if outer != "" && d.File.Indent(d.Root.Span.Start) == "" {
		unit = outer // this is where a member of the root begins
	}
	c := Completion{Label: "resource, all defaults", Detail: "the documented defaults", Documentation: f.markdown()}
	block := encode("resource") + ": " + DefaultResource(unit, nl+outer)
	if inner := (text.Span{Start: d.Root.Span.Start + 1, End: d.Root.Span.End - 1}); d.Root.Closed && strings.TrimSpace(d.File.Slice(inner)) == "" && d.sameLine(inner.Start, inner.End) {
		at, block = inner, nl+outer+unit+encode("resource")+": "+DefaultResource(unit, nl+outer+unit)+nl+outer
	}
	if strings.HasPrefix(strings.TrimLeft(d.File.Text[at.End:], " \t\r\n"), `"`) {
		block += ","
	}
	c.Edit, c.Snippet = text.Edit{Span: at, New: block}, block
	return c
}
