package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configDuplicateKey = Rule{
	Code: "config-duplicate-key", Severity: Warning,
	Doc: "a key of config.json is there twice",
	check: func(p *Pass) {
		if d, _ := p.config(); d != nil {
			duplicates(p, d, d.Root)
		}
	},
}

// duplicates looks at an object, and at those in it.
func duplicates(p *Pass, d *schema.Document, object *schema.Value) {
	last := make(map[string]int, len(object.Members)) // of each key, in lower case
	for i, later := range object.Members {
		duplicates(p, d, later.Value)
		lower := strings.ToLower(later.Key)
		j, again := last[lower]
		if last[lower] = i; !again || p.isFull() {
			continue
		}
		earlier, key := object.Members[j], text.Quote(later.Key)
		message := fmt.Sprintf("%s is there twice. A host takes the last one. Remove the one that you do not mean.", key)
		if earlier.Key != later.Key {
			message = fmt.Sprintf("%s is there already, as %s. A host's executor does not tell letter cases apart, and takes the last one; the desktop app does. Remove the one that you do not mean.", key, text.Quote(earlier.Key))
		}
		f := p.report(d.File, later.KeySpan, message,
			edit(fmt.Sprintf("Remove the earlier %q", text.Clip(earlier.Key, 40)), true, d.File, d.RemoveMember(object, j)))
		f.Related = []Related{{File: d.File, Span: earlier.KeySpan, Message: "The earlier one."}}
	}
	for _, item := range object.Items {
		duplicates(p, d, item)
	}
}
