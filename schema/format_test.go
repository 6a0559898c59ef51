package schema_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// formatted gives the text after formatting.
func formatted(t testing.TB, content string, o schema.FormatOptions) string {
	t.Helper()
	d := read(content)
	s, err := d.File.Apply(d.Format(o))
	if err != nil {
		t.Errorf("%q: %v", content, err)
	}
	return s
}

func TestFormat(t *testing.T) {
	four := schema.FormatOptions{TabSize: 4, InsertSpaces: true}
	for _, c := range []struct {
		name, text, want string
		options          schema.FormatOptions
	}{
		{"one line", `{"resource":{"cpu":1,"mem":128}}`, "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"mem\": 128\n  }\n}", schema.FormatOptions{}},
		{"one line, four blanks wanted", `{"a":[1]}`, "{\n    \"a\": [\n        1\n    ]\n}", four},
		{"one line, tabs wanted", `{"a":1}`, "{\n\t\"a\": 1\n}", schema.FormatOptions{TabSize: 4}},
		{"the file's unit counts", "{\n   \"a\": {\n \"b\": 1\n}\n}\n", "{\n   \"a\": {\n      \"b\": 1\n   }\n}\n", four},
		{"the file's tabs count", "{\n\t\"a\":\n1\n}", "{\n\t\"a\": 1\n}", four},
		{"mixed indentation is none", "{\n \t\"a\": 1\n}", "{\n    \"a\": 1\n}", four},
		{"line ends", "{\r\n\"a\":1,\r\n\"b\":2}\r\n", "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n", schema.FormatOptions{}},
		{"returns alone", "{\r\"a\":1}\r", "{\r  \"a\": 1\r}\r", schema.FormatOptions{}},
		{"each its own line end", "{\n\"a\":1,\r\n\"b\":2\n}", "{\n  \"a\": 1,\r\n  \"b\": 2\n}", schema.FormatOptions{}},
		{"a mark", text.BOM + `{"a":1}`, text.BOM + "{\n  \"a\": 1\n}", schema.FormatOptions{}},
		{"emoji", `{"😀":"ä\"}{,:"}`, "{\n  \"😀\": \"ä\\\"}{,:\"\n}", schema.FormatOptions{}},
		{"empty ones", "{\n\"a\":{\n\n},\"b\":[ ]}", "{\n  \"a\": {},\n  \"b\": []\n}", schema.FormatOptions{}},
		{"a blank line stays, two are one", "{\n  \"a\": 1,\n\n\n\n  \"b\": 2\n\n}\n\n", "{\n  \"a\": 1,\n\n  \"b\": 2\n}\n\n", schema.FormatOptions{}},
		{"no final newline is kept", "{}", "{}", schema.FormatOptions{}},
		{"a final newline is wanted", "{}", "{}\n", schema.FormatOptions{InsertFinalNewline: true}},
		{"one final newline is wanted", " {} \n\n ", "{}\n", schema.FormatOptions{TrimFinalNewlines: true}},
		{"no object", " 5 ", "5", schema.FormatOptions{}},
		{"not JSON", `{"a":1,}`, `{"a":1,}`, schema.FormatOptions{}},
		{"a comment", "{//x\n\"a\":1}", "{//x\n\"a\":1}", schema.FormatOptions{}},
		{"nothing", " \n", " \n", schema.FormatOptions{InsertFinalNewline: true}},
		{"too deep", strings.Repeat("[", 101) + strings.Repeat("]", 101), strings.Repeat("[", 101) + strings.Repeat("]", 101), schema.FormatOptions{}},
		{"too large", "[" + strings.Repeat(" ", 32<<10) + "]", "[" + strings.Repeat(" ", 32<<10) + "]", schema.FormatOptions{}},
	} {
		got := formatted(t, c.text, c.options)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
		if again := formatted(t, got, c.options); again != got {
			t.Errorf("%s: formatted again it is %q", c.name, again)
		}
	}
}

func TestFormatEditsAreSmall(t *testing.T) {
	d := read("{\n  \"a\": 1,\n\"b\":2\n}\n")
	want := []text.Edit{{Span: text.Span{Start: 12, End: 12}, New: "  "}, {Span: text.Span{Start: 16, End: 16}, New: " "}}
	if diff := cmp.Diff(want, d.Format(schema.FormatOptions{})); diff != "" {
		t.Error(diff)
	}
	if list := d.FormatLines(schema.FormatOptions{}, text.Span{Start: 3, End: 5}); len(list) != 0 {
		t.Errorf("edits of another line: %v", list)
	}
	if list := d.FormatLines(schema.FormatOptions{}, text.Span{Start: 13, End: 13}); len(list) != 2 {
		t.Errorf("edits of the line: %v", list)
	}
}

