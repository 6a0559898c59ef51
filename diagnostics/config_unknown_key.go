package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

var configUnknownKey = Rule{
	Code: "config-unknown-key", Severity: Warning,
	Doc: "config.json has a key that no host reads",
	check: func(p *Pass) {
		d, _ := p.config()
		if d == nil {
			return
		}
		for _, v := range d.Violations() {
			if v.Kind != schema.UnknownKey || v.Object == nil || p.isFull() {
				continue
			}
			key := v.Object.Members[v.Index]
			meant := meantKey(d, v.Object, key.Key)
			message := text.Quote(key.Key) + " is no key of config.json. A host ignores it without a word."
			var fixes []Fix
			switch {
			case meant != "" && strings.EqualFold(meant, key.Key):
				message = fmt.Sprintf("%s must be written `%s`. A host's executor reads a key in any letter case, the desktop app does not.", text.Quote(key.Key), meant)
				if v.Object.Member(meant) == nil {
					fixes = append(fixes, rename(d, key, meant))
				}
			case meant != "" && v.Object.Member(meant) != nil:
				message += fmt.Sprintf(" `%s`, which it may stand for, is there already.", meant)
			case meant != "":
				message += fmt.Sprintf(" Did you mean `%s`?", meant)
				fixes = append(fixes, rename(d, key, meant))
			case v.Object == d.Root && belongsInResource(key.Key):
				message = fmt.Sprintf("`%s` is a key of `resource`, and not of the whole file. A host ignores it here without a word. Move it.", key.Key)
				fixes = append(fixes, moveIntoResource(d, v.Index)...)
			}
			fixes = append(fixes, edit(fmt.Sprintf("Remove %q", text.Clip(key.Key, 40)), false, d.File, d.RemoveMember(v.Object, v.Index)))
			p.report(d.File, key.KeySpan, message, fixes...)
		}
	},
}

// standIn is the member of an object that most likely stands for a key that is not there; nil where there is none.
func standIn(d *schema.Document, object *schema.Value, key string) *schema.Member {
	if object == nil || key == "" || len(object.Members) > maxFindings || object.Member(key) != nil {
		return nil
	}
	for i := range object.Members {
		if m := &object.Members[i]; meantKey(d, object, m.Key) == key && !isKnown(m.Key) {
			return m
		}
	}
	return nil
}

func isKnown(key string) bool {
	_, ok := schema.FieldOf(key)
	return ok
}

// rename is the fix that gives a member the key that it stands for.
func rename(d *schema.Document, m schema.Member, key string) Fix {
	return safely(edit(fmt.Sprintf("Rename to %q", key), true, d.File, text.Edit{Span: m.KeySpan, New: `"` + key + `"`}))[0]
}

// moveIntoResource is the fix that moves a member of the top level into resource, where that is an object that has none of its name.
func moveIntoResource(d *schema.Document, index int) []Fix {
	m, resource := d.Root.Members[index], d.Resource()
	if resource == nil || resource.Member(m.Key) != nil || m.Value.Kind == schema.Missing {
		return nil
	}
	members := []schema.NewMember{{Key: m.Key, Literal: d.File.Slice(m.Value.Span)}}
	if other := partner[m.Key]; other != "" && resource.Member(other) == nil { // a host refuses one without the other
		members = append(members, schema.NewMember{Key: other, Literal: schema.DefaultLiteral(other)})
	}
	return adding(fmt.Sprintf("Move %q into resource", m.Key), true, d, resource, members, d.RemoveMember(d.Root, index))
}

// aliases are the words that people write for a key of resource.
var aliases = map[string]string{
	"memory": "mem", "ram": "mem", "memory_mb": "mem",
	"cpus": "cpu", "cores": "cpu", "vcpu": "cpu",
	"gpu": "use_gpu", "needs_gpu": "use_gpu",
	"gpus": "gpu_count", "num_gpus": "gpu_count",
}

// meantKey is the key that a wrong one most likely stands for; "" where none is near.
func meantKey(d *schema.Document, object *schema.Value, key string) string {
	known := schema.Fields()
	if object == d.Root {
		known = schema.RootFields()
	} else if meant, ok := aliases[strings.ToLower(key)]; ok {
		return meant
	}
	best, distance := "", min(3, (len(key)+1)/2)
	for _, f := range known {
		if n := text.Distance(strings.ToLower(key), f.Key); n < distance {
			best, distance = f.Key, n
		}
	}
	return best
}

func belongsInResource(key string) bool {
	f, ok := schema.FieldOf(key)
	return ok && f.Type != "object"
}
