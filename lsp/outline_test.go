package lsp

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// reading are the capabilities of an editor that can all that only reads.
func reading() object {
	caps := full()
	document, workspace := caps["textDocument"].(object), caps["workspace"].(object)
	for name, value := range map[string]object{
		"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}, "documentLink": {"tooltipSupport": true}, "foldingRange": {"lineFoldingOnly": true},
		"selectionRange": {}, "formatting": {}, "rangeFormatting": {"rangesSupport": true}, "definition": {"linkSupport": true}, "references": {},
		"documentHighlight": {}, "inlayHint": {},
	} {
		document[name] = value
	}
	workspace["symbol"], workspace["inlayHint"] = object{}, object{"refreshSupport": true}
	workspace["fileOperations"] = object{"willRename": true}
	workspace["workspaceEdit"].(object)["changeAnnotationSupport"] = object{}
	return caps
}

// lacking are these capabilities without one.
func lacking(keys ...string) object {
	caps := reading()
	at := caps
	for _, key := range keys[:len(keys)-1] {
		at = at[key].(object)
	}
	delete(at, keys[len(keys)-1])
	return caps
}

// ask asks for something about a whole document.
func ask[T any](e *editortest.Editor, method, uri string, more object) (result T) {
	params := object{"textDocument": object{"uri": uri}}
	for k, v := range more {
		params[k] = v
	}
	e.Call("textDocument/"+method, params, &result)
	return result
}

// What the client does not know is not offered; what it knows is.
func TestOffersWhatTheClientCan(t *testing.T) {
	for offered, keys := range map[string][]string{
		"documentSymbolProvider": {"textDocument", "documentSymbol"}, "workspaceSymbolProvider": {"workspace", "symbol"},
		"documentLinkProvider": {"textDocument", "documentLink"}, "foldingRangeProvider": {"textDocument", "foldingRange"},
		"selectionRangeProvider": {"textDocument", "selectionRange"},
		"definitionProvider":     {"textDocument", "definition"}, "referencesProvider": {"textDocument", "references"},
		"documentHighlightProvider": {"textDocument", "documentHighlight"}, "inlayHintProvider": {"textDocument", "inlayHint"},
	} {
		with := start(t, Options{}).Initialize(editortest.Config{Capabilities: reading()}).At("capabilities").(object)
		without := start(t, Options{}).Initialize(editortest.Config{Capabilities: lacking(keys...)}).At("capabilities").(object)
		if with[offered] == nil || without[offered] != nil {
			t.Errorf("%s: %v with it, %v without", offered, with[offered], without[offered])
		}
		if len(with)-len(without) != 1 {
			t.Errorf("%s: other capabilities changed too", offered)
		}
	}
	for _, caps := range []object{{}, reading()} {
		r := start(t, Options{}).Initialize(editortest.Config{Capabilities: caps})
		several := r.At("capabilities", "documentRangeFormattingProvider", "rangesSupport")
		if r.At("capabilities", "documentFormattingProvider") != true || r.At("capabilities", "documentRangeFormattingProvider") == nil || (several == true) != (len(caps) > 0) {
			t.Errorf("formatting: %v", r)
		}
	}
}

// TestPlainJSON leaves to the editor what it has for any JSON, and nothing else.
func TestPlainJSON(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := start(t, Options{})
	r := e.Initialize(editortest.Config{Capabilities: reading(), Options: object{"plainJson": false}, Roots: []string{dir}})
	if caps := r.At("capabilities").(object); caps["documentFormattingProvider"] != nil || caps["documentRangeFormattingProvider"] != nil || caps["foldingRangeProvider"] == nil {
		t.Errorf("%v", caps)
	}
	config, docker := e.Open(filepath.Join(dir, "config.json"), "{\n\"resource\":{\n\n}\n}"), e.OpenFile(filepath.Join(dir, "Dockerfile"))
	more := object{"positions": []any{object{"line": 0, "character": 0}}, "options": object{"tabSize": 2}}
	for _, method := range []string{"documentSymbol", "foldingRange", "selectionRange", "formatting"} {
		if got := ask[[]any](e, method, config, more); len(got) != 0 {
			t.Errorf("%s: %v", method, got)
		}
		if got := ask[[]any](e, method, docker, more); method != "formatting" && len(got) == 0 {
			t.Errorf("%s of a Dockerfile: %v", method, got)
		}
	}
	if got := labels(hintsOf(e, config)); got == "" {
		t.Error("no hints")
	}
}

