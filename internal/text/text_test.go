package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var encodings = map[string]text.Encoding{"utf-8": text.UTF8, "utf-16": text.UTF16, "utf-32": text.UTF32}

func TestPosition(t *testing.T) {
	const s = "a\r\nä😀b\rc\n\nd"
	f := text.New("x", s)
	at := func(sub string) int { return strings.Index(s, sub) }
	for _, test := range []struct {
		name             string
		off              int
		line             int
		u8, u16, u32     int
		roundTripIsOther bool
	}{
		{name: "start", off: 0},
		{name: "end of line 0", off: 1, u8: 1, u16: 1, u32: 1},
		{name: "start of line 1", off: at("ä"), line: 1},
		{name: "inside ä", off: at("ä") + 1, line: 1, roundTripIsOther: true},
		{name: "emoji", off: at("😀"), line: 1, u8: 2, u16: 1, u32: 1},
		{name: "inside the emoji", off: at("😀") + 2, line: 1, u8: 2, u16: 1, u32: 1, roundTripIsOther: true},
		{name: "behind the emoji", off: at("b"), line: 1, u8: 6, u16: 3, u32: 2},
		{name: "behind a lone CR", off: at("c"), line: 2},
		{name: "empty line", off: at("\n\n") + 1, line: 3},
		{name: "last line", off: at("d"), line: 4},
		{name: "end", off: len(s), line: 4, u8: 1, u16: 1, u32: 1},
		{name: "beyond the end", off: len(s) + 9, line: 4, u8: 1, u16: 1, u32: 1, roundTripIsOther: true},
		{name: "before the start", off: -1, roundTripIsOther: true},
	} {
		for name, enc := range encodings {
			want := text.Position{Line: test.line, Column: map[text.Encoding]int{text.UTF8: test.u8, text.UTF16: test.u16, text.UTF32: test.u32}[enc]}
			if got := f.Position(test.off, enc); got != want {
				t.Errorf("%s in %s: Position(%d) = %v, want %v", test.name, name, test.off, got, want)
			}
			if got := f.Offset(want, enc); (got == test.off) == test.roundTripIsOther {
				t.Errorf("%s in %s: Offset(%v) = %d, want %d", test.name, name, want, got, test.off)
			}
		}
	}
	if f.LineCount() != 5 {
		t.Errorf("LineCount() = %d, want 5", f.LineCount())
	}
}

func TestOffsetClamps(t *testing.T) {
	f := text.New("x", "ab\r\n😀c\n")
	for _, test := range []struct {
		p    text.Position
		enc  text.Encoding
		want int
	}{
		{text.Position{Line: 0, Column: 99}, text.UTF16, 2},
		{text.Position{Line: 0, Column: 1<<31 - 1}, text.UTF8, 2},
		{text.Position{Line: 0, Column: -1}, text.UTF16, 0},
		{text.Position{Line: -1, Column: 7}, text.UTF16, 0},
		{text.Position{Line: 1, Column: 1}, text.UTF16, 4}, // inside a surrogate pair: its start
		{text.Position{Line: 1, Column: 2}, text.UTF16, 8},
		{text.Position{Line: 1, Column: 3}, text.UTF8, 4},
		{text.Position{Line: 1, Column: 1}, text.UTF32, 8},
		{text.Position{Line: 2, Column: 0}, text.UTF16, 10},
		{text.Position{Line: 2, Column: 5}, text.UTF16, 10},
		{text.Position{Line: 3, Column: 0}, text.UTF16, 10},
		{text.Position{Line: 1<<31 - 1, Column: 0}, text.UTF16, 10},
	} {
		if got := f.Offset(test.p, test.enc); got != test.want {
			t.Errorf("Offset(%v, %v) = %d, want %d", test.p, test.enc, got, test.want)
		}
	}
}

