// Package schema knows config.json: the JSON Schema of it, a reader that survives any text and keeps the place of every token, and
// what a host makes of the values.
//
// config.schema.json is the single source of types, defaults, bounds and field documentation: checks, hover, completion and the
// defaults that a fix inserts all come from it. The schema alone is laxer than a host, which decodes into 64-bit integers and so
// refuses the literals 1.0 and 1e3 that a JSON Schema calls integers; [Document.Violations] looks at the literals as well.
package schema

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// JSON is the JSON Schema (draft 2020-12) of config.json.
//
//go:embed config.schema.json
var JSON string

const schemaURL = "meca:///config.schema.json"

// Field is one documented or tolerated key of config.json.
type Field struct {
	Key         string // "cpu"; the keys of resource, and "resource" itself
	Title       string
	Description string // Markdown: unit, meaning, and what a host does with it
	Type        string // "integer", "boolean" or "object"
	Default     string // as a JSON literal; "" where there is none
	// Documented is false for a key that hosts and examples know but that nobody needs to write: no default is added for it.
	Documented bool
}

// compiled is the schema, ready for use. It is made once: the schema is part of the program, so it cannot fail to compile.
type compiled struct {
	schema   *jsonschema.Schema
	resource []Field // in the schema file's order
	root     []Field
}

var load = sync.OnceValue(func() compiled {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.ExtractAnnotations = true
	c.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s: no schema is ever fetched", url) }
	if err := c.AddResource(schemaURL, strings.NewReader(JSON)); err != nil {
		panic(err)
	}
	s, err := c.Compile(schemaURL)
	if err != nil {
		panic(err)
	}
	tree, _ := read(text.New("config.schema.json", JSON))
	definitions := tree.Member("$defs").Value
	return compiled{
		schema:   s,
		root:     fields(s, tree),
		resource: fields(resolve(s.Properties["resource"]), definitions.Member("resource").Value),
	}
})

func resolve(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Ref != nil {
		s = s.Ref
	}
	return s
}

// fields lists an object's properties in the order of the schema's own text, which the compiled schema has lost.
func fields(s *jsonschema.Schema, tree *Value) []Field {
	var list []Field
	for _, m := range tree.Member("properties").Value.Members {
		p := resolve(s.Properties[m.Key])
		f := Field{Key: m.Key, Title: p.Title, Description: p.Description, Type: strings.Join(p.Types, " or "), Documented: !p.Deprecated}
		if p.Default != nil {
			f.Default = fmt.Sprint(p.Default)
		}
		list = append(list, f)
	}
	return list
}

// Fields are the keys of resource, in their documented order.
func Fields() []Field { return slices.Clone(load().resource) }

// RootFields are the keys of the whole file.
func RootFields() []Field { return slices.Clone(load().root) }

// FieldOf finds a key of resource, or "resource" itself.
func FieldOf(key string) (Field, bool) {
	for _, f := range slices.Concat(load().resource, load().root) {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// DefaultLiteral is the default of a key of resource as a JSON literal.
func DefaultLiteral(key string) string {
	f, _ := FieldOf(key)
	return f.Default
}
