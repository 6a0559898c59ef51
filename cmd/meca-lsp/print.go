package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// The colours of a terminal.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	blue   = "\x1b[34m"
)

// printer writes for a person, in colour where a terminal reads. It remembers the first error and writes nothing after it.
type printer struct {
	out    *os.File
	colour bool
	err    error
}

func newPrinter(out *os.File) *printer {
	return &printer{out: out, colour: term.IsTerminal(int(out.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

// in wraps a text in a colour.
func (p *printer) in(colour, s string) string {
	if !p.colour {
		return s
	}
	return colour + s + plain
}

func colourOf(s diagnostics.Severity) string {
	return map[diagnostics.Severity]string{diagnostics.Error: red, diagnostics.Warning: yellow, diagnostics.Information: blue, diagnostics.Hint: dim}[s]
}

// finding prints `path:line:col: severity: message [code]`, and its related places below.
func (p *printer) finding(f found, d diagnostics.Finding) {
	at := d.File.Position(d.Span.Start, text.UTF16)
	p.printf("%s:%d:%d: %s: %s %s\n", p.in(bold, f.clickable(d.File.Path)), at.Line+1, at.Column+1,
		p.in(colourOf(d.Severity), d.Severity.String()), d.Message, p.in(dim, "["+d.Code+"]"))
	for _, r := range d.Related {
		at := r.File.Position(r.Span.Start, text.UTF16)
		p.printf("    %s:%d:%d: %s\n", f.clickable(r.File.Path), at.Line+1, at.Column+1, strings.ReplaceAll(r.Message, "\n", "\n        "))
	}
}

func (p *printer) summary(folders int, counts map[diagnostics.Severity]int) {
	line := plural(folders, "task folder") + " checked: "
	if len(counts) == 0 {
		p.printf("%s%s\n", line, p.in(green, "nothing to report"))
		return
	}
	var parts []string
	for _, s := range []diagnostics.Severity{diagnostics.Error, diagnostics.Warning, diagnostics.Information, diagnostics.Hint} {
		if n := counts[s]; n > 0 {
			parts = append(parts, p.in(colourOf(s), plural(n, s.String())))
		}
	}
	p.printf("%s%s\n", line, strings.Join(parts, ", "))
}

func plural(n int, what string) string {
	switch {
	case n == 1 || what == "information":
		return fmt.Sprintf("%d %s", n, what)
	case what == "fix":
		return fmt.Sprintf("%d fixes", n)
	default:
		return fmt.Sprintf("%d %ss", n, what)
	}
}
