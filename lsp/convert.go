package lsp

import (
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// This file is the one place that knows both the bytes in which everything else speaks of places, and the columns of the client.

// position is the place of a byte of a file.
func (c *client) position(f *text.File, off int) protocol.Position {
	p := f.Position(off, c.encoding)
	return protocol.Position{Line: uint32(p.Line), Character: uint32(p.Column)}
}

// rangeOf is the place of a span.
func (c *client) rangeOf(f *text.File, s text.Span) protocol.Range {
	return protocol.Range{Start: c.position(f, s.Start), End: c.position(f, s.End)}
}

// offset is the byte of a place; what lies outside the text is clamped, as the protocol wants.
func (c *client) offset(f *text.File, p protocol.Position) int {
	return f.Offset(text.Position{Line: int(p.Line), Column: int(p.Character)}, c.encoding)
}

// spanOf is the span of a place; one that ends before it starts is empty.
func (c *client) spanOf(f *text.File, r protocol.Range) text.Span {
	start := c.offset(f, r.Start)
	return text.Span{Start: start, End: max(start, c.offset(f, r.End))}
}

// rawOffset is the byte of a place in a document as the editor holds it, where a byte order mark is a character like any other.
func (c *client) rawOffset(content string, line, character uint32) int {
	f := text.NewOpen("", content, false)
	off := f.Offset(text.Position{Line: int(line), Column: int(character)}, c.encoding)
	if f.BOMInText() && (line > 0 || character > 0) {
		off += len(text.BOM)
	}
	return off
}

// textEdits are edits of one file.
func (c *client) textEdits(f *text.File, edits []text.Edit) []protocol.TextEdit {
	list := make([]protocol.TextEdit, len(edits))
	for i, e := range edits {
		list[i] = protocol.TextEdit{Range: c.rangeOf(f, e.Span), NewText: strings.ToValidUTF8(e.New, "\uFFFD")}
	}
	return list
}

// touches reports whether two spans have a byte or an end in common: a cursor at the end of a word is on it.
func touches(a, b text.Span) bool { return a.Start <= b.End && b.Start <= a.End }
