package lsp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

type docLink struct {
	Range           editortest.Range
	Target, Tooltip string
}

func TestDocumentLinks(t *testing.T) {
	dir := clean(t).with(tree{"src/a b.py": "x", "src/app.py": "x"}).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), nil, dir)
	links := func(uri string) []string {
		got := []string{}
		for _, l := range ask[[]docLink](e, "documentLink", uri, nil) {
			if l.Tooltip == "" {
				t.Errorf("no tooltip: %+v", l)
			}
			got = append(got, e.Underlined(uri, l.Range)+" → "+strings.TrimPrefix(l.Target, editortest.URI(dir)))
		}
		return got
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"Dockerfile", "FROM a\nARG S=src\nCOPY ${S}/app.py ./src/app.py /x/\nCOPY src src/* no.py https://x.org/y /\nCOPY [\"src/a b.py\", \"/\"]\nCOPY --from=0 src/app.py .\n",
			[]string{"${S}/app.py → /src/app.py", "./src/app.py → /src/app.py", "src/a b.py → /src/a%20b.py"}},
		{"description.txt", "😀 See (https://en.wikipedia.org/wiki/A_(b)), http://x.org/?q=1. xhttps://no https:// file:///etc http:/no **https://y.org/**",
			[]string{"https://en.wikipedia.org/wiki/A_(b) → https://en.wikipedia.org/wiki/A_(b)", "http://x.org/?q=1 → http://x.org/?q=1", "https://y.org/ → https://y.org/"}},
		{"name.txt", "no link", []string{}},
		{".meca-lsp.json", `{"rules": {"empty-file": "off", "no-such": "off"}}`,
			[]string{"empty-file → https://github.com/meca-lsp/meca-lsp/blob/main/docs/rules/empty-file.md"}},
		{".meca-lsp.json", `{"rules": 5}`, []string{}},
		{"config.json", `{"a": "https://x.org"}`, []string{}},
	} {
		uri := e.Open(filepath.Join(dir, c.name), c.text)
		if diff := cmp.Diff(c.want, links(uri)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		e.Close(uri)
	}
	e = sessionOn(t, Options{}, lacking("textDocument", "documentLink", "tooltipSupport"), nil, dir)
	uri := e.Open(filepath.Join(dir, "Dockerfile"), "FROM a\nCOPY src/app.py /\n")
	if list := ask[[]docLink](e, "documentLink", uri, nil); len(list) != 1 || list[0].Tooltip != "" {
		t.Errorf("without tooltips: %+v", list)
	}
}
