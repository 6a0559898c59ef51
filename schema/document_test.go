package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// apply makes one edit and gives the text after it.
func apply(t *testing.T, d *schema.Document, e text.Edit) string {
	t.Helper()
	s, err := d.File.Apply([]text.Edit{e})
	if err != nil {
		t.Error(err)
	}
	return s
}

// What is added looks as if the file's author had written it.
func TestAddMembersKeepsStyle(t *testing.T) {
	gpu := []schema.NewMember{{Key: "use_gpu", Literal: "false"}, {Key: "gpu_count", Literal: "0"}}
	for _, test := range []struct{ name, text, want string }{
		{"two spaces", "{\n  \"resource\": {\n    \"cpu\": 1\n  }\n}\n", "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}\n"},
		{"four spaces", "{\n    \"resource\": {\n        \"cpu\": 1,\n        \"mem\": 6\n    }\n}", "{\n    \"resource\": {\n        \"cpu\": 1,\n        \"mem\": 6,\n        \"use_gpu\": false,\n        \"gpu_count\": 0\n    }\n}"},
		{"tabs and CRLF", "{\r\n\t\"resource\": {\r\n\t\t\"cpu\": 1\r\n\t}\r\n}\r\n", "{\r\n\t\"resource\": {\r\n\t\t\"cpu\": 1,\r\n\t\t\"use_gpu\": false,\r\n\t\t\"gpu_count\": 0\r\n\t}\r\n}\r\n"},
		{"one line", `{"resource": {"cpu": 1}}`, `{"resource": {"cpu": 1, "use_gpu": false, "gpu_count": 0}}`},
		{"one line, no blanks", `{"resource":{"cpu":1}}`, `{"resource":{"cpu":1,"use_gpu":false,"gpu_count":0}}`},
		{"one line, blanks inside", `{ "resource": { "cpu": 1 } }`, `{ "resource": { "cpu": 1, "use_gpu": false, "gpu_count": 0 } }`},
		{"one line in many", "{\n  \"resource\": {\"cpu\": 1, \"mem\": 6}\n}", "{\n  \"resource\": {\"cpu\": 1, \"mem\": 6, \"use_gpu\": false, \"gpu_count\": 0}\n}"},
		{"empty in many lines", "{\n\t\"resource\": {}\n}\n", "{\n\t\"resource\": {\n\t\t\"use_gpu\": false,\n\t\t\"gpu_count\": 0\n\t}\n}\n"},
		{"empty over two lines", "{\n  \"resource\": {\n  }\n}\n", "{\n  \"resource\": {\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}\n"},
		{"empty on one line", `{"resource":{}}`, `{"resource":{"use_gpu":false,"gpu_count":0}}`},
		{"empty on one line with blanks", `{ "resource": { } }`, `{ "resource": { "use_gpu": false, "gpu_count": 0 } }`},
		{"braces on their own lines", "{\n  \"resource\":\n  {\n    \"cpu\": 1\n  }\n}\n", "{\n  \"resource\":\n  {\n    \"cpu\": 1,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}\n"},
		{"trailing comma", "{\n  \"resource\": {\n    \"cpu\": 1,\n  }\n}\n", "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"use_gpu\": false,\n    \"gpu_count\": 0,\n  }\n}\n"},
		{"a comment behind the last value", "{\n  \"resource\": {\n    \"cpu\": 1 // one\n  }\n}\n", "{\n  \"resource\": {\n    \"cpu\": 1, // one\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}\n"},
		{"a comment alone", "{\n  \"resource\": {\n    // all defaults\n  }\n}\n", "{\n  \"resource\": {\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n    // all defaults\n  }\n}\n"},
		{"unclosed", "{\n  \"resource\": {\n    \"cpu\": 1\n", "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n"},
		{"nothing but a brace", "{\"resource\": {", "{\"resource\": {\"use_gpu\": false, \"gpu_count\": 0"},
		{"BOM", text.BOM + "{\"resource\": {}}", text.BOM + "{\"resource\": {\"use_gpu\": false, \"gpu_count\": 0}}"},
		{"emoji before", "{\"x\": \"😀\", \"resource\": {\"cpu\": 1}}", "{\"x\": \"😀\", \"resource\": {\"cpu\": 1, \"use_gpu\": false, \"gpu_count\": 0}}"},
		{"colon with blanks around it", "{\n  \"resource\" : {\n    \"cpu\" : 1\n  }\n}\n", "{\n  \"resource\" : {\n    \"cpu\" : 1,\n    \"use_gpu\" : false,\n    \"gpu_count\" : 0\n  }\n}\n"},
	} {
		d := read(test.text)
		if d.Resource() == nil {
			t.Errorf("%s: no resource", test.name)
			continue
		}
		if diff := cmp.Diff(test.want, apply(t, d, d.AddMembers(d.Resource(), gpu))); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

func TestRemoveMember(t *testing.T) {
	for _, test := range []struct{ name, text, key, want string }{
		{"first", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"},
		{"middle", "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", "b", "{\n  \"a\": 1,\n  \"c\": 3\n}\n"},
		{"last", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "{\n  \"a\": 1\n}\n"},
		{"only", "{\n  \"a\": 1\n}\n", "a", "{}\n"},
		{"only, on one line", "{ \"a\": 1 }", "a", "{}"},
		{"first on one line", `{"a":1,"b":2}`, "a", `{"b":2}`},
		{"middle on one line", `{"a": 1, "b": 2, "c": 3}`, "b", `{"a": 1, "c": 3}`},
		{"last on one line", `{"a": 1, "b": 2}`, "b", `{"a": 1}`},
		{"CRLF and tabs", "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}\r\n", "b", "{\r\n\t\"a\": 1\r\n}\r\n"},
		{"last, with a trailing comma", "{\n  \"a\": 1,\n  \"b\": 2,\n}\n", "b", "{\n  \"a\": 1,\n}\n"},
		{"only, with a trailing comma", "{\n  \"a\": 1,\n}\n", "a", "{}\n"},
		{"an object", "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"},
		{"the next one's comment stays", "{\n  \"a\": 1,\n  // two\n  \"b\": 2\n}\n", "a", "{\n  // two\n  \"b\": 2\n}\n"},
		{"without a value", "{\n  \"a\": ,\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"},
		{"missing comma", "{\n  \"a\": 1\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n"},
		{"only, beside a comment", "{\n  \"a\": 1 // one\n}\n", "a", "{\n  // one\n}\n"},
	} {
		d := read(test.text)
		i := 0
		for i < len(d.Root.Members) && d.Root.Members[i].Key != test.key {
			i++
		}
		if diff := cmp.Diff(test.want, apply(t, d, d.RemoveMember(d.Root, i))); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

// Adding to and removing from any text leaves what is not concerned as it was: a good text stays good.
func TestEditsKeepTextsGood(t *testing.T) {
	for _, s := range real {
		d := read(s)
		edits := map[string]text.Edit{}
		if r := d.Resource(); r != nil {
			edits["add"] = d.AddMembers(r, []schema.NewMember{{Key: "new", Literal: "1"}})
			for i := range r.Members {
				edits["remove "+r.Members[i].Key] = d.RemoveMember(r, i)
			}
		}
		for name, e := range edits {
			changed := apply(t, d, e)
			after := read(changed)
			if len(after.Problems) > len(d.Problems) {
				t.Errorf("%s: %q becomes %q with new faults: %s", name, s, changed, message(after))
			}
			if strings.Contains(changed, "\n\n") && !strings.Contains(s, "\n\n") {
				t.Errorf("%s: %q has an empty line", name, changed)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	defaults := schema.Limits{CPU: 1, MemMiB: 128}
	if got := schema.DefaultLimits(); got != defaults {
		t.Errorf("DefaultLimits() = %+v", got)
	}
	for _, test := range []struct {
		text string
		want schema.Limits
	}{
		{"", defaults}, {"[]", defaults}, {"{}", defaults}, {`{"resource": 1}`, defaults}, {`{"resource": {}}`, defaults}, {`{"resource": null}`, defaults},
		{`{"resource": {"cpu": 2, "mem": 512, "use_gpu": true, "gpu_count": 1}}`, schema.Limits{CPU: 2, MemMiB: 512, UseGPU: true, GPUCount: 1}},
		{`{"resource": {"cpu": 2, "cpu": 3}}`, schema.Limits{CPU: 3, MemMiB: 128}},
		{`{"resource": {"CPU": 2, "Mem": 64}}`, schema.Limits{CPU: 2, MemMiB: 64}}, // as a host's executor decodes it
		{`{"resource": {"cpu": "2", "mem": 1.5}}`, defaults},
		{`{"resource": {"cpu": 0, "mem": 4, "gpu_count": -1}}`, defaults},
		{`{"resource": {"cpu": null, "mem": 99999999999999999999}}`, defaults},
		{`{"resource": {"cpu": 1e1, "mem": 1e9999999}}`, defaults},
		{"{\"resource\": {\"cpu\": 2 \"mem\": 64", schema.Limits{CPU: 2, MemMiB: 64}},
	} {
		if got := read(test.text).Limits(); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.text, got, test.want)
		}
	}
}

func TestViolations(t *testing.T) {
	names := map[schema.ViolationKind]string{schema.WrongType: "type", schema.OutOfRange: "range", schema.UnknownKey: "key"}
	for _, test := range []struct{ text, want string }{
		{`{}`, ""}, {``, ""}, {`[]`, "type []"}, {`null`, "type null"}, {`"x"`, `type "x"`}, {`nil`, ""},
		{`{"resource": {"cpu": 1, "mem": 128, "use_gpu": true, "gpu_count": 2, "use_sgx": false}}`, ""},
		{`{"resource": []}`, "type []"}, {`{"resource": null}`, "type null"}, {`{"resource": }`, ""},
		{`{"resource": {"cpu": "1", "mem": true, "use_gpu": 1, "gpu_count": {}}}`, `type "1"; type true; type 1; type {}`},
		{`{"resource": {"cpu": 1.0, "mem": 1e3, "gpu_count": 1.5}}`, "type 1.0; type 1e3; type 1.5"},
		{`{"resource": {"cpu": 0.5, "mem": -1.5}}`, "type 0.5; type -1.5"},
		{`{"resource": {"cpu": 0, "mem": 5, "gpu_count": -1}}`, "range 0; range 5; range -1"},
		{`{"resource": {"cpu": 9223372036854775807, "mem": 9223372036854775808}}`, "range 9223372036854775808"},
		{`{"resource": {"cpu": -9223372036854775809, "gpu_count": 1e400}}`, "range -9223372036854775809; type 1e400"},
		{`{"resource": {"cpu": 1e9999999, "mem": -0}}`, "type 1e9999999; range -0"},
		{`{"resource": {"cpu": 9e99999999999999999999}}`, "type 9e99999999999999999999"},
		{`{"resource": {"cpu": 1, "cpu": "x"}}`, `type "x"`}, // the last one counts
		{`{"resource": {"memory": 1}, "version": [1]}`, "key 1; key [1]"},
		{`{"resource": {"a/b": 1, "~": 2, "": 3, "😀": 4, "~1": 5}}`, "key 1; key 2; key 3; key 4; key 5"},
		{`{"resource": {"CPU": 1}}`, "key 1"},
		{`{"resource": {"cpu": null}}`, "type null"},
		{`{"resource": {"cpu": 1 "mem": "x",}}`, `type "x"`},
	} {
		d := read(test.text)
		var got []string
		for _, v := range d.Violations() {
			got = append(got, names[v.Kind]+" "+d.File.Slice(v.Value.Span))
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %s, want %s", test.text, strings.Join(got, "; "), test.want)
		}
	}
}

// The fields say what a person needs to know, all from the one file.
func TestFields(t *testing.T) {
	var keys []string
	for _, f := range schema.Fields() {
		keys = append(keys, f.Key)
		if f.Title == "" || f.Description == "" || f.Type == "" || f.Default == "" {
			t.Errorf("%s is not whole: %+v", f.Key, f)
		}
	}
	if diff := cmp.Diff([]string{"cpu", "mem", "use_gpu", "gpu_count", "use_sgx"}, keys); diff != "" {
		t.Error(diff)
	}
	if f, ok := schema.FieldOf("use_sgx"); !ok || f.Documented {
		t.Error("use_sgx counts as documented")
	}
	if _, ok := schema.FieldOf("resource"); !ok {
		t.Error("resource is not known")
	}
	whole := read(schema.DefaultConfig("\r\n"))
	if len(whole.Problems)+len(whole.Violations()) > 0 || whole.Limits() != schema.DefaultLimits() {
		t.Errorf("the default config is not good: %q", whole.File.Text)
	}
}

func TestHover(t *testing.T) {
	const s = `{"x": 1, "resource": {"cpu": 2, "use_gpu": true, "foo": 3}}`
	d := read(s)
	for place, want := range map[string]string{
		`"resource"`: "**resource** ·", `"cpu"`: "**cpu** ·", `2`: "**cpu** ·", `true`: "**use_gpu** ·", `"x"`: "", `"foo"`: "", `}}`: "",
	} {
		off := strings.Index(s, place) + 1
		if place == `2` {
			off--
		}
		_, got, at, ok := schema.Hover(d, off)
		if ok != (want != "") || !strings.HasPrefix(got, want) && ok {
			t.Errorf("hover on %s: %q, %v", place, got, ok)
		}
		if ok && !at.Contains(off) {
			t.Errorf("hover on %s speaks of %v", place, at)
		}
	}
}

// The block with all defaults stands in the file as its members do.
func TestCompleteAllDefaults(t *testing.T) {
	for marked, want := range map[string]string{
		"{|}":               "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"mem\": 128,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}",
		"{\r\n\t|\r\n}\r\n": "{\r\n\t\"resource\": {\r\n\t\t\"cpu\": 1,\r\n\t\t\"mem\": 128,\r\n\t\t\"use_gpu\": false,\r\n\t\t\"gpu_count\": 0\r\n\t}\r\n}\r\n",
		"{|\n\"x\": 1}":     "{\"resource\": {\n  \"cpu\": 1,\n  \"mem\": 128,\n  \"use_gpu\": false,\n  \"gpu_count\": 0\n},\n\"x\": 1}",
	} {
		d := read(strings.Replace(marked, "|", "", 1))
		list := schema.Complete(d, strings.IndexByte(marked, '|'))
		if len(list) != 2 {
			t.Errorf("%q: %+v", marked, list)
			continue
		}
		if got := apply(t, d, list[1].Edit); got != want {
			t.Errorf("%q: %q", marked, got)
		}
	}
}

// Completion at the place of a | gives these labels, and the text after the first of them was taken.
func TestComplete(t *testing.T) {
	whole := schema.DefaultConfig("\n")
	for _, test := range []struct{ name, text, labels, first string }{
		{"empty file", "|", "resource", whole},
		{"blanks", " \n|\n", "resource", whole},
		{"in the braces", "{|}", "resource resource, all defaults", `{"resource": {}}`},
		{"no comma", "{\"resource\": {\n  \"cpu\": 1\n  |\n}}", "mem use_gpu gpu_count", "{\"resource\": {\n  \"cpu\": 1,\n  \"mem\": 128\n}}"},
		{"no comma, in quotes", "{\"resource\": {\"cpu\": 1 \"m|\"}}", "mem use_gpu gpu_count", `{"resource": {"cpu": 1, "mem": 128}}`},
		{"no comma, no blank", "{\"resource\": {\"cpu\": \"1\"\"m|\"}}", "mem use_gpu gpu_count", `{"resource": {"cpu": "1","mem": 128}}`},
		{"no comma, a comment with one", "{\"resource\": {\"cpu\": 1 // a, b\n /* , */ |}}", "mem use_gpu gpu_count", "{\"resource\": {\"cpu\": 1, // a, b\n /* , */ \"mem\": 128}}"},
		{"no comma behind an object", "{\"x\": {}\n|}", "resource resource, all defaults", "{\"x\": {},\n\"resource\": {}}"},
		{"no value before", "{\"resource\": {\"cpu\":\n|}}", "mem use_gpu gpu_count", "{\"resource\": {\"cpu\":\n\"mem\": 128}}"},
		{"in the block", "{\n  \"resource\": {\n    |\n  }\n}", "cpu mem use_gpu gpu_count", "{\n  \"resource\": {\n    \"cpu\": 1\n  }\n}"},
		{"behind a comma", "{\"resource\": {\"cpu\": 1, |}}", "mem use_gpu gpu_count", `{"resource": {"cpu": 1, "mem": 128}}`},
		{"before a member", "{\"resource\": {\n  |\n  \"mem\": 128\n}}", "cpu use_gpu gpu_count", "{\"resource\": {\n  \"cpu\": 1,\n  \"mem\": 128\n}}"},
		{"between members", "{\"resource\": {\n  \"cpu\": 1,\n  |\n  \"gpu_count\": 0\n}}", "mem use_gpu", "{\"resource\": {\n  \"cpu\": 1,\n  \"mem\": 128,\n  \"gpu_count\": 0\n}}"},
		{"in quotes", "{\"resource\": {\"c|\"}}", "cpu mem use_gpu gpu_count", `{"resource": {"cpu": 1}}`},
		{"behind an open quote", "{\"resource\": {\n  \"c|\n}}", "cpu mem use_gpu gpu_count", "{\"resource\": {\n  \"cpu\": 1\n}}"},
		{"a bare word", "{\"resource\": {me|}}", "cpu mem use_gpu gpu_count", `{"resource": {"cpu": 1}}`},
		{"a key that has its colon", "{\"resource\": {\"c|\": 5}}", "cpu mem use_gpu gpu_count", `{"resource": {"cpu": 5}}`},
		{"a boolean's value", "{\"resource\": {\"use_gpu\": |}}", "false true", `{"resource": {"use_gpu": false}}`},
		{"a boolean that is being typed", "{\"resource\": {\"use_gpu\": t|}}", "false true", `{"resource": {"use_gpu": false}}`},
		{"a number's value", "{\"resource\": {\"mem\": |,\n\"cpu\": 1}}", "128", "{\"resource\": {\"mem\": 128,\n\"cpu\": 1}}"},
		{"outside", "{\"resource\": {}} |", "", ""},
		{"in an unknown object", "{\"x\": {|}}", "", ""},
		{"an unknown key's value", "{\"resource\": {\"foo\": |}}", "", ""},
	} {
		off := strings.IndexByte(test.text, '|')
		d := read(strings.Replace(test.text, "|", "", 1))
		list := schema.Complete(d, off)
		var labels []string
		for _, c := range list {
			labels = append(labels, c.Label)
			if c.Documentation == "" || c.Snippet == "" || !c.Edit.Span.Contains(off) {
				t.Errorf("%s: %+v is not whole", test.name, c)
			}
		}
		if got := strings.Join(labels, " "); got != test.labels {
			t.Errorf("%s: offered %q, want %q", test.name, got, test.labels)
			continue
		}
		if len(list) == 0 {
			continue
		}
		got, err := d.File.Apply(append(list[0].Extra, list[0].Edit))
		if err != nil || got != test.first {
			t.Errorf("%s: after %s:\n%s\nwant\n%s", test.name, list[0].Label, got, test.first)
		}
	}
}
