package diagnostics_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// hugeFolders are far from what a task is; n is how far.
func hugeFolders(n int) map[string]map[string]string {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]map[string]string{
		"unknown keys":               {"config.json": "{" + many(n, `"k%d":1,`) + `"resource":{` + many(n, `"r%d":1,`) + `"cpu":1}}`},
		"one key":                    {"config.json": "{" + strings.Repeat(`"k":1,`, n) + `"resource":{}}`},
		"one known key":              {"config.json": `{"resource":{` + strings.Repeat(`"cpu":"x",`, n) + `"mem":1}}`},
		"nested keys":                {"config.json": strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)},
		"faults":                     {"config.json": "{" + strings.Repeat("a b ", n) + "}"},
		"missing sources":            {"Dockerfile": "FROM a\n" + many(n, "COPY f%d.py /x/\n")},
		"sources outside":            {"Dockerfile": "FROM a\n" + strings.Repeat("COPY name.txt /x/\n", n)},
		"patterns":                   {"Dockerfile": "FROM a\n" + many(n, "COPY f%d* /x/\n")},
		"ports":                      {"Dockerfile": "FROM a\nEXPOSE" + many(n, " 1%d") + "\n"},
		"instructions":               {"Dockerfile": "FROM a\n" + many(n, "EXPOS %d\n")},
		"here-documents":             {"Dockerfile": "FROM a\n" + strings.Repeat("RUN <<E\nE\n", n)},
		"stages":                     {"Dockerfile": many(n, "FROM a AS s%d\n")},
		"variables":                  {"Dockerfile": "FROM a\n" + many(n, "ENV V%d=1 PORT=5000\n") + "CMD node app.py\n"},
		"marks":                      {"src/app.py": strings.Repeat("print('meca-init-done')\n", n)},
		"marks in comments":          {"src/app.js": strings.Repeat("// 'meca-init-done\n", n)},
		"rules of ignoring":          {".dockerignore": many(n, "x%d*\n"), "Dockerfile": "FROM a\nCOPY src /x\n"},
		"quotes of a word processor": {"config.json": "{" + strings.Repeat("„a ", n)},
		"quotes behind backslashes":  {"config.json": "{" + strings.Repeat(`"k:\`, n)},
		"stages with variables":      {"Dockerfile": "FROM a AS s\n" + many(min(n, 9_000), "ENV A%d=1\n") + many(min(n, 480), "FROM s AS t%d\n")},
		"ONBUILDs":                   {"Dockerfile": "FROM a AS s\n" + strings.Repeat("ONBUILD EXPOSE 1\n", min(n, 9_000)) + many(min(n, 480), "FROM s AS t%d\n")},
		"quotes without an end":      {"Dockerfile": "FROM a\n" + strings.Repeat("ENV A=\"\n", min(n, 25_000))},
		"newer signs":                {"Dockerfile": "FROM a\nLABEL a=" + strings.Repeat("${P-", min(n, 12_000)) + "\n"},
		"comments behind ports":      {"Dockerfile": "FROM a\n" + strings.Repeat("EXPOSE # x\n", min(n, 20_000))},
		"sources and files":          manyFiles(n, "FROM a\n"+many(min(n, 9_000), "COPY src/g%d /x/\n")+"CMD python a.py\n"),
		"patterns and files":         manyFiles(n, "FROM a\n"+many(min(n, 9_000), "COPY src/*a*%d* /x/\n")+"CMD python a.py\n"),
		"Flask objects":              pythonScript(strings.Repeat("app = Flask(1)\n", min(n, 4_000)) + "app.run()\n"),
		"blocks of Python":           pythonScript("app = Flask(1)\n" + blocks(min(n, 340)) + "app.run()\n"),
		"brackets of JavaScript":     {"Dockerfile": "FROM node:20\nCOPY src /\nCMD [\"node\", \"app.js\"]\n", "src/app.js": "// meca-init-done\n" + strings.Repeat("{", min(n, 60_000)) + "a.listen(3000)"},
		"names of JavaScript":        {"Dockerfile": "FROM node:20\nCOPY src /\nCMD [\"node\", \"app.js\"]\n", "src/app.js": "console.log('meca-init-done')\na.listen(port)\n" + strings.Repeat("const port = ", min(n, 4_900))},
		"a line of commands":         {"Dockerfile": "FROM a\nCMD " + strings.Repeat("x && ", n) + "flask run\n"},
	}
}

// pythonScript is a folder that starts a script.
func pythonScript(source string) map[string]string {
	return map[string]string{"Dockerfile": "FROM python:3.9\nCOPY src /\nCMD [\"python\", \"app.py\"]\n", "src/app.py": "from flask import Flask\nprint('meca-init-done')\n" + source}
}

// blocks are headers of Python, each within the one before.
func blocks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%swith a:\n", strings.Repeat(" ", i))
	}
	return b.String() + strings.Repeat(" ", n)
}

// manyFiles are up to 4,000 sources that all print the mark.
func manyFiles(n int, dockerfile string) map[string]string {
	files := map[string]string{"Dockerfile": dockerfile}
	for i := range min(n, 4_000) {
		files[fmt.Sprintf("src/f%d.py", i)] = "print('meca-init-done')\n"
	}
	return files
}

// Nobody reads a thousand findings: of each rule there are a hundred, of which the last says how many there are besides.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	for name, files := range hugeFolders(150) {
		count, more := map[string]int{}, ""
		for _, f := range diagnostics.Check(task.Load(complete(files)), nil) {
			if count[f.Code]++; len(f.Message) > 600 {
				t.Errorf("%s: %s has a message of %d bytes", name, f.Code, len(f.Message))
			}
			if strings.HasSuffix(f.Message, " more like this.") {
				more += f.Code
			}
		}
		for code, n := range count {
			if n > 100 || (n == 100) != strings.Contains(more, code) && code != "dockerfile-syntax" && code != "config-syntax" { // they have bounds of their own
				t.Errorf("%s: %d findings of %s; more are said of %q", name, n, code, more)
			}
		}
	}
}

// BenchmarkHuge shows whether the time grows with the square of a folder: no case is to take more than a second.
func BenchmarkHuge(b *testing.B) {
	for name, files := range hugeFolders(40_000) {
		fsys := complete(files)
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				diagnostics.Check(task.Load(fsys), &task.Report{})
			}
		})
	}
}