// A byte order mark takes no column, unless an editor sends it as part of the document.
func TestByteOrderMark(t *testing.T) {
	const content = text.BOM + "{é}"
	disk := text.New("x", content)
	if !disk.BOM || disk.Text != "{é}" || disk.BOMInText() {
		t.Errorf("on disk: BOM %v, BOMInText %v, text %q", disk.BOM, disk.BOMInText(), disk.Text)
	}
	if got := disk.Position(0, text.UTF16); got != (text.Position{}) {
		t.Errorf("on disk the first character stands at %v", got)
	}
	hidden := text.NewOpen("x", "{é}", true)
	if !hidden.BOM || hidden.BOMInText() || hidden.Position(1, text.UTF16).Column != 1 {
		t.Error("an editor that hides the mark counts it")
	}
	sent := text.NewOpen("x", content, false)
	if !sent.BOM || !sent.BOMInText() {
		t.Error("a mark that an editor sends is not seen")
	}
	for name, width := range map[string]int{"utf-8": 3, "utf-16": 1, "utf-32": 1} {
		enc := encodings[name]
		if got := sent.Position(1, enc).Column; got != width+1 {
			t.Errorf("%s: the second character stands in column %d, want %d", name, got, width+1)
		}
		if got := sent.Offset(text.Position{Column: width + 1}, enc); got != 1 {
			t.Errorf("%s: Offset = %d, want 1", name, got)
		}
		if got := sent.Position(text.BOMSpan.Start, enc); got != (text.Position{}) {
			t.Errorf("%s: the mark starts at %v", name, got)
		}
		if got := sent.Position(text.BOMSpan.End, enc).Column; got != width {
			t.Errorf("%s: the mark ends in column %d, want %d", name, got, width)
		}
	}
	for _, f := range []*text.File{disk, sent} {
		if got, err := f.Apply([]text.Edit{{Span: text.BOMSpan}}); err != nil || got != "{é}" {
			t.Errorf("without the mark: %q, %v", got, err)
		}
		if got, err := f.Apply([]text.Edit{{Span: text.Span{Start: 1, End: 3}, New: "e"}}); err != nil || got != text.BOM+"{e}" {
			t.Errorf("an edit beside the mark: %q, %v", got, err)
		}
	}
}

func TestLines(t *testing.T) {
	for _, test := range []struct {
		text, newline string
		lines         []string
	}{
		{"", "\n", []string{""}},
		{"a", "\n", []string{"a"}},
		{"a\n", "\n", []string{"a", ""}},
		{"a\r\nb\n", "\r\n", []string{"a", "b", ""}},
		{"a\rb\r\r\n", "\r", []string{"a", "b", "", ""}},
		{"\n\n", "\n", []string{"", "", ""}},
		{"a\u2028b\u0085c", "\n", []string{"a\u2028b\u0085c"}}, // no line ends for the protocol
	} {
		f := text.New("x", test.text)
		var got []string
		for i := range f.LineCount() {
			got = append(got, f.Slice(f.Line(i)))
		}
		if diff := cmp.Diff(test.lines, got); diff != "" {
			t.Errorf("%q: %s", test.text, diff)
		}
		if f.Newline() != test.newline {
			t.Errorf("%q: Newline() = %q, want %q", test.text, f.Newline(), test.newline)
		}
		if f.Line(-1) != f.Line(0) || f.Line(99) != f.Line(f.LineCount()-1) {
			t.Errorf("%q: lines outside the text are not clamped", test.text)
		}
	}
	f := text.New("x", "a\n \t b\n")
	if got := f.Indent(5); got != " \t " {
		t.Errorf("Indent = %q", got)
	}
}

func TestSliceClamps(t *testing.T) {
	f := text.New("x", "abc")
	for span, want := range map[text.Span]string{
		{Start: -5, End: 1}: "a", {Start: 1, End: 99}: "bc", {Start: 2, End: 1}: "", {Start: 9, End: 12}: "", {Start: -3, End: -1}: "",
	} {
		if got := f.Slice(span); got != want {
			t.Errorf("Slice(%v) = %q, want %q", span, got, want)
		}
	}
}

