package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// named shows what is named at a bar's place: its definitions as lines, and all places, those that declare with a star.
func named(marked string) string {
	before, after, _ := strings.Cut(marked, "|")
	f := read(before + after)
	n, ok := f.NameAt(len(before))
	if !ok {
		return "nothing"
	}
	at := func(s text.Span) string {
		p := f.Source.Position(s.Start, text.UTF8)
		return fmt.Sprintf("%d:%d", p.Line, p.Column)
	}
	s := f.Source.Slice(n.At) + " from"
	for _, d := range n.Definitions {
		s += " " + at(d)
	}
	s += " in"
	for _, p := range n.Places {
		s += " " + at(p.Span)
		if p.Declares {
			s += "*"
		}
	}
	return s
}

func TestNameAt(t *testing.T) {
	for _, c := range []struct{ name, marked, want string }{
		{"a variable", "FROM a\nENV A=1\nEXPOSE $|A\nRUN echo ${A:-x}\n", "A from 1:4 in 1:4* 2:8 3:11"},
		{"its declaration", "FROM a\nENV |A=1\nEXPOSE $A\n", "A from 1:4 in 1:4* 2:8"},
		{"the last before counts", "FROM a\nENV A=1\nENV A=$A:x B=$|A\n", "A from 1:4 in 1:4* 2:4* 2:7 2:14"},
		{"of the base image", "FROM a\nENV PATH=/x:$P|ATH\n", "PATH from in 1:4* 1:13"},
		{"declared nowhere", "FROM a\nRUN for x in 1; do echo $|x; done\n", "nothing"},
		{"a global one in FROM", "ARG V=3\nFROM p:$|V\n", "V from 0:4 in 0:4* 1:8"},
		{"taken over", "ARG V=3\nFROM p:$V\nARG V\nRUN $|V\n", "V from 2:4 in 0:4* 1:8 2:4* 3:5"},
		{"the bare ARG", "ARG V=3\nFROM p:$V\nARG |V\nRUN $V\n", "V from 0:4 in 0:4* 1:8 2:4* 3:5"},
		{"not taken over", "ARG V=3\nFROM p:$V\nRUN $|V\n", "nothing"},
		{"another stage's", "FROM a AS x\nENV A=1\nFROM b\nENV A=2\nRUN $|A\n", "A from 3:4 in 3:4* 4:5"},
		{"the stage below's", "FROM a AS x\nENV A=1\nFROM x\nRUN $|A\n", "A from 1:4 in 1:4* 3:5"},
		{"old form", "FROM a\nENV A b c\nRUN $|A\n", "A from 1:4 in 1:4* 2:5"},
		{"escaped and quoted ones are none", "FROM a\nENV A=1\nRUN \\$A '$A' \"'$|A'\"\n", "A from 1:4 in 1:4* 2:16"},
		{"an escaped one", "FROM a\nENV A=1\nRUN \\$|A\n", "nothing"},
		{"in JSON", "FROM a\nENV A=1\nCMD [\"$|A\"]\n", "nothing"},
		{"in a COPY's JSON", "FROM a\nENV A=1\nCOPY [\"$|A\", \"/\"]\n", "A from 1:4 in 1:4* 2:8"},
		{"comments between", "FROM a\nENV A=1\nRUN x \\\n# it's $A\n  $|A\n", "A from 1:4 in 1:4* 4:3"},
		{"another escape character", "# escape=`\nFROM a\nENV A=1\nRUN `$A \\$|A\n", "A from 2:4 in 2:4* 3:10"},
		{"a stage", "FROM a AS b\nFROM c\nCOPY --from=|B x y\nFROM b\n", "B from 0:10 in 0:10* 2:12 3:5"},
		{"a stage's own name", "FROM a AS |b\nFROM b\n", "b from 0:10 in 0:10* 1:5"},
		{"by number", "FROM a AS b\nFROM c\nCOPY --from=|0 x y\n", "0 from 0:10 in 0:10* 2:12"},
		{"by number, without a name", "FROM a\nFROM c\nCOPY --from=|0 x y\n", "0 from 0:0 in 2:12"},
		{"in a mount", "FROM a AS b\nFROM c\nRUN --mount=type=bind,from=|b,target=/x true\n", "b from 0:10 in 0:10* 2:27"},
		{"an image", "FROM a\nCOPY --from=|nginx x y\n", "nothing"},
		{"itself is no earlier stage", "FROM a AS b\nCOPY --from=|b x y\n", "nothing"},
		{"an image of FROM", "FROM |a AS b\n", "nothing"},
		{"an empty name", "FROM a\nRUN $| ${} $\n", "nothing"},
		{"nothing", "|", "nothing"},
	} {
		if got := named(c.marked); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTaken(t *testing.T) {
	for _, c := range []struct{ source, file, want string }{
		{"src", "src/a.py", "a.py"}, {"/src/", "src/b/a.py", "b/a.py"}, {".", "src/a.py", "src/a.py"}, {"src/a.py", "src/a.py", "a.py file"},
		{"./src/../src/a.py", "src/a.py", "a.py file"}, {"src/*.py", "src/a.py", "a.py file"}, {"src/*", "src/b/a.py", "a.py"}, {"s*", "src/a.py", "a.py"},
		{"srcs", "src/a.py", "no"}, {"src/b", "src/a.py", "no"}, {"src/*.js", "src/a.py", "no"}, {"[", "src/a.py", "no"},
	} {
		got := "no"
		if below, isFile, ok := (dockerfile.Copy{Path: c.source}).Taken(c.file); ok {
			if got = below; isFile {
				got += " file"
			}
		}
		if got != c.want {
			t.Errorf("%s takes %s: %s, want %s", c.source, c.file, got, c.want)
		}
	}
}

func TestImage(t *testing.T) {
	for _, c := range []struct{ name, text, file, want string }{
		{"a folder", "FROM a\nWORKDIR /app\nCOPY src/ ./\n", "src/app.py", "/app/app.py as app.py"},
		{"a file into the working directory", "FROM a\nWORKDIR /app\nCOPY src/app.py .\n", "src/app.py", "/app/app.py as app.py"},
		{"a file by another name", "FROM a\nWORKDIR /app\nCOPY src/app.py main.py\n", "src/app.py", "/app/main.py as main.py"},
		{"a file into a known folder", "FROM a\nWORKDIR /app\nCOPY src/app.py /app\n", "src/app.py", "/app/app.py as app.py"},
		{"several", "FROM a\nCOPY src/a.py src/app.py /opt/x/\n", "src/app.py", "/opt/x/app.py as /opt/x/app.py"},
		{"the base's own working directory", "FROM a\nCOPY src lib\n", "src/b/app.py", "? as lib/b/app.py"},
		{"below it", "FROM a\nWORKDIR x\nCOPY src .\n", "src/app.py", "? as app.py"},
		{"above it", "FROM a\nCOPY src y\nWORKDIR x\n", "src/app.py", "?"},
		{"from scratch", "FROM scratch\nCOPY src .\n", "src/app.py", "/app.py as app.py"},
		{"the stage below", "FROM a AS b\nWORKDIR /x\nCOPY src .\nFROM b\nWORKDIR y\n", "src/app.py", "/x/app.py as /x/app.py"},
		{"the last one", "FROM a\nWORKDIR /x\nCOPY src /old\nCOPY src .\n", "src/app.py", "/x/app.py as app.py"},
		{"a variable", "FROM a\nENV D=/d\nWORKDIR $D\nCOPY src $D\n", "src/app.py", "/d/app.py as app.py"},
		{"an unknown variable", "FROM a\nWORKDIR /x\nCOPY src $D\n", "src/app.py", "no"},
		{"a pattern", "FROM a\nWORKDIR /x\nCOPY src/*.py lib/\n", "src/app.py", "/x/lib/app.py as lib/app.py"},
		{"not copied", "FROM a\nCOPY lib .\n", "src/app.py", "no"},
		{"another stage", "FROM a\nCOPY src .\nFROM b\n", "src/app.py", "no"},
	} {
		f := read(c.text)
		m, got := f.Image(f.Final()), "no"
		if name, ok := m.PathOf(c.file); ok {
			if got = name; strings.Contains(name, "\x00") {
				got = "?"
			}
			if short, ok := m.FromWorkdir(name); ok {
				got += " as " + short
				if !m.Means(short, name) {
					t.Errorf("%s: %q does not mean it", c.name, short)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if m := read("").Image(nil); m.Means("", m.Workdir) {
		t.Error("no word means something")
	}
}

// A text made to be slow is not.
func TestNamesAreBounded(t *testing.T) {
	for _, s := range []string{
		"FROM a\n" + strings.Repeat("ENV A=$A\n", 4_000),
		"FROM a\nENV" + strings.Repeat(" A=$A \\\n", 4_000) + " B=1\n",
		"ARG A=1\n" + strings.Repeat("FROM a AS b\nFROM b AS c\nARG A\n", 300) + strings.Repeat("RUN $A\n", 4_000),
	} {
		if n, ok := read(s).NameAt(strings.Index(s, "A=")); !ok || len(n.Places) > 40_000 {
			t.Errorf("%.40q: %v", s, ok)
		}
	}
}
