package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configOutOfRange = Rule{
	Code: "config-out-of-range", Severity: Error,
	Doc: "a number of config.json is smaller or larger than any host accepts",
	check: func(p *Pass) {
		d, _ := p.config()
		if d == nil {
			return
		}
		for _, v := range d.Violations() {
			if v.Kind != schema.OutOfRange {
				continue
			}
			replace := func(title, literal string, preferred bool) Fix {
				return edit(title, preferred, d.File, text.Edit{Span: v.Value.Span, New: literal})
			}
			var fixes []Fix
			if tooSmall(v) && v.Min != v.Field.Default {
				fixes = append(fixes, replace("Set to the least legal value, "+v.Min, v.Min, false))
			}
			fixes = append(fixes, replace("Use the default, "+v.Field.Default, v.Field.Default, true))
			p.report(d.File, v.Value.Span, outOfRangeMessage(d, v), fixes...)
		}
	},
}

// tooSmall tells the two ways out of a field's range apart: no field's upper bound is below zero, and none is near its lower one.
func tooSmall(v schema.Violation) bool {
	return strings.HasPrefix(v.Value.Text, "-") || len(v.Value.Text) < 3
}

func outOfRangeMessage(d *schema.Document, v schema.Violation) string {
	found := shown(d.File, v.Value)
	if !tooSmall(v) {
		return fmt.Sprintf("`%s` is %s, more than a host can decode (64-bit integers). A host answers `Bad execution request`.", v.Field.Key, found)
	}
	reason := "A host refuses the task."
	switch {
	case isZero(v.Value) && (v.Field.Key == "cpu" || v.Field.Key == "mem"):
		reason = "A host takes 0 as left out, and answers `invalid resource limit` unless both `cpu` and `mem` are."
	case v.Field.Key == "mem":
		reason = "Docker gives no container less than 6 MB, so that a host cannot start the task."
	}
	return fmt.Sprintf("`%s` is %s, and must be at least %s. %s", v.Field.Key, found, v.Min, reason)
}
