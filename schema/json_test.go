package schema_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/clocktest"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

func read(s string) *schema.Document { return schema.Read(text.New("config.json", s)) }

// strict is the parser that the reader must agree with: JSON by encoding/json, in UTF-8, without a byte order mark.
func strict(s string) bool { return json.Valid([]byte(s)) && utf8.ValidString(s) }

// real are configs as people write them; the tests take them apart.
var real = []string{
	"{}", "", "{\n}\n", " [1, 2]\n", "null",
	`{"resource":{"cpu":1,"mem":128,"use_gpu":false,"gpu_count":0}}`,
	"{\n  \"resource\": {\n    \"cpu\": 1,\n    \"mem\": 128,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}\n",
	"{\r\n\t\"resource\": {\r\n\t\t\"cpu\": 2,\r\n\t\t\"memory\": \"512\",\r\n\t\t\"use_sgx\": true\r\n\t}\r\n}\r\n",
	"{ \"name\": \"größe 😀 \\ud83d\\ude00 \\\"x\\\"\", \"resource\": {\"cpu\": 1e0, \"mem\": -5.5E+2 }, \"x\": [true, null, {\"y\": []}] }",
	"{\n  // limits\n  \"resource\": {\n    'cpu': 1, /* one */\n    mem: 128,\n    \"use_gpu\": False,\n  },\n}\n",
	"{\n  \"resource\": {\n    \"cpu\": 1\n    \"mem\" 128,\n    \"gpu_count: 0\n  \n}\n",
	"{\"a\": {\"b\": [1, 2, {\"c\": \"d\"}], \"e\": {}}, \"resource\": {\"cpu\": 1, \"mem\": 6}}",
	text.BOM + "{\"resource\": {\"cpu\": 1}}",
	"{\"a\u00a0b\": “x”, \"c\":\u00a01, \"\u200b\": 2}",
}

// checkRead holds what must be true of every text.
func checkRead(t *testing.T, s string) {
	t.Helper()
	d := read(s)
	if tooDeep := strings.Contains(message(d), "deep"); strict(s) != (len(d.Problems) == 0) && !tooDeep {
		t.Fatalf("%q: valid for encoding/json: %v; problems: %v", clip(s), strict(s), d.Problems)
	}
	f := d.File
	for _, p := range d.Problems {
		if p.Span != text.BOMSpan && (p.Span.Start < 0 || p.Span.End < p.Span.Start || p.Span.End > len(f.Text)) {
			t.Fatalf("%q: the span %v of %q lies outside the text", clip(s), p.Span, p.Message)
		}
		if p.Message == "" || strings.HasSuffix(p.Message, ".") || len(p.Message) > 200 || (p.Fix == "") != (len(p.Edits) == 0) {
			t.Fatalf("%q: %+v is no good problem", clip(s), p)
		}
		if p.Span.Len() == 0 && p.Span.Start > 0 && p.Span.Start < len(f.Text) {
			t.Fatalf("%q: nothing is underlined by %q", clip(s), p.Message)
		}
		if _, err := f.Apply(p.Edits); err != nil {
			t.Fatalf("%q: %s: %v", clip(s), p.Fix, err)
		}
	}
	checkTree(t, d, d.Root)
	for _, v := range d.Violations() {
		if at := v.Value.Span; at.Start < 0 || at.End < at.Start || at.End > len(f.Text) {
			t.Fatalf("%q: violation %+v lies outside the text", clip(s), v)
		}
	}
	if strict(s) {
		var want any
		decoder := json.NewDecoder(strings.NewReader(s))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := plain(d.Root); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: the tree differs:\n%s", clip(s), cmp.Diff(want, got))
		}
	}
	checkEdits(t, d)
	checkFormat(t, s, schema.FormatOptions{TabSize: 3, InsertSpaces: true})
	d.Limits()
	for off := 0; off <= len(f.Text); off += 1 + len(f.Text)/20 {
		schema.Hover(d, off)
		if list := d.Around(off); len(list) == 0 || list[len(list)-1] != (text.Span{End: len(f.Text)}) {
			t.Fatalf("%q at %d: %v", s, off, list)
		}
		for _, c := range schema.Complete(d, off) {
			if _, err := f.Apply(append(c.Extra, c.Edit)); err != nil {
				t.Fatalf("%q at %d: completion %s: %v", s, off, c.Label, err)
			}
		}
	}
}

