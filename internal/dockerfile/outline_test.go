package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
)

func TestTitle(t *testing.T) {
	f := read("from  python:3.9-slim \\\n # why\n AS build\nCOPY --from=x a \"b\nCMD [\"a b\",  \"c\"]\nRUN " + strings.Repeat("x", 100) + "\nENV A=\u202eb\n")
	var got []string
	for _, in := range f.Instructions {
		got = append(got, in.Title(30))
	}
	want := []string{"FROM python:3.9-slim AS build", "COPY --from=x a \"b", "CMD a b c", "RUN " + strings.Repeat("x", 26) + "…", "ENV A=\uFFFDb"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFolds(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one stage", "FROM a\nRUN b\n\n", "0-1"},
		{"one line", "FROM a", ""},
		{"two stages", "FROM a\nRUN b\n\nFROM c\nRUN d\n", "0-1 3-4"},
		{"continued", "FROM a\r\nRUN b \\\r\n c \\\r\n d\r\nRUN e\r\n", "0-4 1-3"},
		{"comments", "# a\n# b\nFROM a\n# one\nRUN b\n  # c\n  # d\n", "0-1c 2-4 5-6c"},
		{"a here-document", "FROM a\nRUN <<EOF\n# a\n# b\nEOF\nCMD x\n", "0-5 1-4"},
		{"two here-documents", "FROM a\nCOPY <<A <<-B /dst/\na\nA\n\tb\n\tB\n", "0-5 1-5 3-5"},
		{"a here-document behind a continued line", "FROM a\nRUN a \\\n b <<EOF\nx\nEOF\n", "0-4 1-4 2-4"},
		{"comments in a continued instruction", "FROM a\nRUN b \\\n# x\n# y\n c\n", "0-4 1-4 2-3c"},
		{"nothing", "", ""},
	} {
		var got []string
		for _, fold := range read(c.text).Folds() {
			s := fmt.Sprintf("%d-%d", fold.First, fold.Last)
			if fold.Comment {
				s += "c"
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// aroundAt gives the texts around the place of a bar in a text.
func aroundAt(t *testing.T, marked string) []string {
	t.Helper()
	before, after, ok := strings.Cut(marked, "|")
	if !ok {
		t.Fatalf("no place in %q", marked)
	}
	f := read(before + after)
	var got []string
	for _, s := range f.Around(len(before)) {
		got = append(got, f.Source.Slice(s))
	}
	return got
}

func TestAround(t *testing.T) {
	for _, c := range []struct {
		marked string
		want   []string
	}{
		{"FROM a\nCOPY src/a|pp.py .\n", []string{"app", "src/app.py", "src/app.py .", "COPY src/app.py .", "FROM a\nCOPY src/app.py .", "FROM a\nCOPY src/app.py .\n"}},
		{"FROM a\nCOPY --from=b|c x y\n", []string{"bc", "--from=bc", "COPY --from=bc x y", "FROM a\nCOPY --from=bc x y", "FROM a\nCOPY --from=bc x y\n"}},
		{"FROM a\nENV A=b.|c\n", []string{"c", "b.c", "A=b.c", "ENV A=b.c", "FROM a\nENV A=b.c", "FROM a\nENV A=b.c\n"}},
		{"FROM a\nCMD [\"x y|\", \"z\"]", []string{"y", "x y", "\"x y\"", "\"x y\", \"z\"", "CMD [\"x y\", \"z\"]", "FROM a\nCMD [\"x y\", \"z\"]"}},
		{"|FROM a\n", []string{"FROM", "FROM a", "FROM a\n"}},
		{"# a |b\nFROM a", []string{"b", "# a b", "# a b\nFROM a"}},
		{"FROM a\n\n|\nRUN b", []string{"FROM a\n\n\nRUN b"}},
		{"FROM a\nRUN <<E\nx y|\nE\n", []string{"y", "x y", "RUN <<E\nx y\nE", "FROM a\nRUN <<E\nx y\nE", "FROM a\nRUN <<E\nx y\nE\n"}},
		{"|", []string{""}},
	} {
		if diff := cmp.Diff(c.want, aroundAt(t, c.marked)); diff != "" {
			t.Errorf("%q: %s", c.marked, diff)
		}
	}
}

// checkOutline holds that what is folded, selected, named and moved lies in the text, whatever it is.
func checkOutline(t *testing.T, f *dockerfile.File) {
	t.Helper()
	for _, fold := range f.Folds() {
		if fold.First < 0 || fold.Last <= fold.First || fold.Last >= f.Source.LineCount() {
			t.Fatalf("%q: %+v", clip(f.Source.Text), fold)
		}
	}
	for off := 0; off <= len(f.Source.Text); off += 1 + len(f.Source.Text)/100 {
		checkNested(t, f, off)
		if n, ok := f.NameAt(off); ok {
			checkName(t, f, n)
		}
	}
	for _, m := range []dockerfile.Move{{From: "src", To: "x"}, {From: "flask_app.py", To: "a/b.py"}, {From: "a b", To: "c"}, {From: "", To: ""}, {From: ".", To: "x"}} {
		if _, err := f.Source.Apply(f.Moved([]dockerfile.Move{m})); err != nil {
			t.Fatalf("%q: %v", clip(f.Source.Text), err)
		}
	}
}

func checkName(t *testing.T, f *dockerfile.File, n *dockerfile.Name) {
	t.Helper()
	last, here := -1, false
	for _, p := range n.Places {
		here = here || p.Span == n.At
		if p.Span.Start <= last || p.Span.End > len(f.Source.Text) || p.Span.Len() == 0 {
			t.Fatalf("%q: %+v", clip(f.Source.Text), n)
		}
		last = p.Span.Start
	}
	if !here {
		t.Fatalf("%q: not at its own place: %+v", clip(f.Source.Text), n)
	}
}

func TestOutlineOfAnything(t *testing.T) {
	for _, s := range append(real, "RUN \\\n", "FROM a\nRUN <<A", "\r\r", "FROM a\rRUN b \\\r c", "FROM a\nRUN $\\", "ARG A\nENV $A=$A", "FROM a\nCOPY src\\\n/x /y\n") {
		checkOutline(t, read(s))
	}
}

func checkNested(t *testing.T, f *dockerfile.File, off int) {
	t.Helper()
	list := f.Around(off)
	for i, s := range list {
		if !s.Contains(off) || s.Start < 0 || s.End > len(f.Source.Text) || i > 0 && (s == list[i-1] || list[i-1].Start < s.Start || list[i-1].End > s.End) {
			t.Errorf("%q at %d: %v", f.Source.Text, off, list)
		}
	}
	if n := len(list); n == 0 || list[n-1].Len() != len(f.Source.Text) {
		t.Errorf("%q at %d: %v", f.Source.Text, off, list)
	}
}
