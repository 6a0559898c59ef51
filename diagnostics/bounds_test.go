package diagnostics_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A folder that is far from a task gets its findings soon, and no more of them than a person can bear.
func TestCheckWithinBounds(t *testing.T) {
	t.Parallel()
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, files := range map[string]map[string]string{
		"unknown keys":       {"config.json": "{" + many(50_000, `"k%d":1,`) + `"resource":{` + many(50_000, `"r%d":1,`) + `"cpu":1}}`},
		"one key":            {"config.json": "{" + strings.Repeat(`"k":1,`, 100_000) + `"resource":{}}`},
		"one known key":      {"config.json": `{"resource":{` + strings.Repeat(`"cpu":"x",`, 100_000) + `"mem":1}}`},
		"nested keys":        {"config.json": strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000)},
		"faults":             {"config.json": "{" + strings.Repeat("a b ", 100_000) + "}"},
		"missing sources":    {"Dockerfile": "FROM a\n" + many(8_000, "COPY f%d.py /x/\n")},
		"sources outside":    {"Dockerfile": "FROM a\n" + strings.Repeat("COPY name.txt /x/\n", 8_000)},
		"patterns":           {"Dockerfile": "FROM a\n" + many(8_000, "COPY f%d* /x/\n")},
		"ports":              {"Dockerfile": "FROM a\nEXPOSE" + many(30_000, " 1%d") + "\n"},
		"instructions":       {"Dockerfile": "FROM a\n" + many(8_000, "EXPOS %d\n")},
		"here-documents":     {"Dockerfile": "FROM a\n" + strings.Repeat("RUN <<E\nE\n", 8_000)},
		"stages":             {"Dockerfile": many(8_000, "FROM a AS s%d\n")},
		"variables":          {"Dockerfile": "FROM a\n" + many(8_000, "ENV V%d=1 PORT=5000\n") + "CMD node app.py\n"},
		"marks":              {"src/app.py": strings.Repeat("print('meca-init-done')\n", 30_000)},
		"marks in comments":  {"src/app.js": strings.Repeat("// 'meca-init-done\n", 30_000)},
		"rules of ignoring":  {".dockerignore": many(20_000, "x%d*\n"), "Dockerfile": "FROM a\nCOPY src /x\n"},
		"a line of commands": {"Dockerfile": "FROM a\nCMD " + strings.Repeat("x && ", 10_000) + "flask run\n"},
		"names":              {many(200, "%d"): "x"},
	} {
		start := time.Now()
		folder := task.Load(complete(files))
		findings := diagnostics.Check(folder, &task.Report{Hash: "another", Outcome: task.Failed, Ready: &task.Ready{TimedOut: true}})
		count := map[string]int{}
		for _, f := range findings {
			if count[f.Code]++; len(f.Message) > 600 {
				t.Errorf("%s: %s has a message of %d bytes", name, f.Code, len(f.Message))
			}
		}
		for code, n := range count {
			if n > 100 {
				t.Errorf("%s: %d findings of %s", name, n, code)
			}
		}
		if took := time.Since(start); took > 5*time.Second { // far from what it takes: it tells quadratic time from linear
			t.Errorf("%s: took %v", name, took)
		}
		t.Log(name, time.Since(start), len(findings))
	}
}