// checkEdits holds that edits of a good text leave a good text, and do what they say.
func checkEdits(t *testing.T, d *schema.Document) {
	t.Helper()
	r := d.Resource()
	if len(d.Problems) > 0 || r == nil {
		return
	}
	changed := func(e text.Edit) *schema.Value {
		s, err := d.File.Apply([]text.Edit{e})
		after := read(s)
		if err != nil || !strict(s) || after.Resource() == nil {
			t.Fatalf("%q becomes %q (%v)", d.File.Text, s, err)
		}
		return after.Resource()
	}
	added := changed(d.AddMembers(r, []schema.NewMember{{Key: "one", Literal: "1"}, {Key: "two", Literal: "{}"}}))
	if n := len(r.Members); len(added.Members) != n+2 || added.Members[n].Key != "one" || added.Members[n+1].Key != "two" {
		t.Fatalf("%q: adding gives %s", d.File.Text, outline(added))
	}
	for i := range r.Members {
		if left := changed(d.RemoveMember(r, i)); len(left.Members) != len(r.Members)-1 {
			t.Fatalf("%q: removing number %d leaves %s", d.File.Text, i, outline(left))
		}
	}
}

func message(d *schema.Document) string {
	all := ""
	for _, p := range d.Problems {
		all += p.Message + "\n"
	}
	return all
}

func clip(s string) string { return s[:min(len(s), 200)] }

// checkTree holds every value in its text, and in the value around it.
func checkTree(t *testing.T, d *schema.Document, v *schema.Value) {
	t.Helper()
	inside := func(at text.Span) {
		if at.Start < 0 || at.End < at.Start || at.End > len(d.File.Text) || v.Kind != schema.Missing && (at.Start < v.Span.Start || at.End > v.Span.End) {
			t.Fatalf("%q: %v lies outside the %s at %v", clip(d.File.Text), at, v.Kind, v.Span)
		}
	}
	inside(v.Span)
	last := v.Span.Start
	for _, m := range v.Members {
		inside(m.KeySpan)
		inside(m.Value.Span)
		if m.KeySpan.Start < last || m.Value.Kind != schema.Missing && m.Value.Span.Start < m.KeySpan.End {
			t.Fatalf("%q: members out of order", clip(d.File.Text))
		}
		last = max(m.KeySpan.End, m.Value.Span.End)
		checkTree(t, d, m.Value)
	}
	for _, item := range v.Items {
		inside(item.Span)
		checkTree(t, d, item)
	}
}

// plain is a value as encoding/json gives it.
func plain(v *schema.Value) any {
	switch v.Kind {
	case schema.Object:
		m := map[string]any{}
		for _, member := range v.Members {
			m[member.Key] = plain(member.Value)
		}
		return m
	case schema.Array:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		return items
	case schema.String:
		return v.Text
	case schema.Number:
		return json.Number(v.Text)
	case schema.True, schema.False:
		return v.Kind == schema.True
	default:
		return nil
	}
}

