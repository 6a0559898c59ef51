package schema

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// ViolationKind is what is wrong with a value or key.
type ViolationKind int

// The kinds of violations.
const (
	WrongType  ViolationKind = iota // the value is not of the field's type, for a host's decoder
	OutOfRange                      // a number of the right type outside the field's bounds
	UnknownKey                      // a key that the schema does not know
)

// Violation is one place where a document breaks the schema.
type Violation struct {
	Kind   ViolationKind
	Field  *Field // the field that is concerned; nil for an unknown key, and for the whole file its Type alone is set
	Object *Value // the object around it; nil for the whole file
	Index  int    // of the member in Object; -1 for the whole file
	Value  *Value
	Min    string // the least legal number, where there is a bound
	Max    string
}

// Violations holds the document against the schema. They come in the text's order; of a repeated key the last counts, as for a host,
// but an unknown one is none each time. The list is the document's own, and not to be changed: it may be long.
func (d *Document) Violations() []Violation { return d.violations() }

func (d *Document) validate() []Violation {
	if d.Root.Kind == Missing || d.Root.Kind == Invalid {
		return nil
	}
	var found []Violation
	refuses := map[*Value]bool{} // the objects in which the schema lets no unknown key stand
	finder := finder{d}
	for _, leaf := range leaves(load().schema, d.plainRoot()) {
		v, ok := finder.violation(leaf)
		switch {
		case ok && v.Kind == UnknownKey && v.Object != nil:
			refuses[v.Object] = true
		case ok:
			found = append(found, v)
		}
	}
	found = append(found, finder.inexactIntegers()...)
	found = append(d.unknownKeys(refuses), found...)
	order := func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Value.Span.Start, b.Value.Span.Start), cmp.Compare(a.Kind, b.Kind))
	}
	if !slices.IsSortedFunc(found, order) {
		slices.SortStableFunc(found, order)
	}
	return slices.CompactFunc(found, func(a, b Violation) bool { return a.Value == b.Value && a.Kind == b.Kind })
}

// unknownKeys are the ones of the root and of resource, in the text's order, where the schema refuses them.
func (d *Document) unknownKeys(refuses map[*Value]bool) []Violation {
	most := 0
	for object := range refuses {
		most += len(object.Members)
	}
	found := make([]Violation, 0, most)
	var add func(object *Value)
	add = func(object *Value) {
		for i, m := range object.Members {
			if m.Value == d.resource {
				add(m.Value)
			}
			if _, known := d.fieldIn(object, m.Key); known || !refuses[object] || m.Value.Kind == Missing || m.Value.Kind == Invalid {
				continue
			}
			found = append(found, Violation{Kind: UnknownKey, Object: object, Index: i, Value: m.Value})
		}
	}
	add(d.Root)
	return found
}

// plainRoot gives the document as the validator wants it. To the schema one unknown key is like the other, and it takes long over each:
// of those of the root and of resource it gets the first alone, with no value.
func (d *Document) plainRoot() any {
	if d.Root.Kind != Object {
		return plain(d.Root)
	}
	root := d.plainMembers(d.Root)
	if d.resource != nil {
		root["resource"] = d.plainMembers(d.resource)
	}
	return root
}

func (d *Document) plainMembers(object *Value) map[string]any {
	m, unknown := map[string]any{}, false
	for _, member := range object.Members {
		_, known := d.fieldIn(object, member.Key)
		switch whole := member.Value.Kind != Missing && member.Value.Kind != Invalid; {
		case known && !whole:
			delete(m, member.Key) // an earlier one of its name does not count
		case known && member.Value != d.resource: // that one follows by itself
			m[member.Key] = plain(member.Value)
		case !known && whole && !unknown:
			m[member.Key], unknown = nil, true
		}
	}
	return m
}

// leaves are the innermost causes of a failed validation.
func leaves(s *jsonschema.Schema, v any) []*jsonschema.ValidationError {
	var failed *jsonschema.ValidationError
	if !errors.As(s.Validate(v), &failed) {
		return nil
	}
	var list []*jsonschema.ValidationError
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			list = append(list, e)
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(failed)
	return list
}

// finder finds the places of a document that the validator speaks of.
type finder struct{ d *Document }

