package lsp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// placeOf opens a document with the text around a bar, and gives the position of the bar in UTF-16.
func placeOf(e *editortest.Editor, path, marked string) (uri string, at object) {
	before, after, _ := strings.Cut(marked, "|")
	f := text.NewOpen("", before+after, false)
	p := f.Position(len(strings.TrimPrefix(before, text.BOM)), text.UTF16)
	return e.Open(path, before+after), object{"position": object{"line": p.Line, "character": p.Column}, "context": object{"includeDeclaration": true}}
}

type led struct {
	OriginSelectionRange, TargetRange, TargetSelectionRange editortest.Range
	TargetURI, URI                                          string
	Range                                                   editortest.Range
}

// places are where links lead, in short: the file and the line.
func placesOf(dir string, list []led) []string {
	got := []string{}
	for _, l := range list {
		uri, at := l.TargetURI, l.TargetSelectionRange.Start
		if uri == "" {
			uri, at = l.URI, l.Range.Start
		}
		got = append(got, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(uri, editortest.URI(dir)+"/"), at.Line, at.Character))
	}
	return got
}

var twoSources = tree{"src/app.py": "import os\nprint('😀', 'meca-init-done', flush=True)\n", "src/lib/a.py": "x", "test.py": "print('meca-init-done')\n"}

func TestDefinition(t *testing.T) {
	dir := clean(t).with(twoSources).write(t, t.TempDir())
	for _, able := range []bool{true, false} {
		caps := reading()
		if !able {
			caps = lacking("textDocument", "definition", "linkSupport")
		}
		e := sessionOn(t, Options{}, caps, nil, dir)
		for _, c := range []struct {
			name, marked, origin string
			want                 []string
		}{
			{"a source", "FROM a\nCOPY src/a|pp.py /\n", "src/app.py", []string{"src/app.py:0:0"}},
			{"a folder", "FROM a\nCOPY s|rc /\n", "src", []string{"src/app.py:0:0", "src/lib/a.py:0:0"}},
			{"a source in quotes", "# 😀\r\nFROM a\r\nCOPY [\"src|/app.py\", \"/\"]\r\n", "src/app.py", []string{"src/app.py:0:0"}},
			{"no source", "FROM a\nCOPY no|ne /\n", "", []string{}},
			{"a started file", "FROM a\nWORKDIR /x\nCOPY src .\nCMD [\"python\", \"lib/|a.py\"]\n", "lib/a.py", []string{"src/lib/a.py:0:0"}},
			{"the mark", "FROM a\nCOPY src /\nC|MD python app.py\n", "CMD python app.py", []string{"src/app.py:1:13"}},
			{"the mark, not copied", "FROM a\nC|MD python app.py\n", "CMD python app.py", []string{"src/app.py:1:13", "test.py:0:7"}},
			{"a variable", "FROM a\nENV A=1\nCOPY $|A /\n", "A", []string{"Dockerfile:1:4"}},
			{"a stage", "FROM a AS b\nFROM c\nCOPY --from=b| x /\n", "b", []string{"Dockerfile:0:10"}},
			{"nothing", "FROM a|\n", "", []string{}},
		} {
			uri, at := placeOf(e, filepath.Join(dir, "Dockerfile"), c.marked)
			list := ask[[]led](e, "definition", uri, at)
			if diff := cmp.Diff(c.want, placesOf(dir, list)); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
			if able && len(list) > 0 && e.Underlined(uri, list[0].OriginSelectionRange) != c.origin {
				t.Errorf("%s: from %q", c.name, e.Underlined(uri, list[0].OriginSelectionRange))
			}
			if len(list) > 0 && able != (list[0].TargetURI != "") {
				t.Errorf("%s: links %v, %+v", c.name, able, list[0])
			}
			e.Close(uri)
		}
		uri := e.OpenFile(filepath.Join(dir, "config.json"))
		if list := ask[[]led](e, "definition", uri, object{"position": object{"line": 0, "character": 0}}); list != nil {
			t.Errorf("in config.json: %v", list)
		}
	}
}

func TestReferences(t *testing.T) {
	docker := "FROM a AS b\nWORKDIR /x\nENV A=1\nCOPY src/ ./\nCOPY test.py ./\nCMD [\"python\", \"-u\", \"app.py\", \"$A\"]\nFROM b\nRUN $A\n"
	dir := clean(t).with(twoSources).with(tree{"Dockerfile": docker}).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), nil, dir)
	uri := e.OpenFile(filepath.Join(dir, "Dockerfile"))
	in := func(path string, line, character int, declarations bool) []string {
		return placesOf(dir, ask[[]led](e, "references", path, object{"position": object{"line": line, "character": character}, "context": object{"includeDeclaration": declarations}}))
	}
	app := e.OpenFile(filepath.Join(dir, "src/app.py"))
	other := e.OpenFile(filepath.Join(dir, "test.py"))
	for _, c := range []struct {
		name string
		got  []string
		want []string
	}{
		{"a variable", in(uri, 7, 5, true), []string{"Dockerfile:2:4", "Dockerfile:7:5"}},
		{"a variable's uses", in(uri, 7, 5, false), []string{"Dockerfile:7:5"}},
		{"a stage", in(uri, 6, 5, true), []string{"Dockerfile:0:10", "Dockerfile:6:5"}},
		{"a source's start", in(app, 0, 0, true), []string{"Dockerfile:3:5", "Dockerfile:5:22"}},
		{"the mark", in(app, 1, 14, true), []string{"Dockerfile:3:5", "Dockerfile:5:22"}},
		{"elsewhere in a source", in(app, 0, 3, true), []string{}},
		{"another file", in(other, 0, 0, true), []string{"Dockerfile:4:5"}},
		{"nothing", in(uri, 0, 5, true), []string{}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	type highlight struct {
		Range editortest.Range
		Kind  int
	}
	list := ask[[]highlight](e, "documentHighlight", uri, object{"position": object{"line": 2, "character": 4}})
	if len(list) != 2 || list[0].Kind != 3 || list[1].Kind != 2 || e.Underlined(uri, list[1].Range) != "A" {
		t.Errorf("%+v", list)
	}
	if list := ask[[]highlight](e, "documentHighlight", uri, object{"position": object{"line": 0, "character": 0}}); list != nil {
		t.Errorf("%+v", list)
	}
}