// tokens are the tokens of strict JSON.
func tokens(t testing.TB, content string) []json.Token {
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(content, text.BOM)))
	d.UseNumber()
	var list []json.Token
	for {
		tok, err := d.Token()
		if err != nil {
			if err.Error() != "EOF" {
				t.Fatalf("%q: %v", content, err)
			}
			return list
		}
		list = append(list, tok)
	}
}

// space is some white space of JSON.
func space(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString([]string{" ", "\t", "\n", "\r\n", "\r", "  "}[r.IntN(6)])
	}
	return b.String()
}

// value is some JSON with white space anywhere.
func value(r *rand.Rand, depth int) string {
	scalars := []string{"1", "-2.5e3", "true", "null", `"a b\\"`, `"😀\"{"`, `""`}
	if depth == 0 {
		return scalars[r.IntN(len(scalars))]
	}
	var parts []string
	for range r.IntN(4) {
		one := space(r) + value(r, depth-1) + space(r)
		if depth%2 == 1 {
			one = space(r) + scalars[4+r.IntN(3)] + space(r) + ":" + one
		}
		parts = append(parts, one)
	}
	if depth%2 == 1 {
		return "{" + strings.Join(parts, ",") + space(r) + "}"
	}
	return "[" + strings.Join(parts, ",") + space(r) + "]"
}

// Whatever is formatted keeps its tokens, is not changed when it is formatted again, and no edit stands within a line end or a token.
func TestFormatProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		content := space(r) + value(r, r.IntN(5)) + space(r)
		if r.IntN(5) == 0 {
			content = text.BOM + content
		}
		o := schema.FormatOptions{TabSize: r.IntN(10), InsertSpaces: r.IntN(2) == 0, InsertFinalNewline: r.IntN(2) == 0, TrimFinalNewlines: r.IntN(2) == 0}
		checkFormat(t, content, o)
	}
}

// checkFormat holds what must be true of formatting any text.
func checkFormat(t *testing.T, content string, o schema.FormatOptions) {
	t.Helper()
	got := formatted(t, content, o)
	if !strict(strings.TrimPrefix(content, text.BOM)) {
		if got != content {
			t.Fatalf("%q is no JSON, and becomes %q", content, got)
		}
		return
	}
	if !slices.Equal(tokens(t, content), tokens(t, got)) {
		t.Fatalf("%q has other tokens as %q", content, got)
	}
	if again := formatted(t, got, o); again != got {
		t.Fatalf("%q, formatted %q, formatted again %q", content, got, again)
	}
	d := read(content)
	for _, e := range d.Format(o) {
		for _, off := range []int{e.Span.Start, e.Span.End} {
			if p := d.File.Position(off, text.UTF16); d.File.Offset(p, text.UTF16) != off {
				t.Fatalf("%q: %v is no place of an editor", content, e)
			}
		}
		if strings.Trim(d.File.Slice(e.Span)+e.New, " \t\r\n") != "" {
			t.Fatalf("%q: %v changes more than white space", content, e)
		}
	}
}

func TestAround(t *testing.T) {
	for _, c := range []struct {
		text string
		off  int
		want []string
	}{
		{`{"a": {"b": "x y", "c": 1}}`, 14, []string{"x y", `"x y"`, `"b": "x y"`, `"b": "x y", "c": 1`, `{"b": "x y", "c": 1}`, `"a": {"b": "x y", "c": 1}`, `{"a": {"b": "x y", "c": 1}}`}},
		{`{"a": {"b": 1}} `, 8, []string{"b", `"b"`, `"b": 1`, `{"b": 1}`, `"a": {"b": 1}`, `{"a": {"b": 1}}`, `{"a": {"b": 1}} `}},
		{`[1, [2]]`, 5, []string{"2", "[2]", "1, [2]", "[1, [2]]"}},
		{`{}`, 1, []string{"{}"}},
		{``, 0, []string{""}},
		{`{"a": "x`, 8, []string{`"x`, `"a": "x`, `{"a": "x`}},
		{`  `, 1, []string{"  "}},
	} {
		d := read(c.text)
		var got []string
		for _, s := range d.Around(c.off) {
			got = append(got, d.File.Slice(s))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s at %d: %s", c.text, c.off, diff)
		}
	}
}

func TestContainers(t *testing.T) {
	d := read("{\n\"a\": [1, {}],\n\"b\": {")
	var got []string
	for _, c := range d.Containers() {
		got = append(got, strings.Repeat("-", c.Level)+d.File.Slice(c.Span))
	}
	if diff := cmp.Diff([]string{"-[1, {}]", "--{}"}, got); diff != "" {
		t.Error(diff)
	}
}