type symbolNode struct {
	Name, Detail          string
	Kind                  int
	Range, SelectionRange editortest.Range
	Children              []symbolNode
}

func (n symbolNode) String() string {
	s := fmt.Sprintf("%s|%d", n.Name, n.Kind)
	if n.Detail != "" {
		s += "|" + n.Detail
	}
	if len(n.Children) > 0 {
		s += fmt.Sprint(n.Children)
	}
	return s
}

func TestDocumentSymbols(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), nil, dir)
	config := e.Open(filepath.Join(dir, "config.json"), "{\r\n\"😀\": [{\"a\": null}], \"resource\": {\"cpu\": 1, \"\": \"x\", \"use_gpu\": true}}")
	tree := ask[[]symbolNode](e, "documentSymbol", config, nil)
	if got, want := fmt.Sprint(tree), `[😀|18 resource|19[cpu|16|1 ""|15|"x" use_gpu|17|true]]`; got != want {
		t.Errorf("config.json: %s, want %s", got, want)
	}
	if got := e.Underlined(config, tree[0].Range); got != `"😀": [{"a": null}]` {
		t.Errorf("a range is %q", got)
	}
	if got := e.Underlined(config, tree[1].SelectionRange); got != `"resource"` {
		t.Errorf("a name's range is %q", got)
	}
	docker := e.Open(filepath.Join(dir, "Dockerfile"), "ARG V=3\nFROM python:3.9-slim AS build\nRUN a \\\n b\nFROM build\nEXPOSE 8080\nCMD [\"x\"]\n")
	tree = ask[[]symbolNode](e, "documentSymbol", docker, nil)
	if got, want := fmt.Sprint(tree), `[ARG V=3|13 FROM python:3.9-slim AS build|2[RUN a b|6] FROM build|2[EXPOSE 8080|11 CMD x|12]]`; got != want {
		t.Errorf("Dockerfile: %s, want %s", got, want)
	}
	if got := e.Underlined(docker, tree[1].Range); got != "FROM python:3.9-slim AS build\nRUN a \\\n b" {
		t.Errorf("a stage is %q", got)
	}
	e.Change(docker, "")
	for _, uri := range []string{docker, e.OpenFile(filepath.Join(dir, "name.txt")), editortest.URI("/no/such")} {
		if list := ask[[]symbolNode](e, "documentSymbol", uri, nil); list == nil || len(list) != 0 {
			t.Errorf("%s: %v", uri, list)
		}
	}
	settings := e.Open(filepath.Join(dir, ".meca-lsp.json"), `{"rules": {"empty-file": "off"}}`)
	if got, want := fmt.Sprint(ask[[]symbolNode](e, "documentSymbol", settings, nil)), `[rules|19[empty-file|15|"off"]]`; got != want {
		t.Errorf("settings: %s", got)
	}
}

func TestFlatSymbols(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	caps := reading()
	caps["textDocument"].(object)["documentSymbol"] = object{}
	e := sessionOn(t, Options{}, caps, nil, dir)
	config := e.OpenFile(filepath.Join(dir, "config.json"))
	type flat struct {
		Name, ContainerName string
		Location            struct{ URI string }
		Children            json.RawMessage
	}
	list := ask[[]flat](e, "documentSymbol", config, nil)
	if len(list) != 5 || list[0].Name != "resource" || list[1].ContainerName != "resource" || list[1].Location.URI != config || list[0].Children != nil {
		t.Errorf("%+v", list)
	}
}

