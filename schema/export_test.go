package schema

import (
	"net/url"
	"slices"
	"strings"
)

// SchemaBreaks gives the places where the document breaks the JSON Schema alone, before anything is said of its literals, as
// "POINTER KEYWORD" in order.
func (d *Document) SchemaBreaks() []string {
	found := []string{}
	for _, leaf := range leaves(load().schema, plain(d.Root)) {
		place, err := url.PathUnescape(leaf.InstanceLocation)
		if err != nil {
			panic(err) // the validator escaped it
		}
		keyword := leaf.KeywordLocation[strings.LastIndexByte(leaf.KeywordLocation, '/')+1:]
		if keyword == "unevaluatedProperties" && (place == "" || place == "/resource") { // the validator leaves out the empty key
			place += "/"
		}
		found = append(found, place+" "+keyword)
	}
	slices.Sort(found)
	return found
}