func TestReadAnyText(t *testing.T) {
	for _, s := range []string{
		"\x00", "\x00\x00\x00", "\xff\xfe{\x00}\x00", "\xfe\xff\x00{", "\xef\xbb", text.BOM, text.BOM + text.BOM + "{}", "{" + text.BOM + "}", "\u2028{}", "\u00a0{}",
		`"`, `"\`, `"\u`, `"\u12`, `"\u12x4"`, `"\ud800"`, `"\x"`, "\"\t\"", "\"\x00\"", "\"\xff\"", "'", `'it\'s'`, `'a"b'`,
		"-", "+1", ".5", "1.", "01", "-01", "0x10", "1e", "1e+", "1E5", "-0", "1_000", "--1", "1-", "NaN", "Infinity", "-Infinity", "tru", "TRUE", "nulll", "undefined",
		"[", "]", "{", "}", "[}", "{]", "[[}", "{[}", "{{", "[[[", ",", ":", "[,]", "[1,]", "[,1]", "[1,,2]", "{,}", `{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`,
		`{"a"}`, `{"a":}`, `{"a" 1}`, `{"a"::1}`, `{"a"=1}`, `{"a":1 "b":2}`, `{"a":1;"b":2}`, `{:1}`, `{1:2}`, `{"a":1:2}`, `{[1]:2}`, `{{}:2}`, `{"a":1]`, `[1:2]`, `[1;2]`, "[1 2]",
		"{} {}", "{}}", "{},", "1 2", "//", "/*", "/**/", "#", "{}//", "{/**/}", "[1/*]", "/", "{/}", "a/b", "1//2", "\"a\n\"", "\"a\r\"", "{\"a\n:1}", "{\"a: 1,\n\"b\": 2}",
		"[1\f2]", "[1\v2]", "[\u0085]", "{\"a\":\u00a01}", "“a”", "{‘a’: 1}", "{\"a\": \"b}", "{\"a\": \"b,\n\"c\": 1}", "{\"a\": 'b,\n\"c\": 1}",
	} {
		checkRead(t, s)
	}
	for _, s := range real {
		checkRead(t, s)
		checkRead(t, strings.ReplaceAll(s, "\n", "\r\n"))
		checkRead(t, strings.ReplaceAll(s, "\n", "\r"))
	}
}

// Every half-typed state, and every slip of the finger, of some real configs.
func TestReadPrefixesAndDeletions(t *testing.T) {
	t.Parallel()
	for _, s := range real {
		for i := range len(s) {
			checkRead(t, s[:i])
			checkRead(t, s[:i]+s[i+1:])
			for _, c := range `"{}[],:' /#x1` + "\n" {
				if i%5 == 0 {
					checkRead(t, s[:i]+string(c)+s[i:])
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range real {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 4000 {
			checkRead(t, s)
		}
	})
}

// The JSONTestSuite lies beside the repository where it is there at all; it is not part of it.
func TestJSONTestSuite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "shared", "data", "JSONTestSuite", "test_parsing")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the JSONTestSuite is not beside the repository: passed over")
	}
	count := map[byte]int{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		count[name[0]]++
		for variant, s := range map[string]string{
			"as it is": string(content),
			"CRLF":     strings.ReplaceAll(string(content), "\n", "\r\n"),
			"BOM":      text.BOM + strings.TrimPrefix(string(content), text.BOM),
		} {
			checkRead(t, s)
			got := len(read(s).Problems) > 0
			want := name[0] == 'n' || variant == "BOM" || !strict(s)
			if got != want {
				t.Errorf("%s, %s: a problem: %v, want %v", name, variant, got, want)
			}
		}
	}
	if count['y'] != 95 || count['n'] != 188 {
		t.Errorf("the suite has %d y_ and %d n_ files; 95 and 188 were expected", count['y'], count['n'])
	}
}