// An outline is bounded, however large or deep the text.
func TestSymbolsAreBounded(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), nil, dir)
	config := e.Open(filepath.Join(dir, "config.json"), "{"+strings.Repeat(`"a":1,`, 5_000)+`"b":1}`)
	if n := len(ask[[]symbolNode](e, "documentSymbol", config, nil)); n != maxSymbols {
		t.Errorf("%d symbols", n)
	}
	e.Change(config, "{"+strings.Repeat(`"a":1,`, 50_000)+`"b":1}`)
	if n := len(ask[[]symbolNode](e, "documentSymbol", config, nil)); n != 0 {
		t.Errorf("%d symbols of a large file", n)
	}
	e.Change(config, strings.Repeat(`{"a":`, 5_000)+"1"+strings.Repeat("}", 5_000))
	depth, at := 0, ask[[]symbolNode](e, "documentSymbol", config, nil)
	for ; len(at) > 0; at = at[0].Children {
		depth++
	}
	if depth != maxSymbolLevel {
		t.Errorf("%d deep", depth)
	}
	docker := e.Open(filepath.Join(dir, "Dockerfile"), "FROM a\n"+strings.Repeat("RUN b\n", 30_000))
	if list := ask[[]symbolNode](e, "documentSymbol", docker, nil); len(list) != 1 || len(list[0].Children) != maxSymbols-1 {
		t.Errorf("%d stages", len(list))
	}
}