// violation turns a leaf into a place of the document. It is not ok for a value that is missing in the text: that is a syntax fault.
func (f finder) violation(leaf *jsonschema.ValidationError) (Violation, bool) {
	v := f.at(leaf.InstanceLocation)
	if v.Value == nil {
		return v, false
	}
	keyword := leaf.KeywordLocation[strings.LastIndexByte(leaf.KeywordLocation, '/')+1:]
	switch keyword {
	case "type":
		v.Kind = WrongType
	case "minimum", "maximum":
		v.Kind = OutOfRange
		if !IsInteger(v.Value.Text) {
			v.Kind = WrongType
		}
	case "unevaluatedProperties":
		if v.Value == f.d.Root || v.Value == f.d.Resource() { // the validator leaves out the empty key
			v = f.member(v.Value, "")
		}
		v.Kind = UnknownKey
	}
	return v, v.Value != nil
}

// unescape gives a key back that a pointer holds.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// at follows a pointer of the validator, which knows only objects here, and escapes keys as in a URL.
func (f finder) at(pointer string) Violation {
	v := Violation{Value: f.d.Root, Index: -1, Field: &Field{Type: "object"}}
	if pointer == "" {
		return v
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		key, err := url.PathUnescape(token)
		if err != nil { // unreachable: the validator escaped it
			return Violation{Index: -1}
		}
		if v = f.member(v.Value, unescape.Replace(key)); v.Value == nil {
			return v
		}
	}
	return v
}

// member is the place of an object's member: of the last one with this key.
func (f finder) member(object *Value, key string) Violation {
	i := len(object.Members) - 1
	for i >= 0 && object.Members[i].Key != key {
		i--
	}
	if i < 0 {
		return Violation{Index: -1}
	}
	v := Violation{Object: object, Index: i, Value: object.Members[i].Value}
	if field, known := f.d.fieldIn(object, key); known {
		v.Field = &field
		v.Min, v.Max = bounds(object == f.d.Root, field.Key)
	}
	return v
}

// fieldIn is what the schema says of a key of the root or of resource.
func (d *Document) fieldIn(object *Value, key string) (Field, bool) {
	var list []Field
	switch object {
	case d.Root:
		list = load().root
	case d.Resource():
		list = load().resource
	}
	i := slices.IndexFunc(list, func(f Field) bool { return f.Key == key })
	if i < 0 {
		return Field{}, false
	}
	return list[i], true
}

func bounds(root bool, key string) (least, most string) {
	s := load().schema
	if !root {
		s = resolve(s.Properties["resource"])
	}
	p := resolve(s.Properties[key])
	if p.Minimum != nil {
		least = p.Minimum.Num().String()
	}
	if p.Maximum != nil {
		most = p.Maximum.Num().String()
	}
	return least, most
}

// inexactIntegers finds the numbers that a JSON Schema calls integers and a host does not: 1.0, 1e3.
func (f finder) inexactIntegers() []Violation {
	r := f.d.Resource()
	var found []Violation
	for _, field := range load().resource {
		m := r.Member(field.Key)
		if m == nil || field.Type != "integer" || m.Value.Kind != Number || IsInteger(m.Value.Text) {
			continue
		}
		v := f.at("/resource/" + field.Key)
		v.Kind = WrongType
		found = append(found, v)
	}
	return found
}

// The bounds of a number that is handed to the validator, which takes time that grows with the exponent and fails on the largest.
const (
	maxNumberLen = 64
	maxExponent  = 400
)

// plain gives the value as the validator wants it. A duplicate key's last value wins. What is missing in the text is left out.
func plain(v *Value) any {
	switch v.Kind {
	case Object:
		m := make(map[string]any, len(v.Members))
		for _, member := range v.Members {
			if member.Value.Kind == Missing || member.Value.Kind == Invalid {
				delete(m, member.Key) // an earlier one of its name does not count
				continue
			}
			m[member.Key] = plain(member.Value)
		}
		return m
	case Array:
		items := make([]any, 0, len(v.Items))
		for _, item := range v.Items {
			if item.Kind != Missing && item.Kind != Invalid {
				items = append(items, plain(item))
			}
		}
		return items
	case String:
		return v.Text
	case Number:
		return number(v.Text)
	case True, False:
		return v.Kind == True
	default:
		return nil
	}
}

// number keeps a literal within what the validator can bear. A literal that is too long or too large stands for a number of its own
// kind: a fraction, or an integer beyond every bound, with its sign.
func number(literal string) json.Number {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	power, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	switch {
	case len(literal) <= maxNumberLen && (exponent == "" || err == nil && power >= -maxExponent && power <= maxExponent):
		return json.Number(literal)
	case !IsInteger(literal):
		return "0.5"
	case strings.HasPrefix(mantissa, "-"):
		return "-1e30"
	default:
		return "1e30"
	}
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
}