// A text that is far from a config.json gets few problems, soon.
func TestReadWithinBounds(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 1<<20)
	for name, test := range map[string]struct {
		text     string
		problems int // at most
	}{
		"depth, unclosed":     {strings.Repeat("[", 100_000), 2},
		"objects, unclosed":   {strings.Repeat(`{"a":`, 100_000), 2},
		"depth, closed":       {strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), 1},
		"depth that is legal": {strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999), 0},
		"a key of 1 MiB":      {`{"` + key + `": 1, "resource": {"cpu": 1, "mem": 128, "` + key[:1000] + `": 2}}`, 0},
		"a word of 1 MiB":     {key, 1},
		"a number of 1 MiB":   {`{"resource": {"cpu": ` + strings.Repeat("9", 1<<20) + `, "mem": 128}}`, 0},
		"a huge exponent":     {`{"resource": {"cpu": 1e9999999, "mem": -1e-9999999}}`, 0},
		"a longer exponent":   {`{"resource": {"cpu": 1e` + strings.Repeat("9", 400) + `, "mem": 128}}`, 0},
		"400 digits":          {`{"resource": {"cpu": ` + strings.Repeat("1234567890", 40) + `, "mem": 128}}`, 0},
		"400 decimals":        {`{"resource": {"cpu": 0.` + strings.Repeat("1234567890", 40) + `, "mem": 128}}`, 0},
		"too large":           {"[" + strings.Repeat("x ", 2<<20) + "]", 1},
		"50,000 stray commas": {"[" + strings.Repeat(",", 50_000) + "]", 100},
		"50,000 brackets":     {"{" + strings.Repeat("] ", 50_000) + "}", 100},
		"50,000 open strings": {"[" + strings.Repeat("\"\n", 50_000) + "]", 100},
		"50,000 comments":     {strings.Repeat("//\n", 50_000) + "{}", 100},
		"50,000 faults":       {"{" + strings.Repeat("a b ", 50_000) + "}", 100},
		"50,000 colons":       {"[" + strings.Repeat(":", 50_000), 100},
	} {
		var d *schema.Document
		took := clocktest.Spent(t, func() {
			d = read(test.text)
			d.Violations()
		})
		if got := len(d.Problems); got > test.problems || got == 0 && !strict(test.text) {
			t.Errorf("%s: %d problems, want at most %d; the first: %v", name, got, test.problems, d.Problems[:min(1, got)])
		}
		if took > time.Minute { // far from what it takes: it tells quadratic time from linear
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// Each fault is named once, on the token that is at fault, with a mend where one is plain; and it does not hide what stands around it.
func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, text, want, tree string }{
		{"trailing comma", `{"a": 1,}`, `"," a comma before the closing bracket is not allowed | Remove the comma => {"a": 1}`, `{"a":1}`},
		{"missing comma", `{"a": 1 "b": 2}`, `"\"b\"" a comma is missing before ` + "`\"b\"`" + ` | Insert the missing comma => {"a": 1, "b": 2}`, `{"a":1,"b":2}`},
		{"missing comma at a line's end", "{\"a\": 1\n \"b\": 2}", "\"\\\"b\\\"\" a comma is missing before `\"b\"` | Insert the missing comma => {\"a\": 1,\n \"b\": 2}", `{"a":1,"b":2}`},
		{"missing colon", `{"a" 1}`, "\"1\" a colon is missing before `1` | Insert the missing colon => {\"a\": 1}", `{"a":1}`},
		{"key alone", `{"a"}`, "\"\\\"a\\\"\" the key `a` has no value", `{"a":<nothing>}`},
		{"value missing", `{"a": , "b": 2}`, "\"\\\"a\\\"\" the key `a` has no value", `{"a":<nothing>,"b":2}`},
		{"value missing before the next key", "{\"a\": \n \"b\": 2}", "\"\\\"a\\\"\" the key `a` has no value\n\"\\\"b\\\"\" a comma is missing before `\"b\"` | Insert the missing comma => {\"a\":, \n \"b\": 2}", `{"a":<nothing>,"b":2}`},
		{"a key that is being typed", "{\n \"c\n}", "\"\\\"c\" the string is not closed | Insert the closing quote => {\n \"c\"\n}", `{"c":<nothing>}`},
		{"a key's closing quote", "{\n \"a: 1,\n \"b\": 2}", "\"\\\"a\" the string is not closed | Insert the closing quote => {\n \"a\": 1,\n \"b\": 2}", `{"a":1,"b":2}`},
		{"a key's opening quote", "{a\": 1}", "\"a\\\"\" the key `a` lacks its opening quote | Insert the opening quote => {\"a\": 1}", `{"a":1}`},
		{"a value's closing quote", "{\"a\": \"x,\n \"b\": 2}", "\"\\\"x\" the string is not closed | Insert the closing quote => {\"a\": \"x\",\n \"b\": 2}", `{"a":<no value>,"b":2}`},
		{"single quotes", `{'a': 'b'}`, "\"'a'\" a string needs double quotes | Change to double quotes => {\"a\": 'b'}\n\"'b'\" a string needs double quotes | Change to double quotes => {'a': \"b\"}", `{"a":"b"}`},
		{"single quotes, unclosed", "{\"a\": 'b\n}", "\"'b\" the string is not closed | Insert the closing quote => {\"a\": \"b\"\n}", `{"a":<no value>}`},
		{"a word processor's quotes", "{“a b”: 1}", "\"“a b”\" the key `“a b”` needs double quotes | Put the key in double quotes => {\"a b\": 1}", `{"a b":1}`},
		{"a no-break space", "{\"a\":\u00a01}", "\"\\u00a0\" this white space is not one of JSON's | Change to a blank => {\"a\": 1}", `{"a":1}`},
		{"another language's words", `[True, NULL, None]`, "\"True\" `True` is not a JSON value: it is written true | Change to true => [true, NULL, None]\n\"NULL\" `NULL` is not a JSON value: it is written null | Change to null => [True, null, None]\n\"None\" `None` is not a JSON value", `[<true>,<null>,<no value>]`},
		{"half a word", `[tru, flase]`, "\"tru\" `tru` is not a JSON value: it is written true | Change to true => [true, flase]\n\"flase\" `flase` is not a JSON value: it is written false | Change to false => [tru, false]", `[<no value>,<no value>]`},
		{"numbers", `[+1, 1., .5, 012, 0x1, 128MB]`, "\"+1\" `+1` is not a JSON number\n\"1.\" `1.` is not a JSON number\n\".5\" `.5` is not a JSON number\n\"012\" `012` is not a JSON number\n\"0x1\" `0x1` is not a JSON number\n\"128MB\" `128MB` is not a JSON number", `[<no value>,<no value>,<no value>,<no value>,<no value>,<no value>]`},
		{"comment on its own line", "{\n  // x\n  \"a\": 1}", "\"// x\" JSON has no comments | Remove the comment => {\n  \"a\": 1}", `{"a":1}`},
		{"comment behind a value", "{\"a\": 1 /* x */}", "\"/* x */\" JSON has no comments | Remove the comment => {\"a\": 1}", `{"a":1}`},
		{"comment without an end", "{} /* x", `"/*" JSON has no comments, and this one does not end`, `{}`},
		{"semicolon", `{"a": 1; "b": 2}`, `";" a comma belongs here | Change to a comma => {"a": 1, "b": 2}`, `{"a":1,"b":2}`},
		{"equals sign", `{a=1}`, "\"a\" the key `a` needs double quotes | Put the key in double quotes => {\"a\"=1}\n\"=\" a colon belongs between key and value | Change to : => {a:1}", `{"a":1}`},
		{"unclosed", "{\"a\": [1\n", "\"{\" this `{` is not closed | Insert the missing } => {\"a\": [1}\n\n\"[\" this `[` is not closed | Insert the missing ] => {\"a\": [1]\n", `{"a":[1]}`},
		{"a bracket too many", "{}\n}\n", "\"}\" this `}` closes nothing | Remove the bracket => {}\n", `{}`},
		{"two values", "{} 1", `"1" the JSON value ends before this, and nothing may follow it`, `{}`},
		{"escapes", `["\q", "\u12"]`, "\"\\\\q\" `\\q` is no escape sequence of JSON | Write the backslash twice => [\"\\\\q\", \"\\u12\"]\n\"\\\\u12\" \\u needs four hexadecimal digits", `["\\q","\\u12"]`},
		{"empty", "", `"" the file holds no JSON value`, `<nothing>`},
		{"UTF-16", "\xff\xfe{\x00}\x00", `"" the file is not UTF-8 text`, `<no value>`},
		{"BOM", text.BOM + "{}", `"" the file starts with a byte order mark | Remove the byte order mark => {}`, `{}`},
	} {
		d := read(test.text)
		if got := describe(t, d); got != test.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", test.name, test.text, got, test.want)
		}
		if got := outline(d.Root); got != test.tree {
			t.Errorf("%s: the tree is %s, want %s", test.name, got, test.tree)
		}
	}
}

// outline shows a tree.
func outline(v *schema.Value) string {
	var parts []string
	switch v.Kind {
	case schema.Object:
		for _, m := range v.Members {
			parts = append(parts, fmt.Sprintf("%q:%s", m.Key, outline(m.Value)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case schema.Array:
		for _, item := range v.Items {
			parts = append(parts, outline(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case schema.String:
		return fmt.Sprintf("%q", v.Text)
	case schema.Number:
		return v.Text
	default:
		return "<" + v.Kind.String() + ">"
	}
}

func describe(t *testing.T, d *schema.Document) string {
	t.Helper()
	var lines []string
	for _, p := range d.Problems {
		line := fmt.Sprintf("%q %s", d.File.Slice(p.Span), p.Message)
		if p.Fix != "" {
			fixed, err := d.File.Apply(p.Edits)
			if err != nil {
				t.Error(err)
			}
			line += " | " + p.Fix + " => " + fixed
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
