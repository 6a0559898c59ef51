package diagnostics

import (
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var outputBuffered = Rule{
	Code: "output-buffered", Severity: Warning,
	Doc: "meca-init-done would sit in Python's buffer",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil {
			return
		}
		c, ok := d.Command(d.Final())
		if !ok || !startsPython(c) || unbuffered(d, c) {
			return
		}
		for _, m := range p.Folder.Marks() {
			if strings.HasSuffix(m.File.Path, ".py") && printsWithoutFlush(m) {
				f := p.reportStart("`meca-init-done` would sit in Python's buffer: standard output is no terminal in a container, and nothing flushes it. A host waits for it without end. Set `PYTHONUNBUFFERED`, or print it with `flush=True`.",
					edit("Add ENV PYTHONUNBUFFERED=1", true, d.Source, insertBeforeStart(d, "ENV PYTHONUNBUFFERED=1")))
				f.Related = []Related{{File: m.File, Span: m.Span, Message: "It is printed here."}}
				return
			}
		}
	},
}

// startsPython reports whether a command runs Python code whose output nothing flushes by itself. flask run does: it prints a banner.
func startsPython(c *dockerfile.Command) bool {
	name, _ := serverOf(c)
	switch {
	case name == "flask":
		return false
	case name != "":
		return true
	default:
		return isPython(c.Program()) && scriptOf(c) != ""
	}
}

func unbuffered(d *dockerfile.File, c *dockerfile.Command) bool {
	if w, set := d.Env(d.Final(), "PYTHONUNBUFFERED"); w.Span.Len() > 0 && (!set || w.Text != "") {
		return true
	}
	if slices.ContainsFunc(c.Env, func(w dockerfile.Word) bool { return strings.HasPrefix(w.Text, "PYTHONUNBUFFERED=") }) {
		return true
	}
	for _, a := range c.Args[1:] {
		if len(a.Text) > 1 && a.Text[0] == '-' && a.Text[1] != '-' && strings.Contains(a.Text, "u") && isPython(c.Program()) {
			return true
		}
		if !strings.HasPrefix(a.Text, "-") {
			return false
		}
	}
	return false
}

// printsWithoutFlush reports whether a mark is the argument of a print that leaves it in the buffer, in a file that flushes nowhere.
func printsWithoutFlush(m task.MarkPlace) bool {
	for _, flushes := range []string{"flush()", "flush=True", "flush = True", "reconfigure(", "line_buffering", "app.run(", "os.write(", "unbuffered"} {
		if strings.Contains(m.File.Text, flushes) {
			return false
		}
	}
	before := m.File.Slice(text.Span{Start: m.File.Line(m.File.LineOf(m.Span.Start)).Start, End: m.Span.Start})
	return strings.Contains(before, "print(") || strings.Contains(before, "stdout.write(")
}
