package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

func read1(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCodeLens(t *testing.T) {
	dir := clean(t).write(t, filepath.Join(t.TempDir(), "a b"))
	e := begin(t, Options{}, dir)
	for name, line := range map[string]int{"config.json": 2, "Dockerfile": 0, "example_input.bin": 0} {
		uri := e.OpenFile(filepath.Join(dir, name))
		if name == "config.json" {
			e.Change(uri, "{\n\n \"resource\": {}}")
		}
		list := e.Lenses(uri)
		if titles := editortest.Titles(list); !slices.Equal(titles, []string{"▶ Run example", "Build image"}) {
			t.Errorf("%s: %v", name, titles)
			continue
		}
		for i, command := range []string{"meca.run", "meca.build"} {
			l := list[i]
			if l.Range.Start != (editortest.Position{Line: line}) || l.Command.Command != command {
				t.Errorf("%s: %+v", name, l)
			}
			if len(l.Command.Arguments) != 1 || l.Command.Arguments[0].(object)["folder"] != editortest.URI(dir) {
				t.Errorf("%s: arguments %v", name, l.Command.Arguments)
			}
		}
	}
	broken := configOf(dir)
	e.Change(broken, "no json")
	if list := e.Lenses(broken); len(list) != 2 || list[0].Range.Start.Line != 0 {
		t.Errorf("without a resource key: %+v", list)
	}
	if list := e.Lenses(e.OpenFile(filepath.Join(dir, "name.txt"))); len(list) != 0 {
		t.Errorf("on name.txt: %+v", list)
	}
	if list := e.Lenses(editortest.URI(filepath.Join(dir, "src/config.json"))); len(list) != 0 {
		t.Errorf("on another config.json: %+v", list)
	}
	e = sessionOn(t, Options{}, full(), object{"codeLens": false}, dir)
	if list := e.Lenses(e.OpenFile(filepath.Join(dir, "config.json"))); len(list) != 0 {
		t.Errorf("switched off: %+v", list)
	}
}

// hover asks for the documentation at a place.
func hover(e *editortest.Editor, uri string, line, character int) (kind, value string, at any) {
	var h struct {
		Contents struct{ Kind, Value string }
		Range    any
	}
	e.Call("textDocument/hover", object{"textDocument": object{"uri": uri}, "position": object{"line": line, "character": character}}, &h)
	return h.Contents.Kind, h.Contents.Value, h.Range
}

func TestHover(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	for _, able := range []bool{true, false} {
		caps := full()
		if !able {
			caps = without("textDocument", "hover")
		}
		e := sessionOn(t, Options{}, caps, nil, dir)
		uri := e.Open(filepath.Join(dir, "config.json"), faultyConfig)
		kind, value, at := hover(e, uri, 0, 16)
		if want := map[bool]string{true: "markdown", false: "plaintext"}[able]; kind != want || at == nil {
			t.Errorf("%v: kind %q at %v", able, kind, at)
		}
		if !strings.Contains(value, "cpu") || able != strings.Contains(value, "**cpu**") || !able && strings.ContainsAny(value, "`*") {
			t.Errorf("%v: %s", able, value)
		}
		kind, value, _ = hover(e, uri, 0, 22)
		if !strings.Contains(value, "docs/rules/config-wrong-type.md") || able != strings.Contains(value, "](http") || kind == "" {
			t.Errorf("%v, on a finding: %s", able, value)
		}
		if _, value, _ := hover(e, uri, 0, 0); value != "" {
			t.Errorf("%v, on nothing: %s", able, value)
		}
		docker := e.Open(filepath.Join(dir, "Dockerfile"), "FROM scratch\nEXPOS 8080\n")
		if _, value, _ := hover(e, docker, 1, 2); !strings.Contains(value, "dockerfile-syntax") {
			t.Errorf("%v, on a Dockerfile: %s", able, value)
		}
		if _, value, _ := hover(e, editortest.URI("/no/such"), 1, 2); value != "" {
			t.Errorf("%v, nowhere: %s", able, value)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"**a** · `b` * c":             "a · b * c",
		"see [the page](http://x/y).": "see the page (http://x/y).",
		"an [open one":                "an [open one",
		"[a] (b)":                     "[a] (b)",
		"x\n\n---\n\ny":               "x\n\ny",
		"[`code`](u) and [more](v)":   "code (u) and more (v)",
		"":                            "",
		"`":                           "",
		"[](":                         "[](",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

type completionItem struct {
	Label            string
	FilterText       string
	InsertTextFormat int
	Documentation    struct{ Kind string }
	TextEdit         editortest.TextEdit
}

func TestCompletion(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	for _, able := range []bool{true, false} {
		caps := full()
		if !able {
			caps = without("textDocument", "completion")
		}
		e := sessionOn(t, Options{}, caps, nil, dir)
		uri := e.Open(filepath.Join(dir, "config.json"), "{\n \"resource\": {\"cpu\": 1, \"m\"}}")
		ask := func(line, character int) (list []completionItem) {
			e.Call("textDocument/completion", object{"textDocument": object{"uri": uri}, "position": object{"line": line, "character": character}}, &list)
			return list
		}
		list := ask(1, 26)
		at := slices.IndexFunc(list, func(i completionItem) bool { return i.Label == "mem" })
		if at < 0 {
			t.Fatalf("no mem in %+v", list)
		}
		mem := list[at]
		if snippet := strings.Contains(mem.TextEdit.NewText, "${"); able != snippet || able != (mem.InsertTextFormat == 2) {
			t.Errorf("%v: %+v", able, mem)
		}
		if want := map[bool]string{true: "markdown", false: "plaintext"}[able]; mem.Documentation.Kind != want {
			t.Errorf("%v: documentation as %s", able, mem.Documentation.Kind)
		}
		if mem.FilterText != `"mem"` || e.Underlined(uri, mem.TextEdit.Range) != `"m"` {
			t.Errorf("%v: %+v", able, mem)
		}
		e.Change(uri, "\n\n")
		for _, item := range ask(1, 0) {
			if r := item.TextEdit.Range; r.Start.Line != 1 || r.End.Line != 1 {
				t.Errorf("an edit beyond the cursor's line: %+v", item)
			}
		}
		docker := e.OpenFile(filepath.Join(dir, "Dockerfile"))
		e.Call("textDocument/completion", object{"textDocument": object{"uri": docker}, "position": object{"line": 0, "character": 0}}, &list)
		if len(list) != 0 {
			t.Errorf("completion in a Dockerfile: %+v", list)
		}
	}
}
