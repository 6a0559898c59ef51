package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configGPUMismatch = Rule{
	Code: "config-gpu-mismatch", Severity: Warning,
	Doc: "use_gpu and gpu_count of config.json do not go together",
	check: func(p *Pass) {
		d, resource := p.config()
		if resource == nil {
			return
		}
		use, count := resource.Member("use_gpu"), resource.Member("gpu_count")
		wanted := use != nil && use.Value.Kind == schema.True
		unwanted := use == nil || use.Value.Kind == schema.False
		n, counted := countOf(count)
		switch {
		case unwanted && counted && n > 0:
			p.report(d.File, count.Value.Span, fmt.Sprintf("`gpu_count` is %d, but `use_gpu` is not true. A host gives the task no GPU. Set `use_gpu` to true, or `gpu_count` to 0.", n),
				setMember(d, resource, "use_gpu", "true")...)
		case wanted && (count == nil || counted && n == 0):
			absent := "is 0"
			if count == nil {
				absent = "is left out"
			}
			p.report(d.File, use.Value.Span, "`use_gpu` is true, but `gpu_count` "+absent+". A host gives the task every idle GPU that it has. Say how many in `gpu_count`.",
				setMember(d, resource, "gpu_count", "1")...)
		}
	},
}

// countOf is a member's number; not counted where it has none that a host reads.
func countOf(m *schema.Member) (n int64, counted bool) {
	if m == nil || m.Value.Kind != schema.Number {
		return 0, false
	}
	_, err := fmt.Sscanf(m.Value.Text+"\n", "%d\n", &n)
	return n, err == nil
}

// setMember is the fix that gives a key of an object a value.
func setMember(d *schema.Document, object *schema.Value, key, literal string) []Fix {
	title := fmt.Sprintf("Set %q to %s", key, literal)
	if m := object.Member(key); m != nil {
		return []Fix{edit(title, true, d.File, text.Edit{Span: m.Value.Span, New: literal})}
	}
	return adding(title, true, d, object, []schema.NewMember{{Key: key, Literal: literal}})
}