func TestWorkspaceSymbols(t *testing.T) {
	root := t.TempDir()
	clean(t).with(tree{"name.txt": "Word counter\n"}).write(t, filepath.Join(root, "one"))
	clean(t).with(tree{"name.txt": " Wind <b>map</b> "}).write(t, filepath.Join(root, "deep", "two"))
	clean(t).with(tree{"name.txt": ""}).write(t, filepath.Join(root, "three"))
	e := sessionOn(t, Options{}, reading(), nil, root)
	for _, dir := range []string{"one", "deep/two", "three"} {
		e.Await(editortest.ForVersion(e.OpenFile(filepath.Join(root, dir, "config.json")), 1))
	}
	name := e.OpenFile(filepath.Join(root, "one", "name.txt"))
	type info struct {
		Name, ContainerName string
		Kind                int
		Location            struct {
			URI   string
			Range editortest.Range
		}
	}
	find := func(query string) (names []string, list []info) {
		e.Call("workspace/symbol", object{"query": query}, &list)
		for _, one := range list {
			names = append(names, one.Name)
		}
		return names, list
	}
	for query, want := range map[string][]string{
		"": {"Wind <b>map</b>", "Word counter", "three"}, "w": {"Wind <b>map</b>", "Word counter"}, "counter": {"Word counter"}, "wmp": {"Wind <b>map</b>"},
		"WORD COUNTER": {"Word counter"}, "two": {"Wind <b>map</b>"}, "thr": {"three"}, "wdc": {"Word counter"}, "xyz": nil, "rw": nil,
	} {
		got, _ := find(query)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
	_, list := find("word counter")
	if list[0].Location.URI != name || e.Underlined(name, list[0].Location.Range) != "Word counter" || list[0].ContainerName != "one" {
		t.Errorf("%+v", list[0])
	}
	_, list = find("three")
	if list[0].Location.URI != configOf(filepath.Join(root, "three")) {
		t.Errorf("a task without a name: %+v", list[0])
	}
	e.Refused(wrongParams, "workspace/symbol", []any{1})
}

func TestLoosenessOf(t *testing.T) {
	for _, c := range []struct {
		query, name string
		looser      int
		ok          bool
	}{
		{"", "x", 0, true}, {"ab", "ab", 0, true}, {"a", "ab", 1, true}, {"b", "ab", 2, true}, {"ac", "abc", 4, true}, {"a c", "ac", 3, true},
		{"ba", "ab", 3, false}, {"ää", "xäyä", 4, true}, {"abc", "ab", 3, false},
	} {
		if looser, ok := loosenessOf(c.query, c.name); ok != c.ok || ok && looser != c.looser {
			t.Errorf("%q in %q: %d, %v", c.query, c.name, looser, ok)
		}
	}
}

func TestFolding(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	config, docker := "{\n  \"resource\": {\n    \"cpu\": [1,\n 2]\n  },\n  \"a\": {}\n}\n", "# a\n# b\nFROM a\nRUN b \\\n c\nCMD x"
	for _, c := range []struct {
		name, config, docker string
		caps                 object
	}{
		{"lines", "0-5 1-3", "0-1comment 2-5 3-4", object{"lineFoldingOnly": true}},
		{"characters", "0:1-6:0 1:15-4:2 2:12-3:2", "0-1comment 2-5 3-4", object{}},
		{"a limit", "0:1-6:0", "0-1comment", object{"rangeLimit": 1}},
		{"no sense", "0:1-6:0 1:15-4:2 2:12-3:2", "0-1comment 2-5 3-4", object{"rangeLimit": -1, "lineFoldingOnly": "yes"}},
	} {
		caps := reading()
		caps["textDocument"].(object)["foldingRange"] = c.caps
		e := sessionOn(t, Options{}, caps, nil, dir)
		for uri, want := range map[string]string{e.Open(filepath.Join(dir, "config.json"), config): c.config, e.Open(filepath.Join(dir, "Dockerfile"), docker): c.docker} {
			if got := foldsOf(e, uri); got != want {
				t.Errorf("%s: %s, want %s", c.name, got, want)
			}
		}
		uri := configOf(dir)
		for _, broken := range []string{"", "{", "}\n}", "{\n[\n"} {
			e.Change(uri, broken)
			if got := foldsOf(e, uri); got != "" {
				t.Errorf("%s: %q is folded at %s", c.name, broken, got)
			}
		}
	}
}

func foldsOf(e *editortest.Editor, uri string) string {
	type fold struct {
		StartLine, EndLine           int
		StartCharacter, EndCharacter *int
		Kind                         string
	}
	var got []string
	for _, f := range ask[[]fold](e, "foldingRange", uri, nil) {
		at := func(line int, character *int) string {
			if character == nil {
				return fmt.Sprint(line)
			}
			return fmt.Sprintf("%d:%d", line, *character)
		}
		got = append(got, at(f.StartLine, f.StartCharacter)+"-"+at(f.EndLine, f.EndCharacter)+f.Kind)
	}
	return strings.Join(got, " ")
}

type selection struct {
	Range  editortest.Range
	Parent *selection
}

func TestSelectionRanges(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
		caps := reading()
		caps["general"] = object{"positionEncodings": []string{encoding}}
		e := sessionOn(t, Options{}, caps, nil, dir)
		content := "{\r\n\"😀\": \"ä b\"}"
		uri := e.Open(filepath.Join(dir, "config.json"), content)
		f := text.New("", content)
		enc := map[string]text.Encoding{"utf-8": text.UTF8, "utf-16": text.UTF16, "utf-32": text.UTF32}[encoding]
		at := f.Position(strings.Index(content, "b"), enc)
		list := ask[[]selection](e, "selectionRange", uri, object{"positions": []any{object{"line": at.Line, "character": at.Column}, object{"line": 99, "character": 0}}})
		if len(list) != 2 {
			t.Fatalf("%s: %+v", encoding, list)
		}
		var got []string
		for s := &list[0]; s != nil; s = s.Parent {
			got = append(got, e.Underlined(uri, s.Range))
		}
		if diff := cmp.Diff([]string{"ä b", `"ä b"`, `"😀": "ä b"`, content}, got); diff != "" {
			t.Errorf("%s: %s", encoding, diff)
		}
		docker := e.Open(filepath.Join(dir, "Dockerfile"), "FROM a\nRUN b\n")
		list = ask[[]selection](e, "selectionRange", docker, object{"positions": []any{object{"line": 1, "character": 5}}})
		if len(list) != 1 || e.Underlined(docker, list[0].Range) != "b" || e.Underlined(docker, list[0].Parent.Range) != "RUN b" {
			t.Errorf("%s: %+v", encoding, list)
		}
		many := make([]any, maxSelections+5)
		for i := range many {
			many[i] = object{"line": 0, "character": 1}
		}
		if list := ask[[]selection](e, "selectionRange", docker, object{"positions": many}); len(list) != len(many) || list[len(many)-1].Parent != nil {
			t.Errorf("%s: %d of %d places", encoding, len(list), len(many))
		}
		if list := ask[[]selection](e, "selectionRange", e.OpenFile(filepath.Join(dir, "name.txt")), object{"positions": many}); list != nil {
			t.Errorf("%s: in name.txt %v", encoding, list)
		}
	}
}
