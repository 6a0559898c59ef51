// Package text holds texts with positions: the one place that knows about byte offsets, lines and the three ways in which editors
// count columns.
//
// A [File] is immutable. All other packages speak of places in it as byte [Span]s; only what faces an editor or a person turns them
// into lines and columns, through [File.Position]. A fix is a list of [Edit]s in the same byte offsets.
package text

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// BOM is the byte order mark that some Windows editors put in front of a file.
const BOM = "\ufeff"

// BOMSpan is the place of a File's byte order mark, just before the first byte of its Text.
var BOMSpan = Span{-len(BOM), 0}

// Encoding says in which units a column is counted.
type Encoding int

// The encodings of LSP's PositionEncodingKind.
const (
	UTF16 Encoding = iota // the protocol's default: a character beyond U+FFFF counts as two
	UTF8                  // bytes
	UTF32                 // code points
)

// Span is a half-open range of bytes in a File's Text. An empty span is a place between two bytes.
type Span struct{ Start, End int }

// Len is the number of bytes that s covers.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether off lies in s or at one of its two ends.
func (s Span) Contains(off int) bool { return s.Start <= off && off <= s.End }

// Position is a zero-based line and column; the column's unit is that of the Encoding it was made with.
type Position struct{ Line, Column int }

// File is a text with the places of its lines.
type File struct {
	Path  string // slash-separated, relative to the task folder
	Text  string // the content without its byte order mark
	BOM   bool   // the content on disk, or in the editor, starts with a byte order mark
	lines []int  // byte offset of each line's first byte

	// bomInText says that the mark takes part in the first line's columns. On disk it does not, because no editor shows it; an
	// editor that sends it as part of the document counts it as well.
	bomInText bool
}

// New makes a File of what is on disk. A byte order mark is taken off and remembered in BOM: it takes no column.
func New(path, content string) *File {
	rest, bom := strings.CutPrefix(content, BOM)
	return &File{Path: path, Text: rest, BOM: bom, lines: lineStarts(rest)}
}

// NewOpen makes a File of a document in an editor. Editors hide a byte order mark, so diskBOM says whether the file on disk starts
// with one; an editor that does send the mark counts it as a character of the first line, and so does the File then.
func NewOpen(path, content string, diskBOM bool) *File {
	f := New(path, content)
	f.bomInText = f.BOM
	f.BOM = f.BOM || diskBOM
	return f
}

// BOMInText reports whether an edit of the document can remove the byte order mark.
func (f *File) BOMInText() bool { return f.bomInText }

// Content is the text with its byte order mark, as it is on disk.
func (f *File) Content() string {
	if f.BOM {
		return BOM + f.Text
	}
	return f.Text
}

// IsText reports whether a content may be UTF-8 text at all. It is false for UTF-16 and UTF-32, which have a byte order mark of their
// own or a NUL among the first characters.
func IsText(content string) bool {
	return !strings.HasPrefix(content, "\xff\xfe") && !strings.HasPrefix(content, "\xfe\xff") && strings.IndexByte(content[:min(len(content), 4)], 0) < 0
}

// lineStarts follows the protocol: \n, \r\n and a lone \r end a line.
func lineStarts(s string) []int {
	starts := make([]int, 1, 16)
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			starts = append(starts, i+1)
		case '\n':
			starts = append(starts, i+1)
		}
	}
	return starts
}

// LineCount is the number of lines; a text that ends with a line end has an empty last line.
func (f *File) LineCount() int { return len(f.lines) }

// LineOf is the zero-based line that off lies in. Offsets outside the text are clamped.
func (f *File) LineOf(off int) int {
	off = max(0, min(off, len(f.Text)))
	return sort.SearchInts(f.lines, off+1) - 1
}

