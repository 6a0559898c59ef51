package dockerfile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/clocktest"
	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
)

// Texts that are far from a Dockerfile get few problems, soon.
func TestReadWithinBounds(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"1,000,000 lines":       strings.Repeat("RUN x\n", 1_000_000),
		"one line of 10 MiB":    strings.Repeat("x", 10<<20),
		"a long instruction":    "FROM a\nRUN a" + strings.Repeat(" \\\n b", 5_000),
		"many empty lines":      "FROM a" + strings.Repeat("\n", 50_000),
		"many faults":           "FROM a\n" + strings.Repeat("ENV x\n", 1_000),
		"many unknown":          "FROM a\n" + strings.Repeat("EXPOS 1\n", 1_000),
		"many unclosed":         "FROM a\n" + strings.Repeat("RUN <<E\n", 500),
		"many stages":           strings.Repeat("FROM a AS b\nENV A=1\nEXPOSE 1\n", 1_000),
		"stage upon stage":      "FROM a AS b\n" + strings.Repeat("FROM b AS b\nEXPOSE 1\n", 1_000),
		"unclosed, to the end":  "FROM a\n" + strings.Repeat("RUN <<E\n", 32_000),
		"faults, to the end":    "FROM a\n" + strings.Repeat("ENV x\n", 43_000),
		"returns, to the end":   "FROM a\n" + strings.Repeat("x\r", 130_000),
		"growing values":        "FROM a\nENV A=1234567890\n" + strings.Repeat("ENV A=$A$A\n", 60) + "EXPOSE $A\n",
		"a huge name":           "FROM a\n" + strings.Repeat("X", 60_000) + " 1\n",
		"a huge port":           "FROM a\nEXPOSE " + strings.Repeat("9", 60_000) + "\n",
		"a huge flag":           "FROM a\nCOPY --" + strings.Repeat("x", 60_000) + " a b\n",
		"nested defaults":       "FROM a\nEXPOSE " + strings.Repeat("${A:-", 5_000) + "1" + strings.Repeat("}", 5_000) + "\n",
		"as large as it may be": "FROM a\n" + strings.Repeat("RUN x\n", 5_000),
	} {
		var f *dockerfile.File
		if took := clocktest.Spent(t, func() { f = read(s) }); took > time.Minute { // far from what it takes: it tells quadratic time from linear
			t.Errorf("%s: took %v", name, took)
		}
		for _, p := range f.Problems {
			if len(p.Message) > 300 {
				t.Errorf("%s: a message of %d bytes", name, len(p.Message))
			}
		}
		if len(f.Problems) > 101 {
			t.Errorf("%s: %d problems", name, len(f.Problems))
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		read(real[0])
	}
}
