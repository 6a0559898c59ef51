package schema

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Hover documents the key or value at a byte offset: the field, in Markdown, and the span that it is about.
func Hover(d *Document, off int) (f Field, markdown string, at text.Span, ok bool) {
	for _, root := range d.Root.Members {
		if f, known := d.fieldIn(d.Root, root.Key); known && root.KeySpan.Contains(off) {
			return f, f.markdown(), root.KeySpan, true
		}
		if root.Key != "resource" {
			continue
		}
		for _, m := range root.Value.Members {
			whole := text.Span{Start: m.KeySpan.Start, End: m.end()}
			if !whole.Contains(off) {
				continue
			}
			f, known := d.fieldIn(root.Value, m.Key)
			return f, f.markdown(), whole, known
		}
	}
	return Field{}, "", text.Span{}, false
}

func (f Field) markdown() string {
	heading := fmt.Sprintf("**%s** · %s", f.Key, f.Title)
	if f.Default != "" {
		heading += fmt.Sprintf(" · %s, default `%s`", f.Type, f.Default)
	}
	return heading + "\n\n" + f.Description
}

// Completion is one thing that can be written at a place.
type Completion struct {
	Label         string
	Detail        string // type and default
	Documentation string // Markdown
	Edit          text.Edit
	Snippet       string // Edit.New with the place of the value as a snippet's placeholder
	IsValue       bool
	Extra         []text.Edit // to be made besides, elsewhere in the file
}

// Complete offers what can stand at a byte offset: keys that are not there yet, a boolean's values, or the whole resource block.
func Complete(d *Document, off int) []Completion {
	if d.Root.Kind == Missing && strings.TrimSpace(d.File.Text) == "" {
		return []Completion{d.wholeFile()}
	}
	object := d.objectAt(off)
	if object == nil {
		return nil
	}
	at := text.Span{Start: off, End: off}
	current := ""
	for _, m := range object.Members {
		if (m.Value.Kind == Object || m.Value.Kind == Array) && m.Value.Span.Start < off && off < m.Value.Span.End {
			return nil // in something that is not ours
		}
		if m.KeySpan.Contains(off) {
			at, current = m.KeySpan, m.Key
		} else if m.Value.Kind != Object && off > m.KeySpan.End && (off <= m.Value.Span.End || m.Value.Kind == Missing && d.sameLine(m.KeySpan.End, off)) {
			return d.values(object, m, off)
		}
	}
	list := load().resource
	if object == d.Root {
		list = load().root
	}
	var offered []Completion
	for _, f := range list {
		if !f.Documented || f.Key != current && object.Member(f.Key) != nil {
			continue
		}
		offered = append(offered, d.keyCompletion(f, at, current != ""))
		if f.Type == "object" && current == "" {
			offered = append(offered, d.allDefaults(at))
		}
	}
	return d.WithCommas(offered)
}

func (d *Document) sameLine(a, b int) bool { return d.File.LineOf(a) == d.File.LineOf(b) }

// objectAt is the innermost object of ours around an offset.
func (d *Document) objectAt(off int) *Value {
	inside := func(v *Value) bool {
		return v != nil && v.Kind == Object && v.Span.Start < off && (off < v.Span.End || !v.Closed && off <= v.Span.End)
	}
	if r := d.Resource(); inside(r) {
		return r
	}
	if inside(d.Root) {
		return d.Root
	}
	return nil
}

// keyCompletion writes a key; its value too, where the key is new.
func (d *Document) keyCompletion(f Field, at text.Span, replacesKey bool) Completion {
	c := Completion{Label: f.Key, Detail: f.Type, Documentation: f.markdown()}
	key, value := encode(f.Key), f.Default
	if f.Default != "" {
		c.Detail += ", default " + f.Default
	}
	c.Edit = text.Edit{Span: at, New: key}
	c.Snippet = key
	next := strings.TrimLeft(d.File.Text[at.End:], " \t\r\n")
	if replacesKey && strings.HasPrefix(next, ":") {
		return c
	}
	comma := ""
	if strings.HasPrefix(next, `"`) { // another member follows
		comma = ","
	}
	if f.Type == "object" {
		c.Edit.New, c.Snippet = key+": {}"+comma, key+": {$0}"+comma
		return c
	}
	c.Edit.New = key + ": " + value + comma
	c.Snippet = key + ": ${1:" + value + "}" + comma
	return c
}

// values offers a field's values: both booleans, or the default.
func (d *Document) values(object *Value, m Member, off int) []Completion {
	f, ok := d.fieldIn(object, m.Key)
	if !ok {
		return nil
	}
	at := m.Value.Span
	if m.Value.Kind == Missing {
		at = text.Span{Start: off, End: off}
	}
	literals := []string{f.Default}
	if f.Type == "boolean" {
		literals = []string{"false", "true"}
	}
	var offered []Completion
	for _, l := range literals {
		c := Completion{Label: l, Documentation: f.markdown(), Edit: text.Edit{Span: at, New: l}, Snippet: l, IsValue: true}
		if l == f.Default {
			c.Detail = "default"
		}
		offered = append(offered, c)
	}
	return offered
}

func (d *Document) wholeFile() Completion {
	content := DefaultConfig(d.File.Newline())
	f, _ := FieldOf("resource")
	return Completion{
		Label: "resource", Detail: "the documented defaults", Documentation: f.markdown(),
		Edit: text.Edit{Span: text.Span{End: len(d.File.Text)}, New: content}, Snippet: content,
	}
}

// DefaultConfig is a whole config.json with every documented default.
func DefaultConfig(newline string) string {
	return "{" + newline + "  \"resource\": " + DefaultResource("  ", newline+"  ") + newline + "}" + newline
}

// DefaultResource is the object with every documented default; unit is one step of indentation, and newline ends a line and indents
// the next one as far as the object's own line.
func DefaultResource(unit, newline string) string {
	var lines []string
	for _, f := range load().resource {
		if f.Documented {
			lines = append(lines, encode(f.Key)+": "+f.Default)
		}
	}
	return "{" + newline + unit + strings.Join(lines, ","+newline+unit) + newline + "}"
}

// ObjectLiteral is an object on one line.
func ObjectLiteral(members []NewMember) string {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = encode(m.Key) + ": " + m.Literal
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