func TestApply(t *testing.T) {
	f := text.New("x", "abcdef")
	at := func(start, end int, s string) text.Edit {
		return text.Edit{Span: text.Span{Start: start, End: end}, New: s}
	}
	for _, test := range []struct {
		name  string
		edits []text.Edit
		want  string
		fails bool
	}{
		{name: "none", want: "abcdef"},
		{name: "any order", edits: []text.Edit{at(4, 5, "E"), at(0, 1, "A")}, want: "AbcdEf"},
		{name: "insertions keep their order", edits: []text.Edit{at(2, 2, "1"), at(2, 2, "2")}, want: "ab12cdef"},
		{name: "an insertion before a replacement", edits: []text.Edit{at(2, 3, "C"), at(2, 2, "+")}, want: "ab+Cdef"},
		{name: "neighbours", edits: []text.Edit{at(0, 3, ""), at(3, 6, "x")}, want: "x"},
		{name: "at the end", edits: []text.Edit{at(6, 6, "!")}, want: "abcdef!"},
		{name: "overlap", edits: []text.Edit{at(0, 3, ""), at(2, 4, "")}, want: "abcdef", fails: true},
		{name: "beyond the end", edits: []text.Edit{at(5, 7, "")}, want: "abcdef", fails: true},
		{name: "before the start", edits: []text.Edit{at(-3, 0, "")}, want: "abcdef", fails: true},
		{name: "backwards", edits: []text.Edit{at(3, 2, "")}, want: "abcdef", fails: true},
	} {
		if got, err := f.Apply(test.edits); got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// reference counts a line's columns with the standard library alone.
func reference(before string, enc text.Encoding) int {
	switch enc {
	case text.UTF8:
		return len(before)
	case text.UTF16:
		return len(utf16.Encode([]rune(before)))
	default:
		return utf8.RuneCountInString(before)
	}
}

// FuzzPosition holds the positions of every offset of a text against the standard library, and turns them back.
func FuzzPosition(f *testing.F) {
	for _, s := range []string{"", "a\r\nb", "ä😀\rx\n", "\xff\xfe\n\xe2\x82", "\u2028\u0301e👩‍👩‍👧", text.BOM + "x", "\r\r\n\n\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		for _, file := range []*text.File{text.New("x", s), text.NewOpen("x", s, false)} {
			for off := 0; off <= len(file.Text); off++ {
				if utf8.RuneStart(byteAt(file.Text, off)) {
					checkPosition(t, file, off)
				}
			}
		}
	})
}

func byteAt(s string, off int) byte {
	if off < len(s) {
		return s[off]
	}
	return 0
}

func checkPosition(t *testing.T, f *text.File, off int) {
	t.Helper()
	line := f.LineOf(off)
	start := f.Line(line).Start
	inLineEnd := off > f.Line(line).End
	boms := ""
	if line == 0 && f.BOMInText() {
		boms = text.BOM
	}
	for name, enc := range encodings {
		p := f.Position(off, enc)
		if want := reference(boms+f.Text[start:off], enc); p.Line != line || p.Column != want {
			t.Fatalf("%s: Position(%d) of %q = %v, want line %d, column %d", name, off, f.Text, p, line, want)
		}
		want := off
		if inLineEnd {
			want = f.Line(line).End
		}
		if back := f.Offset(p, enc); back != want {
			t.Fatalf("%s: Offset(%v) of %q = %d, want %d", name, p, f.Text, back, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"mem", "mem", 0}, {"meme", "mem", 1}, {"mme", "mem", 1}, {"cup", "cpu", 1}, {"EXPOS", "EXPOSE", 1}, {"abcdef", "azced", 3}} {
		if got := text.Distance(test.a, test.b); got != test.want || text.Distance(test.b, test.a) != got {
			t.Errorf("Distance(%q, %q) = %d, want %d, both ways", test.a, test.b, got, test.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext":                           "plain\ttext",
		"\x1b[1;31mred\x1b[0m":                  "red",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\a.": "link.",
		"\x1bP+q\x1b\\x":                        "x",
		"\x1b(Bx":                               "Bx",
		"a\rb\x00c\x7f":                         "a\ufffdb\ufffdc\ufffd",
		"\u202etxt.exe\u2066\u200f":             "\ufffdtxt.exe\ufffd\ufffd",
		"\xff\xfe":                              "\ufffd\ufffd",
		"é😀":                                    "é😀",
		"\x1b":                                  "",
		"\x1b[31":                               "",
		"\x1b]never ends":                       "",
		"\u009b31m":                             "\ufffd31m",
	} {
		if got := text.Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

// Applying edits one by one from the last to the first gives the same as all at once.
func FuzzApply(f *testing.F) {
	f.Add("hello", 1, 2, "x", 3, 4, "")
	f.Add(text.BOM+"{}", 1, 1, "\r\n", 0, 1, "[")
	f.Fuzz(func(t *testing.T, s string, a, b int, x string, c, d int, y string) {
		file := text.New("x", s)
		edits := []text.Edit{{Span: text.Span{Start: a, End: b}, New: x}, {Span: text.Span{Start: c, End: d}, New: y}}
		got, err := file.Apply(edits)
		if err != nil {
			if got != s {
				t.Fatalf("%q was changed by a refused edit to %q", s, got)
			}
			return
		}
		slices.SortStableFunc(edits, func(p, q text.Edit) int { return q.Span.Start - p.Span.Start })
		want := s
		shift := len(s) - len(file.Text)
		for _, e := range edits {
			want = want[:e.Span.Start+shift] + e.New + want[e.Span.End+shift:]
		}
		if a != c && got != want {
			t.Fatalf("%q after %v is %q, want %q", s, edits, got, want)
		}
	})
}
