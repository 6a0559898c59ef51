package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/schema"
)

// generatedConfigs is how many different texts the second validator is asked about.
const generatedConfigs = 10_000

// A second validator, ajv, breaks the schema at the same places in all of the generated texts, and JSON.parse refuses the same ones.
// What we say beyond the schema is said of literals alone, and we say all that the schema says.
func TestSecondValidator(t *testing.T) {
	t.Parallel()
	texts := generate(generatedConfigs)
	answers := secondValidator(t, texts)
	valid, refused, stricter := 0, 0, 0
	for i, s := range texts {
		d := read(s)
		if noJSON := answers[i] == nil; noJSON || len(d.Problems) > 0 {
			if refused++; noJSON != (len(d.Problems) > 0) {
				t.Errorf("%q: refused by JSON.parse: %v; problems: %v", s, noJSON, d.Problems)
			}
			continue
		}
		if ours := d.SchemaBreaks(); !slices.Equal(ours, answers[i]) {
			t.Errorf("%q: ours %q, the second validator's %q", s, ours, answers[i])
			continue
		}
		if len(answers[i]) == 0 {
			valid++
		}
		if checkStricter(t, d, answers[i]) {
			stricter++
		}
	}
	t.Logf("%d texts: %d valid, %d no JSON, %d refused for a literal alone", len(texts), valid, refused, stricter)
	if valid < len(texts)/10 || refused < len(texts)/50 || stricter < len(texts)/100 {
		t.Error("the texts are not mixed as they should be")
	}
}

// checkStricter holds what we say of a text against the places where it breaks the schema. It reports whether we refuse a text that
// keeps to the schema.
func checkStricter(t *testing.T, d *schema.Document, breaks []string) bool {
	t.Helper()
	violations := d.Violations()
	kinds := map[string]schema.ViolationKind{
		"type": schema.WrongType, "minimum": schema.OutOfRange, "maximum": schema.OutOfRange, "unevaluatedProperties": schema.UnknownKey,
	}
	for _, b := range breaks {
		at := strings.LastIndexByte(b, ' ')
		place, kind := b[:at], kinds[b[at+1:]]
		if !slices.ContainsFunc(violations, func(v schema.Violation) bool {
			return pointer(d, v) == place && (v.Kind == kind || v.Kind == schema.WrongType && isInexact(v))
		}) {
			t.Errorf("%q: nothing is said of %s", d.File.Text, b)
		}
	}
	for _, v := range violations {
		if said := slices.ContainsFunc(breaks, func(b string) bool { return strings.HasPrefix(b, pointer(d, v)+" ") }); !said && !isInexact(v) {
			t.Errorf("%q: the schema says nothing of %s", d.File.Text, pointer(d, v))
		}
	}
	return len(breaks) == 0 && len(violations) > 0
}

// isInexact tells the integers that a host refuses for how they are written.
func isInexact(v schema.Violation) bool {
	return v.Kind == schema.WrongType && v.Value.Kind == schema.Number && !schema.IsInteger(v.Value.Text)
}

// pointer is the JSON pointer of a violation's value.
func pointer(d *schema.Document, v schema.Violation) string {
	if v.Object == nil {
		return ""
	}
	key := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(v.Object.Members[v.Index].Key)
	if v.Object != d.Root {
		return "/resource" + key
	}
	return key
}

// secondValidator asks ajv, in one process. Without it the test is skipped, unless MECA_TEST_VALIDATOR is "required".
func secondValidator(t *testing.T, texts []string) [][]string {
	t.Helper()
	const set, modules = "internal/machine/second-validator.sh", "../.cache/ajv"
	missing := func(err error) {
		if os.Getenv("MECA_TEST_VALIDATOR") == "required" {
			t.Fatalf("this test needs Node.js and ajv, and MECA_TEST_VALIDATOR=required: %v; %s installs them", err, set)
		}
		t.Skipf("this test needs Node.js and ajv, which %s installs: %v", set, err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "ajv")); err != nil {
		missing(err)
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "../internal/machine/ajv/validate.mjs", modules, "config.schema.json")
	command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][]string
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(texts) {
		t.Fatalf("%d answers to %d texts (%v)", len(answers), len(texts), err)
	}
	return answers
}

// generate makes different texts around the schema, the same ones every time.
func generate(n int) []string {
	g := &generator{Rand: rand.New(rand.NewPCG(3, 4))}
	seen := map[string]bool{}
	var texts []string
	for len(texts) < n {
		if s := g.config(); !seen[s] {
			seen[s] = true
			texts = append(texts, s)
		}
	}
	return texts
}

// generator writes texts of config.json.
type generator struct{ *rand.Rand }

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// one is true once in so many times.
func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// config is one text; a few are no JSON.
func (g *generator) config() string {
	var s string
	if g.one(15) {
		s = g.value(3) // the whole file is something else
	} else {
		s = g.object(3, "resource", g.resource)
	}
	s = g.blank() + s + g.blank()
	if g.one(20) {
		s = g.damage(s)
	}
	return s
}

// resource is the value of the key resource.
func (g *generator) resource() string {
	if g.one(12) {
		return g.value(3)
	}
	var members []string
	for _, key := range []string{"cpu", "mem", "use_gpu", "gpu_count", "use_sgx"} {
		if !g.one(3) {
			members = append(members, g.member(g.key(key), g.field(key)))
		}
	}
	if g.one(5) {
		members = append(members, g.member(g.key(g.pick("cpu", "mem", "use_gpu")), g.value(2))) // perhaps for the second time
	}
	if g.one(3) {
		members = append(members, g.unknown())
	}
	return g.braces(members)
}

