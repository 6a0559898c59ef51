package schema

import "github.com/meca-lsp/meca-lsp/internal/text"

// maxLevels is how deep Containers and Around go down: a person neither folds nor selects below.
const maxLevels = 100

// Container is an object or an array.
type Container struct {
	Span  text.Span // with its brackets
	Level int       // 0 for the root
}

// Containers are the objects and arrays that are closed, in the order of the text, up to a depth.
func (d *Document) Containers() []Container {
	var list []Container
	var visit func(v *Value, level int)
	visit = func(v *Value, level int) {
		if level > maxLevels {
			return
		}
		if v.Closed {
			list = append(list, Container{v.Span, level})
		}
		for _, m := range v.Members {
			visit(m.Value, level+1)
		}
		for _, item := range v.Items {
			visit(item, level+1)
		}
	}
	visit(d.Root, 0)
	return list
}

// Around are the spans of what stands around a byte offset, the innermost first, each within the next: a string's characters, the
// string, the member, what is between the brackets, the object or array, and so on up to the whole text.
func (d *Document) Around(off int) []text.Span {
	spans := []text.Span{{End: len(d.File.Text)}}
	v := d.Root
	for range maxLevels {
		if !v.Span.Contains(off) || v.Kind == Missing {
			break
		}
		spans = append(spans, v.Span)
		if v.Kind == String {
			spans = append(spans, inner(v.Span))
		}
		if v.Kind != Object && v.Kind != Array {
			break
		}
		content := v.content()
		if content.Contains(off) {
			spans = append(spans, content)
		}
		if v = v.childAt(off, &spans); v == nil {
			break
		}
	}
	return text.Nested(spans, off)
}

// inner is what stands between two brackets or quotes.
func inner(s text.Span) text.Span { return text.Span{Start: s.Start + 1, End: max(s.Start+1, s.End-1)} }

// content is what an object or array holds, from its first to its last element; empty where it holds nothing.
func (v *Value) content() text.Span {
	switch {
	case len(v.Members) > 0:
		return text.Span{Start: v.Members[0].KeySpan.Start, End: v.Members[len(v.Members)-1].end()}
	case len(v.Items) > 0:
		return text.Span{Start: v.Items[0].Span.Start, End: v.Items[len(v.Items)-1].Span.End}
	default:
		return text.Span{Start: -1, End: -1}
	}
}

// childAt goes down to the value at an offset; nil where there is none. It adds the member, and the key where that is meant.
func (v *Value) childAt(off int, spans *[]text.Span) *Value {
	for _, m := range v.Members {
		whole := text.Span{Start: m.KeySpan.Start, End: m.end()}
		if !whole.Contains(off) {
			continue
		}
		if *spans = append(*spans, whole); m.KeySpan.Contains(off) {
			*spans = append(*spans, m.KeySpan, inner(m.KeySpan))
			return nil
		}
		return m.Value
	}
	for _, item := range v.Items {
		if item.Span.Contains(off) {
			return item
		}
	}
	return nil
}