// Line is the span of the zero-based line without its line end. Lines outside the text are clamped.
func (f *File) Line(line int) Span {
	line = max(0, min(line, len(f.lines)-1))
	start, end := f.lines[line], len(f.Text)
	if line+1 < len(f.lines) {
		end = f.lines[line+1]
		for end > start && (f.Text[end-1] == '\n' || f.Text[end-1] == '\r') {
			end--
		}
	}
	return Span{start, end}
}

// Slice is the text that s covers. Spans outside the text are clamped.
func (f *File) Slice(s Span) string {
	start := max(0, min(s.Start, len(f.Text)))
	return f.Text[start:max(start, min(s.End, len(f.Text)))]
}

// Position gives line and column of a byte offset. An offset outside the text is clamped; one inside a character is its start; one
// below 0 is the start of the byte order mark.
func (f *File) Position(off int, enc Encoding) Position {
	if off < 0 {
		return Position{}
	}
	off = min(off, len(f.Text))
	line := f.LineOf(off)
	column := f.bomWidth(line, enc)
	if off == 0 {
		return Position{Line: 0, Column: column}
	}
	for i := f.lines[line]; i < off; {
		if f.Text[i] < utf8.RuneSelf {
			i++
			column++
			continue
		}
		r, width := utf8.DecodeRuneInString(f.Text[i:])
		if i+width > off {
			break
		}
		column += units(r, width, enc)
		i += width
	}
	return Position{line, column}
}

// Offset gives the byte offset of a position. As LSP asks, a column beyond its line is the line's end, and a line beyond the text is
// the text's end; a column inside a character is its start.
func (f *File) Offset(p Position, enc Encoding) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(f.lines) {
		return len(f.Text)
	}
	line := f.Line(p.Line)
	i := line.Start
	for column := f.bomWidth(p.Line, enc); i < line.End; {
		r, width := utf8.DecodeRuneInString(f.Text[i:])
		u := units(r, width, enc)
		if column+u > p.Column {
			break
		}
		column += u
		i += width
	}
	return i
}

// bomWidth is the width of a byte order mark that belongs to the document's text.
func (f *File) bomWidth(line int, enc Encoding) int {
	switch {
	case line != 0 || !f.bomInText:
		return 0
	case enc == UTF8:
		return len(BOM)
	default:
		return 1
	}
}

// units is the width of a character. A byte that is not UTF-8 is U+FFFD for an editor: one unit, but its own byte in UTF-8.
func units(r rune, width int, enc Encoding) int {
	switch {
	case enc == UTF8:
		return width
	case enc == UTF16 && r > 0xFFFF:
		return 2
	default:
		return 1
	}
}

// Newline is the line end that the text uses first, "\n" where it has none.
func (f *File) Newline() string {
	for i := 0; i < len(f.Text); i++ {
		switch f.Text[i] {
		case '\n':
			return "\n"
		case '\r':
			if i+1 < len(f.Text) && f.Text[i+1] == '\n' {
				return "\r\n"
			}
			return "\r"
		}
	}
	return "\n"
}

// Indent is the white space that the line of off starts with.
func (f *File) Indent(off int) string {
	line := f.Slice(f.Line(f.LineOf(off)))
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// Edit replaces the bytes of a span. An empty span inserts; an empty New deletes.
type Edit struct {
	Span Span
	New  string
}

// Apply gives the file's content, with its byte order mark, after all edits at once. Every span is one of the file as it is,
// whatever the order of the edits; two that overlap are an error, and then the content is returned as it was.
func (f *File) Apply(edits []Edit) (string, error) {
	content := f.Content()
	shift := len(content) - len(f.Text)
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
	var out strings.Builder
	last := 0
	for _, e := range sorted {
		start, end := e.Span.Start+shift, e.Span.End+shift
		if start < last || end < start || end > len(content) {
			return content, fmt.Errorf("edit of bytes %d to %d overlaps another one or lies outside the text", e.Span.Start, e.Span.End)
		}
		out.WriteString(content[last:start])
		out.WriteString(e.New)
		last = end
	}
	out.WriteString(content[last:])
	return out.String(), nil
}
