package dockerfile_test

import (
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
)

func TestMoved(t *testing.T) {
	move := func(paths ...string) (list []dockerfile.Move) {
		for i := 0; i < len(paths); i += 2 {
			list = append(list, dockerfile.Move{From: paths[i], To: paths[i+1]})
		}
		return list
	}
	for _, c := range []struct {
		name, text string
		moves      []dockerfile.Move
		want       string
	}{
		{"a source", "FROM a\nCOPY src/app.py /x/\n", move("src/app.py", "src/main.py"), "FROM a\nCOPY src/main.py /x/\n"},
		{"all that name it", "FROM a\nCOPY ./src/app.py /src/app.py /x/\nADD src/app.py y\n", move("src/app.py", "src/b/m.py"), "FROM a\nCOPY ./src/b/m.py /src/b/m.py /x/\nADD src/b/m.py y\n"},
		{"a folder", "FROM a\r\nCOPY src/ ./\r\nCOPY src/lib /l\r\n", move("src", "code"), "FROM a\r\nCOPY code/ ./\r\nCOPY code/lib /l\r\n"},
		{"the longest counts", "FROM a\nCOPY src/lib/x y\n", move("src", "a", "src/lib", "b"), "FROM a\nCOPY b/x y\n"},
		{"a name that begins alike", "FROM a\nCOPY srcs src.py /x/\n", move("src", "code"), "FROM a\nCOPY srcs src.py /x/\n"},
		{"in quotes", "FROM a\nCOPY [\"src/a b.py\", \"/x\"]\n", move("src/a b.py", "src/ü \"c.py"), "FROM a\nCOPY [\"src/ü \\\"c.py\", \"/x\"]\n"},
		{"a blank has no place", "FROM a\nCOPY src/a.py /x\n", move("src/a.py", "src/a b.py"), "FROM a\nCOPY src/a.py /x\n"},
		{"nor has a pattern", "FROM a\nCOPY src/a.py /x\n", move("src/a.py", "src/[a].py"), "FROM a\nCOPY src/a.py /x\n"},
		{"a pattern's folder", "FROM a\nCOPY src/lib/*.py /x/\n", move("src/lib", "lib"), "FROM a\nCOPY lib/*.py /x/\n"},
		{"a pattern alone", "FROM a\nCOPY *.py /x/\n", move("a.py", "b.py"), "FROM a\nCOPY *.py /x/\n"},
		{"a variable", "FROM a\nENV S=src\nCOPY $S/a.py /x/\n", move("src", "code"), "FROM a\nENV S=src\nCOPY $S/a.py /x/\n"},
		{"another stage's file", "FROM a AS b\nFROM c\nCOPY --from=b src/a.py /x/\n", move("src", "code"), "FROM a AS b\nFROM c\nCOPY --from=b src/a.py /x/\n"},
		{"the start command", "FROM a\nWORKDIR /app\nCOPY src/ ./\nCMD [\"python\", \"app.py\"]\n", move("src/app.py", "src/main.py"), "FROM a\nWORKDIR /app\nCOPY src/ ./\nCMD [\"python\", \"main.py\"]\n"},
		{"source and start", "FROM a\nWORKDIR /app\nCOPY src/app.py .\nCMD python ./app.py\n", move("src/app.py", "src/main.py"), "FROM a\nWORKDIR /app\nCOPY src/main.py .\nCMD python ./main.py\n"},
		{"the image's name stays", "FROM a\nWORKDIR /app\nCOPY src/app.py run.py\nCMD python run.py\n", move("src/app.py", "src/main.py"), "FROM a\nWORKDIR /app\nCOPY src/main.py run.py\nCMD python run.py\n"},
		{"below a folder", "FROM a\nWORKDIR /app\nCOPY . .\nENTRYPOINT [\"python\", \"/app/src/app.py\"]\nCMD [\"src/x\"]\n", move("src", "code"), "FROM a\nWORKDIR /app\nCOPY . .\nENTRYPOINT [\"python\", \"/app/code/app.py\"]\nCMD [\"code/x\"]\n"},
		{"out of the image", "FROM a\nWORKDIR /app\nCOPY src .\nCMD [\"python\", \"app.py\"]\n", move("src/app.py", "app.py"), "FROM a\nWORKDIR /app\nCOPY src .\nCMD [\"python\", \"app.py\"]\n"},
		{"no Dockerfile to speak of", "RUN", move("a", "b"), "RUN"},
	} {
		f := read(c.text)
		got, err := f.Source.Apply(f.Moved(c.moves))
		if err != nil || got != c.want {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.want, err)
		}
	}
}
