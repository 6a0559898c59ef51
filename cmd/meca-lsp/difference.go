package main

import (
	"bytes"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// How much of an answer is shown, in bytes: all in all, and of what stands before the first difference.
const (
	maxShown  = 16 << 10
	maxBefore = 4 << 10
)

// differenceOf is what was expected and what came: a unified diff of texts, made plain, or the bytes of anything else around the place
// where they first differ.
func differenceOf(a *task.Answer) string {
	from := shownFrom(a)
	expected, got := cut(a.Expected[from:]), cut(a.Body[from:])
	if !utf8.Valid(expected) || !utf8.Valid(got) {
		at := max(0, a.DiffAt-a.DiffAt%16)
		return "--- example_output.bin\n" + hexAt(a.Expected, at) + "+++ the answer\n" + hexAt(a.Body, at)
	}
	var b strings.Builder
	for line := range strings.Lines(udiff.Unified("example_output.bin", "the answer", string(expected), string(got))) {
		b.WriteString(text.Plain(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return b.String()
}

// shownFrom is the byte from which a long answer is shown: the start of a line not far before the first difference, up to which both are
// the same.
func shownFrom(a *task.Answer) int {
	far := a.DiffAt - maxBefore
	if far <= 0 || far > len(a.Body) || far > len(a.Expected) {
		return 0
	}
	from := bytes.LastIndexByte(a.Expected[:far], '\n') + 1
	if !bytes.Equal(a.Expected[:from], a.Body[:from]) {
		return 0
	}
	return from
}

// cut keeps the first bytes, whole characters of them.
func cut(b []byte) []byte {
	if len(b) <= maxShown {
		return b
	}
	end := maxShown
	for end > maxShown-utf8.UTFMax && !utf8.RuneStart(b[end]) {
		end--
	}
	return b[:end]
}

// hexAt dumps some bytes from an offset on.
func hexAt(b []byte, from int) string {
	const shown = 64
	from = min(from, len(b))
	return hex.Dump(b[from:min(len(b), from+shown)])
}
