package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

func read(s string) *dockerfile.File { return dockerfile.Read(text.New("Dockerfile", s)) }

// real are Dockerfiles as people write them; the tests take them apart.
var real = []string{
	"FROM python:3.9-slim\n\nWORKDIR /app\n\nCOPY flask_app.py flask_app.py\n\nEXPOSE 8080\n\nCMD [\"python\", \"-m\", \"flask\", \"--app\", \"flask_app.py\", \"run\", \"--host=0.0.0.0\", \"--port=8080\"]\n",
	"# escape=`\nFROM mcr.example/base AS build\nRUN echo a `\n  # between\n\n  && echo b `\nEXPOSE 80`\n80\nCMD [\"x\"]\n",
	"ARG V=3.9\nARG P=8080\nFROM python:${V}-slim AS base\nARG P\nENV PORT=$P HOST=\"0.0.0.0\"\nFROM base\nEXPOSE ${PORT}/tcp 9000-9010/udp\nENTRYPOINT exec python -u app.py\n",
	"FROM scratch\r\nCOPY --from=build --chown=1:1 [\"/a b\", \"/c\"]\r\nEXPOSE \\\r\n  8080 \\\r\n  9090\r\nLABEL x=\"größe 😀\" y=z\r\n",
	"FROM alpine\nRUN <<EOF\nEXPOSE 8080\necho $x\nEOF\nCOPY <<A <<-B /dst/\na\nA\n\tb\n\tB\nHEALTHCHECK --interval=5s CMD curl -f http://localhost:8080/ || exit 1\nONBUILD EXPOSE 8080\nONBUILD COPY . /x\nVOLUME /data\nUSER 1000\nSTOPSIGNAL SIGTERM\nSHELL [\"/bin/sh\", \"-c\"]\nMAINTAINER me\nADD https://example.org/x /x\n",
	"from alpine as Base\nexpose 8080\nfrom BASE\ncmd echo hi",
	text.BOM + "FROM a\nCMD b\n",
	"FROM\nRUN\nEXPOS 8080\nENV broken\nCOPY one\nFROM a b c\nARG\nHEALTHCHECK\nONBUILD FROM x\nCMD [\"a\", ]\nRUN echo \\\n",
}

// checkRead holds what must be true of every text.
func checkRead(t *testing.T, s string) {
	t.Helper()
	f := checkTotal(t, s)
	checkOutline(t, f)
	checkAgainstBuildKit(t, f)
}

// checkTotal holds that the places of what was read are places of the text.
func checkTotal(t *testing.T, s string) *dockerfile.File {
	t.Helper()
	f := read(s)
	inside := func(what string, at text.Span) {
		if at.Start < 0 || at.End < at.Start || at.End > len(f.Source.Text) {
			t.Fatalf("%q: the span %v of %s lies outside the text", clip(s), at, what)
		}
	}
	for _, p := range f.Problems {
		inside(p.Message, p.Span)
		if p.Message == "" || strings.HasSuffix(p.Message, ".") || len(p.Message) > 300 || !utf8.ValidString(p.Message) {
			t.Fatalf("%q: %q is no good message", clip(s), p.Message)
		}
		if p.Span.Len() == 0 && strings.TrimSpace(f.Source.Text) != "" && text.IsText(f.Source.Text) && len(s) < 1<<20 {
			t.Fatalf("%q: nothing is underlined by %q", clip(s), p.Message)
		}
		if _, err := f.Source.Apply([]text.Edit{p.Edit}); err != nil {
			t.Fatalf("%q: %s: %v", clip(s), p.Fix, err)
		}
	}
	last := 0
	for _, in := range f.Instructions {
		inside(in.Name, in.Span)
		if in.Span.Start < last || in.End < in.Span.End || in.Name != strings.ToUpper(in.Name) {
			t.Fatalf("%q: %s at %v, after %d, to %d", clip(s), in.Name, in.Span, last, in.End)
		}
		last = in.End
		for _, w := range append(append([]dockerfile.Word{{Text: in.Name, Span: in.Keyword}}, in.Flags...), in.Args...) {
			inside(w.Text, w.Span)
			if w.Span.Start < in.Span.Start || w.Span.End > in.Span.End && !in.JSON || w.Span.Len() == 0 {
				t.Fatalf("%q: %q at %v lies outside its instruction at %v", clip(s), w.Text, w.Span, in.Span)
			}
			slice := f.Source.Slice(w.Span)
			shown, word := strings.ToUpper(slice), strings.ToUpper(w.Text)
			if !in.JSON && w.Text != "" && !strings.ContainsAny(slice, "\r\n") && shown != word {
				t.Fatalf("%q: the word %q stands at %q", clip(s), w.Text, slice)
			}
		}
	}
	for _, stage := range f.Stages {
		stage.Start()
		stage.StartCommand()
		f.Command(stage)
		f.Env(stage, "PORT")
		for _, c := range f.Sources(stage) {
			inside(c.Path, c.Source.Span)
		}
		for _, p := range stage.Ports {
			inside(p.Word.Text, p.Word.Span)
		}
	}
	f.FetchesApp()
	return f
}

