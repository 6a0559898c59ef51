package lsp

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// wishes are values of settings by their keys, as one source gave them. A null stands for the default.
type wishes map[string]node

// readWishes takes the values out of the object that a client has under `meca`: nested, or with dots in its keys. What is no setting is
// said in sentences.
func readWishes(meca node) (w wishes, wrong []string) {
	w = wishes{}
	if _, ok := meca.value.(map[string]any); !ok && meca.value != nil {
		return w, []string{"The settings under meca must be an object."}
	}
	wrong = w.gather("", meca)
	return w, wrong
}

func (w wishes) gather(prefix string, object node) (wrong []string) {
	members, _ := object.value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		key, v := prefix+name, node{members[name]}
		switch {
		case isSetting(key):
			w[key] = v
		case isSetting(key+".enable") && !v.object():
			w[key+".enable"] = v
		case isGroup(key) && (v.object() || v.value == nil):
			wrong = append(wrong, w.gather(key+".", v)...)
		case isGroup(key):
			wrong = append(wrong, fmt.Sprintf("meca.%s must be an object.", key))
		default:
			wrong = append(wrong, noSetting(key))
		}
	}
	return wrong
}

func isSetting(key string) bool {
	return slices.ContainsFunc(settingsTable(), func(s setting) bool { return s.key == key })
}

// isGroup reports whether settings are under a key.
func isGroup(key string) bool {
	return slices.ContainsFunc(settingsTable(), func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

func noSetting(key string) string {
	best, distance := "", 4
	for _, s := range settingsTable() {
		if d := text.Distance(key, s.key); d < distance {
			best, distance = s.key, d
		}
	}
	if key = text.Clip(text.Plain(key), 100); best != "" {
		return fmt.Sprintf("There is no setting meca.%s. Did you mean meca.%s?", key, best)
	}
	return fmt.Sprintf("There is no setting meca.%s.", key)
}

// over gives the wishes of w, and those of below where w says nothing.
func (w wishes) over(below wishes) wishes {
	all := maps.Clone(below)
	if all == nil {
		all = wishes{}
	}
	maps.Copy(all, w)
	return all
}

// config makes the wishes settings. Values of the wrong type are said in sentences; for them the default counts.
func (w wishes) config(c config, trusted bool) (*config, []string) {
	var wrong []string
	for _, s := range settingsTable() {
		v, said := w[s.key]
		if !said || v.value == nil || s.read == nil || s.restricted && !trusted {
			continue
		}
		for _, fault := range s.read(&c, v) {
			wrong = append(wrong, fmt.Sprintf("meca.%s %s", s.key, fault))
		}
	}
	return &c, wrong
}

// readRules takes up what can be read of an object of codes and severities.
func readRules(c *config, v node) (wrong []string) {
	object, ok := v.value.(map[string]any)
	if !ok {
		return []string{"must be an object of codes and severities."}
	}
	c.rules = diagnostics.Settings{}
	for _, code := range slices.Sorted(maps.Keys(object)) {
		name, isText := object[code].(string)
		if !isText {
			name = "?"
		}
		if err := c.rules.SetRule(code + "=" + name); err != nil {
			wrong = append(wrong, "is wrong: "+err.Error()+".")
		}
	}
	return wrong
}

func (c *config) equal(other *config) bool { return c == other || reflect.DeepEqual(c, other) }
