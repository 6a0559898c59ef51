package main

import (
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestDifference shows the place where two answers differ, however far it is, and what it is made of.
func TestDifference(t *testing.T) {
	long := strings.Repeat("the same line\n", 10_000)
	for name, test := range map[string]struct {
		expected, body string
		at             int
		want           []string
	}{
		"text":        {"a\nb\n", "a\nc\n", 2, []string{"-b\n", "+c\n"}},
		"far":         {long + "old\n", long + "new\n", len(long), []string{"-old\n", "+new\n"}},
		"no line end": {"a", "b", 0, []string{"-a\n", "+b\n"}},
		"bytes":       {"\xff\x00\x01", "\xff\x00\x02", 2, []string{"ff 00 01", "ff 00 02"}},
		"escapes":     {"a", "\x1b[31mb", 0, []string{"-a\n", "+b\n"}},
	} {
		got := differenceOf(&task.Answer{Expected: []byte(test.expected), Body: []byte(test.body), DiffAt: test.at})
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %q", name, want, got)
			}
		}
		if len(got) > 4*maxShown {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}