// hasLoneReturn reports whether a text is read as if a carriage return within a line ended it, which is reported.
func hasLoneReturn(s string) bool {
	for line := range strings.Lines(s) {
		if strings.Contains(strings.TrimRight(line, "\r\n"), "\r") {
			return true
		}
	}
	return strings.Contains(s, "\r") && !strings.Contains(s, "\n")
}

// checkAgainstBuildKit holds that where the parser has nothing to say, its instructions are the ones that were found.
func checkAgainstBuildKit(t *testing.T, f *dockerfile.File) {
	t.Helper()
	s := f.Source.Text
	if hasLoneReturn(s) || !text.IsText(s) || len(f.Problems) == 100 {
		return
	}
	result, err := parser.Parse(strings.NewReader(text.BOM + s)) // the parser takes one mark off
	if err != nil {
		if len(f.Problems) == 0 {
			t.Fatalf("%q: BuildKit refuses it (%v), and nothing is reported", clip(s), err)
		}
		return
	}
	if len(result.AST.Children) != len(f.Instructions) {
		t.Fatalf("%q: %d instructions, BuildKit has %d", clip(s), len(f.Instructions), len(result.AST.Children))
	}
	for i, node := range result.AST.Children {
		in := f.Instructions[i]
		if in.Name != strings.ToUpper(node.Value) || in.Line != node.StartLine {
			t.Fatalf("%q: %s in line %d, BuildKit has %s in line %d", clip(s), in.Name, in.Line, node.Value, node.StartLine)
		}
		if in.Name == "EXPOSE" && !in.JSON {
			var want, got []string
			for n := node.Next; n != nil; n = n.Next {
				want = append(want, n.Value)
			}
			for _, w := range in.Args {
				got = append(got, w.Text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q: words of EXPOSE: %s", clip(s), diff)
			}
		}
	}
}

func clip(s string) string { return s[:min(len(s), 300)] }

func TestReadAnyText(t *testing.T) {
	for _, s := range []string{
		"", " ", "\n", "\r", "\r\n\r\n", "#", "# comment\n", "\x00", "\x00\x00\x00\x00", "\xff\xfeF\x00", "\xfe\xff\x00F", "\xff", "\u00a0FROM a\n", "\u2028", "\\", "\\\n", "\\\n\\\n", "`",
		"FROM", "FROM ", "FROM \\", "FROM \\\n", "FROM a\\", "FROM a\\\\\nRUN b", "FROM a \\ \t\nb", "RUN", "RUN a", "ARG X\nRUN a\n", "# escape=x\nFROM a\n", "# escape=`\n# escape=`\nFROM a\n",
		"# syntax=a\n# syntax=b\nFROM a\n", "# check=skip=all\nFROM a", "FROM a\n# escape=`\nRUN b `\n c\n",
		"FROM a\nRUN <<EOF\n", "FROM a\nRUN <<EOF\nEXPOSE 8080\nCMD x\n", "FROM a\nRUN <<EOF <<X\nEOF\n", "FROM a\nCOPY <<\"E O\" /x\n", "FROM a\nRUN cat <<<x\n", "FROM a\nRUN echo $((1<<2))\n",
		"FROM a\nRUN [\"a\n", "FROM a\nCMD [\"a\", 1]\n", "FROM a\nCMD []\n", "FROM a\nCMD [\"\\u00e9\", \"\\\"\"]\n", "FROM a\nEXPOSE [\"8080\"]\n",
		"FROM a\nENV =\n", "FROM a\nENV a=\"\n", "FROM a\nENV a='b\n", "FROM a\nLABEL a\n", "FROM a\nEXPOSE\n", "FROM a\nEXPOSE $\n", "FROM a\nEXPOSE ${\n", "FROM a\nEXPOSE ${A:\n", "FROM ${\n", "FROM $A\n", "FROM a AS\n", "FROM a AS 1\n", "FROM a AS b c\n",
		"FROM a\nONBUILD\n", "FROM a\nONBUILD ONBUILD RUN x\n", "FROM a\nRUN --mount=type=cache x\n", "FROM a\nRUN --mount=\"type=cache,target=/a b\" x\n", "FROM a\nRUN -- x\n", "FROM a\nCOPY --\xa3 a b\n", "FROM a\nCOPY --from a b\n", "FROM a\nCOPY --from= a b\n",
		"FROM a\rEXPOSE 8080\r", "FROM a\nRUN b\rEXPOSE 8080\n", "FROM a\r\r\nRUN b \\\r\r\n c\n", "FROM a\nRUN x\\\n\n\n\ny\n", "FROM a\nRUN x \\\n# c\\\ny\n", "FROM a\n\tRUN\tx\v\fy\n",
		"FROM a\nRUN " + strings.Repeat("x", 70_000) + "\nEXPOSE 8080\n", "é a\n", "FROM a\nEXPOSÉ 8080\n",
	} {
		checkRead(t, s)
	}
	for _, s := range real {
		checkRead(t, s)
		checkRead(t, strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", "\r\n"))
		checkRead(t, strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", "\r"))
		checkRead(t, text.BOM+s)
	}
}

// Every half-typed state, and every slip of the finger, of some real Dockerfiles.
func TestReadPrefixesAndDeletions(t *testing.T) {
	t.Parallel()
	for _, s := range real {
		for i := range len(s) {
			checkTotal(t, s[:i])
			checkTotal(t, s[:i]+s[i+1:])
			if i%16 == 0 {
				for _, c := range "\\\"\n$#<[ " {
					checkRead(t, s[:i]+string(c)+s[i:])
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range real {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 4000 {
			checkRead(t, s)
		}
	})
}

// Words and their places, whatever stands between them.
func TestWords(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain", "FROM a\nCOPY --from=b --chown=1:2 src /dst\n", "FROM|a\nCOPY|--from=b|--chown=1:2|src|/dst"},
		{"continued", "FROM a\nEXPOSE 80 \\\n  90\n", "FROM|a\nEXPOSE|80|90"},
		{"a word over two lines", "FROM a\nEXPOSE 80\\\n80\n", "FROM|a\nEXPOSE|80\\\n80"},
		{"a comment and an empty line between", "FROM a\nEXPOSE 80 \\\n  # why\n\n 90\nCMD x\n", "FROM|a\nEXPOSE|80|90\nCMD|x"},
		{"escape=`", "# escape=`\nFROM a\nEXPOSE 80 `\n 90\nRUN c:\\\nCMD x\n", "FROM|a\nEXPOSE|80|90\nRUN|c:\\\nCMD|x"},
		{"escaped escape", "FROM a\nRUN x \\\\\nCMD y\n", "FROM|a\nRUN|x|\\\\\nCMD|y"},
		{"blanks behind the escape", "FROM a\nEXPOSE 80 \\ \t\n 90\n", "FROM|a\nEXPOSE|80|90"},
		{"CRLF", "FROM a\r\nEXPOSE 80 \\\r\n 90\r\n", "FROM|a\nEXPOSE|80|90"},
		{"two CRs", "FROM a\r\r\nEXPOSE 80 \\\r\r\n 90\r\r\n", "FROM|a\nEXPOSE|80|90"},
		{"indented, tabs", "\t FROM\ta\n  EXPOSE\t 80\n", "FROM|a\nEXPOSE|80"},
		{"no newline at the end", "FROM a\nEXPOSE 80", "FROM|a\nEXPOSE|80"},
		{"heredoc", "FROM a\nRUN <<EOF\nEXPOSE 80\nEOF\nCMD x\n", "FROM|a\nRUN|<<EOF\nCMD|x"},
		{"JSON", "FROM a\nCMD [\"a b\", \"c\\\"d\",\n", "FROM|a\nCMD|[\"a|b\",|\"c\\\"d\","},
		{"JSON, good", "FROM a\nCMD [\"a b\", \"c\\\"d\", \\\n \"\\u00e9\"]\n", "FROM|a\nCMD|\"a b\"|\"c\\\"d\"|\"\\u00e9\""},
		{"emoji", "FROM a\nLABEL x=😀 y=é\n", "FROM|a\nLABEL|x=😀|y=é"},
		{"lower case", "from a as B\nexpose 80\n", "from|a|as|B\nexpose|80"},
		{"a heredoc in quotes is none", "FROM a\nRUN echo \"<<EOF\"\nCMD x\n", "FROM|a\nRUN|echo|\"<<EOF\"\nCMD|x"},
	} {
		f := read(test.text)
		var lines []string
		for _, in := range f.Instructions {
			words := []string{f.Source.Slice(in.Keyword)}
			for _, w := range append(in.Flags, in.Args...) {
				words = append(words, f.Source.Slice(w.Span))
			}
			lines = append(lines, strings.Join(words, "|"))
		}
		if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

// End is just behind an instruction's last line: where the next one may be put.
func TestInstructionEnds(t *testing.T) {
	const s = "FROM a\n# x\nRUN <<EOF\nb\nEOF\nEXPOSE 80 \\\n  90\r\nCMD x"
	f := read(s)
	for i, want := range []string{"# x\n", "EXPOSE", "CMD", ""} {
		if got := s[f.Instructions[i].End:]; !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("behind %s stands %q, want %q", f.Instructions[i].Name, got, want)
		}
	}
}

func TestStart(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"none", "FROM a\n", ""},
		{"CMD", "FROM a\nCMD x\n", "CMD x"},
		{"the last CMD", "FROM a\nCMD x\nCMD y\n", "CMD y"},
		{"both", "FROM a\nCMD x\nENTRYPOINT y\n", "ENTRYPOINT y, CMD x"},
		{"from the parent", "FROM a AS b\nCMD x\nFROM b\n", "CMD x"},
		{"ENTRYPOINT drops the parent's CMD", "FROM a AS b\nCMD x\nFROM b\nENTRYPOINT y\n", "ENTRYPOINT y"},
		{"another stage", "FROM a AS b\nCMD x\nFROM c\n", ""},
		{"ONBUILD, HEALTHCHECK", "FROM a\nONBUILD CMD x\nHEALTHCHECK CMD y\n", ""},
	} {
		f := read(test.text)
		entrypoint, cmd := f.Final().Start()
		var got []string
		for _, in := range []*dockerfile.Instruction{entrypoint, cmd} {
			if in != nil {
				got = append(got, f.Source.Slice(in.Span))
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %s, want %s", test.name, strings.Join(got, ", "), test.want)
		}
	}
}

func TestSources(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"several", "FROM a\nCOPY a b /x/\nADD c /y\n", "a b c"},
		{"JSON", "FROM a\nCOPY [\"a b\", \"c\", \"/x\"]\n", "a b c"},
		{"flags", "FROM a\nCOPY --chown=1:1 a /x\n", "a"},
		{"from a stage, URLs, heredocs", "FROM a\nCOPY --from=b a /x\nADD https://e.org/x git@e.org:x /y\nCOPY <<E /z\nE\n", ""},
		{"variables", "FROM a\nARG D=src\nCOPY $D/app ${D} /x\n", "src/app src"},
		{"continued", "FROM a\nCOPY a \\\n  # why\n  b /x\n", "a b"},
		{"ONBUILD", "FROM a\nONBUILD COPY a /x\n", ""},
		{"the source is named like its place", "FROM a\nCOPY a a\n", "a"},
	} {
		f := read(test.text)
		var got []string
		for _, c := range f.Sources(f.Final()) {
			got = append(got, c.Path)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %s, want %s", test.name, strings.Join(got, " "), test.want)
		}
	}
}

// All faults in one pass, each on what is at fault.
func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", `"" there is no instruction in the file`},
		{"comments alone", "\n# x\n", `"# x" there is no instruction in the file`},
		{"unknown instruction", "FROM a\nEXPOS 8080\n", "\"EXPOS\" `EXPOS` is not an instruction of a Dockerfile | Change to EXPOSE => FROM a\nEXPOSE 8080\n"},
		{"in lower case", "from a\nexpos 8080\n", "\"expos\" `expos` is not an instruction of a Dockerfile | Change to expose => from a\nexpose 8080\n"},
		{"nothing near", "FROM a\nPLEASE work\n", "\"PLEASE\" `PLEASE` is not an instruction of a Dockerfile"},
		{"a missing argument", "FROM a\nCOPY x\n", `"COPY" COPY requires at least two arguments, but only one was provided. Destination could not be determined`},
		{"ENV", "FROM a\nENV x\n", `"ENV x" ENV must have two arguments`},
		{"flag", "FROM a\nCOPY --chwon=1 a b\n", `"--chwon=1" unknown flag: --chwon`},
		{"FROM without an image", "FROM\n", `"FROM" FROM requires either one or three arguments`},
		{"before FROM", "RUN x\nFROM a\n", "\"RUN\" `RUN` stands before the first FROM: only ARG may"},
		{"ARG alone", "ARG A=1\n", `"ARG" there is no FROM, so there is nothing to build`},
		{"heredoc", "FROM a\nRUN <<EOF\nEXPOSE 8080\n", `"RUN <<EOF" the here-document has no end`},
		{"escape", "# escape=x\nFROM a\n", "\"# escape=x\" invalid escape token 'x' does not match ` or \\"},
		{"directive twice", "# escape=`\n# escape=`\nFROM a\n", "\"# escape=`\" only one escape parser directive can be used"},
		{"long line", "FROM a\nRUN " + strings.Repeat("x", 70_000) + "\n", `"RUN xxxxxxxxxxxxxxxx" the line is longer than the 65535 bytes that a builder reads`},
		{"CR alone", "FROM a\rRUN b\r", "\"FROM a\" the lines end with a carriage return alone, which is no line end for a builder | Change the line ends => FROM a\nRUN b\n"},
		{"CR within a line", "FROM a\nRUN b\rEXPOSE 8080\n", "\"\\r\" a carriage return alone is no line end | Change to a line end => FROM a\nRUN b\nEXPOSE 8080\n"},
		{"CR within a comment, among CRLF", "FROM a\r\n# x\rCMD b\r\n", "\"\\r\" a carriage return alone is no line end | Change to a line end => FROM a\r\n# x\r\nCMD b\r\n"},
		{"CR at the end of lines", "FROM a\r\r\nRUN b\r\r\n\r\r\nCMD c\r", ""},
		{"a line as long as it may be", "FROM a\nRUN " + strings.Repeat("x", 65_531) + "\nRUN " + strings.Repeat("x", 65_531), ""},
		{"a line too long by one", "FROM a\nRUN x\nRUN " + strings.Repeat("x", 65_532), `"RUN xxxxxxxxxxxxxxxx" the line is longer than the 65535 bytes that a builder reads`},
		{"UTF-16", "\xff\xfeF\x00R\x00", `"" the file is not UTF-8 text`},
		{"FROM a variable without a value", "FROM $IMAGE\n", "\"$IMAGE\" the base image has no name: `$IMAGE` has no value"},
		{"FROM an image without its tag", "ARG TAG\nFROM --platform=linux/amd64 python:${TAG} AS x\n", "\"python:${TAG}\" the base image's name is only `python:`: `$TAG` has no value"},
		{"FROM with an optional part", "FROM ${REGISTRY}python\n", ""},
		{"FROM a variable with a default", "ARG IMAGE=a\nFROM ${IMAGE}:${TAG:-1}\n", ""},
		{"many", "FROM a\nENV x\nCOPI a b\nCOPY a\nEXPOS 1\n", "\"ENV x\" ENV must have two arguments\n" +
			"\"COPI\" `COPI` is not an instruction of a Dockerfile | Change to COPY => FROM a\nENV x\nCOPY a b\nCOPY a\nEXPOS 1\n\n" +
			"\"COPY\" COPY requires at least two arguments, but only one was provided. Destination could not be determined\n" +
			"\"EXPOS\" `EXPOS` is not an instruction of a Dockerfile | Change to EXPOSE => FROM a\nENV x\nCOPI a b\nCOPY a\nEXPOSE 1\n"},
	} {
		f := read(test.text)
		var lines []string
		for _, p := range f.Problems {
			line := fmt.Sprintf("%q %s", f.Source.Slice(p.Span), p.Message)
			line = strings.ReplaceAll(line, "\\\\", "\\")
			if p.Fix != "" {
				fixed, err := f.Source.Apply([]text.Edit{p.Edit})
				if err != nil {
					t.Error(err)
				}
				line += " | " + p.Fix + " => " + fixed
			}
			lines = append(lines, line)
		}
		if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

// Faults do not hide what stands below them, however many they are, up to a bound that is told.
func TestManyFaults(t *testing.T) {
	for _, test := range []struct {
		name, text     string
		problems, more int
		instructions   string
	}{
		{"sixty faults", "FROM a\n" + strings.Repeat("ENV x\n", 60) + "EXPOSE 8080\n", 60, 0, "FROM EXPOSE"},
		{"four hundred", "FROM a\n" + strings.Repeat("ENV x\n\n", 400) + "EXPOSE 8080\n", 100, 300, "FROM EXPOSE"},
		{"too many", "FROM a\n" + strings.Repeat("ENV x\n", 2_000) + "EXPOSE 8080\n", 100, 901, "FROM"},
		{"the escape character below a fault", "# escape=`\n\nFROM a\nENV x\nRUN b `\n  c\nENV y\n# escape=x\nRUN d \\\nCMD e\n", 2, 0, "FROM RUN RUN CMD"},
		{"a comment like a directive below a fault", "FROM a\nENV x\n# escape=`\nRUN b \\\n c\n", 1, 0, "FROM RUN"},
		{"a fault in the directives", "# escape=x\n# escape=`\nFROM a\nENV x\nRUN b \\\n c\n", 2, 0, "FROM RUN"},
		{"here-documents below a fault", "FROM a\nENV x\nRUN <<E\nENV y\nE\nRUN <<F\nCMD x\n", 2, 0, "FROM RUN CMD"},
	} {
		f := read(test.text)
		var names []string
		for _, in := range f.Instructions {
			names = append(names, in.Name)
			if got := strings.ToUpper(f.Source.Slice(in.Keyword)); got != in.Name {
				t.Errorf("%s: %s stands at %q", test.name, in.Name, got)
			}
		}
		if got := strings.Join(names, " "); len(f.Problems) != test.problems || f.MoreProblems != test.more || got != test.instructions {
			t.Errorf("%s: %d problems and %d more; %s", test.name, len(f.Problems), f.MoreProblems, got)
		}
	}
}

// What is started, as a shell and the programs that only start others leave it: its words, its variables, and their places.
func TestCommand(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`CMD ["a", "b c"]`, `a|b c`},
		{`CMD a "b c" 'd  e'`, `a|b c|d e`},
		{`CMD exec a b`, `a|b`},
		{`CMD cd /x && B=1 C="2 3" exec a $PORT`, `B=1|C=2 3: a|9`},
		{`CMD env B=1 a`, `B=1: a`},
		{`CMD ["env", "-u", "X", "B=1", "a"]`, `B=1: a`},
		{`CMD ["sh", "-c", "x && exec a --b=c"]`, `a|--b=c`},
		{`CMD ["/bin/bash", "-lc", "B=1 a"]`, `B=1: a`},
		{`CMD ["sh", "-e", "-c", "a"]`, `a`},
		{`CMD sh -c "x; exec a b"`, `a|b`},
		{`CMD exec bash -c 'a b'`, `a|b`},
		{`ENTRYPOINT ["tini", "-s", "-e", "143", "--", "a"]`, `a`},
		{"ENTRYPOINT [\"/sbin/tini\", \"--\"]\nCMD [\"a\", \"b\"]", `a|b`},
		{"ENTRYPOINT [\"dumb-init\", \"--rewrite\", \"15:3\"]\nCMD a b", `a|b`},
		{"ENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"a\"]", `a`},
		{"ENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"a b\"]", `a|b`},
		{"ENTRYPOINT [\"a\"]\nCMD [\"--b\"]", `a|--b`},
		{"ENTRYPOINT a\nCMD [\"--b\"]", `a`},
		{`CMD ["gosu", "me", "a"]`, `a`},
		{`CMD uv run a`, `a`},
		{`CMD ["npx", "--yes", "a"]`, `a`},
		{`CMD ["nice", "-n", "5", "a"]`, `a`},
		{"SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nCMD a", `a`},
		// What is not known.
		{"SHELL [\"powershell\"]\nCMD a", ``},
		{"ENTRYPOINT [\"a\"]\nCMD b", ``},
		{`CMD a | b`, ``},
		{`CMD a & b`, ``},
		{`CMD a $(b)`, ``},
		{`CMD while true; do a; done`, ``},
		{`CMD if x; then a`, ``},
		{`CMD ["sh", "-c", "a \"b\""]`, ``},
		{`ENTRYPOINT ["sh", "-c", "exec \"$@\"", "--"]`, ``},
		{`CMD sh -c "a \"b\""`, ``},
		{`CMD ["env", "-S", "a b"]`, ``},
		{`CMD ["tini", "--"]`, ``},
		{`CMD`, ``},
		{`CMD "a`, ``},
	} {
		f := read("FROM x\nENV PORT=9\n" + test.text + "\n")
		got := ""
		if c, ok := f.Command(f.Final()); ok {
			var env, args []string
			for _, w := range c.Env {
				env = append(env, w.Text)
			}
			for _, w := range c.Args {
				args = append(args, w.Text)
				if slice := f.Source.Slice(w.Span); w.Text != "9" && !strings.Contains(strings.ReplaceAll(slice, "  ", " "), w.Text) {
					t.Errorf("%s: %q stands at %q", test.text, w.Text, slice)
				}
			}
			if last := c.Args[len(c.Args)-1].Span; c.End != last.End {
				t.Errorf("%s: ends at %d, and its last word at %d", test.text, c.End, last.End)
			}
			if got = strings.Join(args, "|"); len(env) > 0 {
				got = strings.Join(env, "|") + ": " + got
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.text, got, test.want)
		}
	}
}
