package diagnostics

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configWrongType = Rule{
	Code: "config-wrong-type", Severity: Error,
	Doc: "a value of config.json has a type that a host's decoder refuses",
	check: func(p *Pass) {
		d, _ := p.config()
		if d == nil {
			return
		}
		for _, v := range d.Violations() {
			if v.Kind == schema.WrongType {
				p.report(d.File, v.Value.Span, wrongTypeMessage(d, v), wrongTypeFixes(d, v)...)
			}
		}
	},
}

func wrongTypeMessage(d *schema.Document, v schema.Violation) string {
	found := shown(d.File, v.Value)
	switch {
	case v.Field.Type == "object" && v.Index >= 0 && v.Value.Kind == schema.Null:
		return fmt.Sprintf("`%s` must be an object, not null. A host takes it as left out. Write `{}`, or leave the key out.", v.Field.Key)
	case v.Index < 0:
		return fmt.Sprintf("`config.json` must be an object, not %s. A host refuses the task. Write `{}` for the defaults.", found)
	case v.Field.Type == "object":
		return fmt.Sprintf("`%s` must be an object, not %s. A host refuses the task. Write `{}` for the defaults.", v.Field.Key, found)
	case v.Value.Kind == schema.Null:
		return fmt.Sprintf("`%s` must be %s, not null. A host takes it as left out. Write its value, or leave the key out.", v.Field.Key, article(v.Field.Type))
	case v.Value.Kind == schema.Number && v.Field.Type == "integer":
		return fmt.Sprintf("`%s` must be written as an integer, not as %s. A host answers `Bad execution request`, even where the value is whole. Write its digits alone.", v.Field.Key, found)
	}
	remedy := fmt.Sprintf("Its default is %s.", v.Field.Default)
	if literal, ok := converted(v); ok {
		remedy = fmt.Sprintf("Write %s.", literal)
	}
	return fmt.Sprintf("`%s` must be %s, not %s. A host answers `Bad execution request`. %s", v.Field.Key, article(v.Field.Type), found, remedy)
}

func article(kind string) string {
	if kind == "integer" {
		return "an integer"
	}
	return "a " + kind
}

// shown is a value for a message: a scalar as it stands, cut where it is long.
func shown(f *text.File, v *schema.Value) string {
	switch v.Kind {
	case schema.Object, schema.Array:
		return v.Kind.String()
	default:
		return text.Quote(f.Slice(v.Span))
	}
}

// wrongTypeFixes converts the value where nothing is lost, and else offers the default.
func wrongTypeFixes(d *schema.Document, v schema.Violation) []Fix {
	replace := func(title, literal string, preferred bool) Fix {
		return edit(title, preferred, d.File, text.Edit{Span: v.Value.Span, New: literal})
	}
	if v.Index < 0 {
		return []Fix{replace("Write the documented defaults instead", strings.TrimSuffix(schema.DefaultConfig(d.File.Newline()), d.File.Newline()), false)}
	}
	if v.Field.Type == "object" {
		return []Fix{replace("Write the documented defaults instead", defaultResource(d, d.File.Newline()+d.File.Indent(v.Value.Span.Start)), false)}
	}
	var fixes []Fix
	if literal, ok := converted(v); ok {
		fixes = safely(replace("Convert to "+literal, literal, true))
		if literal == v.Field.Default {
			return fixes
		}
	}
	return append(fixes, replace(fmt.Sprintf("Use the default, %s", v.Field.Default), v.Field.Default, len(fixes) == 0))
}

// converted is the value as a literal of the field's type, where it says the same.
func converted(v schema.Violation) (literal string, ok bool) {
	said := strings.TrimSpace(v.Value.Text)
	switch v.Field.Type {
	case "integer":
		if v.Value.Kind != schema.Number && v.Value.Kind != schema.String || len(said) > 30 {
			return "", false
		}
		if _, exponent, _ := strings.Cut(strings.ToLower(said), "e"); len(exponent) > 3 || strings.ContainsAny(said, "/_xXpPbBoO") {
			return "", false
		}
		n, valid := new(big.Rat).SetString(said)
		if !valid || !n.IsInt() || !n.Num().IsInt64() {
			return "", false
		}
		return n.Num().String(), true
	case "boolean":
		switch strings.ToLower(said) {
		case "true", "1":
			return "true", v.Value.Kind != schema.Null
		case "false", "0":
			return "false", v.Value.Kind != schema.Null
		}
	}
	return "", false
}