// object is an object with one known key, perhaps twice or not at all, among unknown ones.
func (g *generator) object(depth int, known string, value func() string) string {
	var members []string
	for range []int{0, 1, 1, 1, 1, 1, 1, 1, 2}[g.IntN(9)] {
		members = append(members, g.member(g.key(known), value()))
	}
	for range max(0, g.IntN(depth+3)-4) + g.IntN(2)*g.IntN(2) {
		members = append(members, g.unknown())
	}
	return g.braces(members)
}

func (g *generator) braces(members []string) string {
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + g.blank() + strings.Join(members, ","+g.blank()) + g.blank() + "}"
}

func (g *generator) member(key, value string) string {
	return key + g.blank() + ":" + g.blank() + value
}

// key writes a key, now and then in escapes or in another case.
func (g *generator) key(key string) string {
	switch g.IntN(25) {
	case 0:
		key = strings.ToUpper(key[:1]) + key[1:]
	case 1:
		i := g.IntN(len(key))
		return fmt.Sprintf(`"%s\u%04x%s"`, key[:i], key[i], key[i+1:])
	case 2:
		i := g.IntN(len(key))
		key = key[:i] + key[i+1:] // misspelt
	}
	return `"` + key + `"`
}

// unknown is a member whose key the schema does not know.
func (g *generator) unknown() string {
	key := g.pick("memory", "cpus", "gpu", "gpus", "resources", "name", "", " ", "/", "~", "a/b", "~0", "~1", "%", "%2F", "a b", "é", "größe", "日本", "😀",
		"__proto__", "constructor", "toString", "hasOwnProperty", "length", "0", "1", "-1", "null", "$ref", "$schema", "cpu ", "c\\u0000pu", "\\\"", "\\\\", "\\n", "\\ud83d\\ude00", "\u2028")
	if g.one(4) {
		key += fmt.Sprint(g.IntN(1000))
	}
	return g.member(`"`+key+`"`, g.value(2))
}

// field is a value for a known key, good ones first of all.
func (g *generator) field(key string) string {
	switch {
	case g.one(8):
		return g.value(2)
	case key == "use_gpu" || key == "use_sgx":
		return g.pick("true", "false")
	case g.one(3):
		return g.number()
	default:
		return fmt.Sprint(g.IntN(4) + map[string]int{"cpu": 1, "mem": 6, "gpu_count": 0}[key])
	}
}

// number is a number's literal: around the bounds, large, small, and written in all ways. It is one that a float64 holds or tells
// from the bounds, as the second validator counts in those: for it 1e-400 is 0, 1e400 no number, and 9223372036854775808 the bound.
func (g *generator) number() string {
	switch g.IntN(6) {
	case 0:
		return g.pick("0", "1", "5", "6", "7", "-1", "-0", "128", "4096", "9223372036854775806", "9223372036854775807", "9223372036854777856", "-9223372036854775808",
			"18446744073709551616", "99999999999999999999999999999999999999999", "-99999999999999999999999999999999999999999", "9007199254740993")
	case 1:
		return g.pick("1.0", "6.0", "0.0", "-0.0", "-1.0", "128.000", "1.5", "0.5", "5.999", "0.1", "-0.5", "9223372036854775807.0", "5.9999999999")
	case 2:
		return g.pick("1e3", "1E3", "1e+3", "1e0", "0e0", "0e5", "10e-1", "60e-1", "12e-1", "1e-1", "1.5e1", "1.55e1", "-1e2", "1e18", "1e19", "1e30", "1e308", "-1e308", "-0e-5", "0e400")
	case 3:
		return fmt.Sprintf("%d", g.Int64N(1<<53))
	case 4:
		return fmt.Sprintf("%.*f", 1+g.IntN(6), g.Float64()*200-50)
	default:
		return fmt.Sprintf("%de%d", g.IntN(1000)-200, g.IntN(12)-4)
	}
}

// value is any value.
func (g *generator) value(depth int) string {
	switch g.IntN(9) {
	case 0:
		return "null"
	case 1:
		return g.pick("true", "false")
	case 2, 3:
		return g.number()
	case 4, 5:
		return `"` + g.pick("", "128", "1", "true", "0", "null", "größe 😀", "\\ud800", "\\u0000", "\\/", "{}", "a\\nb", "1e3") + `"`
	case 6:
		if depth == 0 {
			return "[]"
		}
		var items []string
		for range g.IntN(3) {
			items = append(items, g.value(depth-1))
		}
		return "[" + g.blank() + strings.Join(items, g.blank()+",") + g.blank() + "]"
	default:
		if depth == 0 {
			return "{}"
		}
		return g.object(depth-1, g.pick("resource", "cpu", "mem", "x"), func() string { return g.value(depth - 1) })
	}
}

func (g *generator) blank() string {
	return g.pick("", "", "", "", " ", " ", "\n", "\r\n", "\t", "\n    ", "  ")
}

// damage makes a slip of the finger, which may leave a text good.
func (g *generator) damage(s string) string {
	runes := []rune(s)
	i := g.IntN(len(runes) + 1)
	switch {
	case g.one(2) && i < len(runes):
		return string(slices.Delete(runes, i, i+1))
	case g.one(8):
		return "\ufeff" + s
	default:
		return string(slices.Insert(runes, i, []rune(g.pick(",", "\"", "{", "}", ":", "]", "1", "x", "\\", "//", "'", "\u00a0", "\f", "\v", ".", "-", "0", "\x00", "\n"))...))
	}
}
