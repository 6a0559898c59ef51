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
	Doc: "meca-init-done would sit in the buffer of Python, or of C",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil {
			return
		}
		c, ok := d.Command(d.Final())
		switch {
		case !ok:
		case startsPython(p.Folder, c):
			p.pythonBuffer(d, c)
		case !isInterpreter(c.Program()):
			p.cBuffer(d)
		}
	},
}

// pythonBuffer reports a mark that stays in Python's buffer.
func (p *Pass) pythonBuffer(d *dockerfile.File, c *dockerfile.Command) {
	if unbuffered(d, c) || asksItself(d) {
		return
	}
	image := p.image(d)
	var held *task.MarkPlace
	for i, m := range p.Folder.Marks() {
		switch {
		case i >= maxJudged:
			return
		case !image.gets(m.File.Path):
		case !strings.HasSuffix(m.File.Path, ".py"):
			return // that one may be the one that counts
		case held == nil && printsWithoutFlush(m) && m.Print().Lost != task.OnStderr:
			held = &m
		}
	}
	if held == nil || p.Folder.Partial() || p.Folder.FlushesPython(image.gets) {
		return
	}
	f := p.reportStart("`meca-init-done` would sit in Python's buffer: standard output is no terminal in a container, and nothing flushes it. A host waits for it without end. Set `PYTHONUNBUFFERED`, or print it with `flush=True`.",
		edit("Add ENV PYTHONUNBUFFERED=1", true, d.Source, insertBeforeStart(d, "ENV PYTHONUNBUFFERED=1")))
	f.Related = []Related{{File: held.File, Span: held.Span, Message: "It is printed here."}}
}

// asksItself reports whether the image has a health check: what a server logs of its request may flush the mark.
func asksItself(d *dockerfile.File) bool {
	for s := d.Final(); s != nil; s = s.Parent {
		for _, in := range s.Instructions {
			if in.Name == "HEALTHCHECK" && len(in.Args) > 0 && !strings.EqualFold(in.Args[0].Text, "NONE") {
				return true
			}
		}
	}
	return false
}

// cBuffer reports a mark that stays in the buffer of C's standard output, which is no terminal in a container.
func (p *Pass) cBuffer(d *dockerfile.File) {
	marks, all := p.reachingMarks(d)
	if !all || len(marks) != 1 {
		return
	}
	m := marks[0]
	if printed := m.Print(); printed.Held && !p.Folder.FlushesC() && !unbuffers(d) {
		var fixes []Fix
		if printed.Title != "" {
			fixes = append(fixes, edit(printed.Title, true, m.File, printed.Mend))
		}
		p.report(m.File, printed.At, "`meca-init-done` would sit in C's buffer: standard output is no terminal in a container, and nothing flushes it. A host waits for it without end. Call `fflush(stdout)` behind it.", fixes...)
	}
}

// unbuffers reports whether a Dockerfile has what takes C's buffer away, or gives it a terminal.
func unbuffers(d *dockerfile.File) bool {
	return namesAny(d.Source.Text, []string{"stdbuf", "unbuffer", "script", "LD_PRELOAD"})
}

// startsPython reports whether a command runs Python code whose output nothing flushes by itself. flask run and fastapi run do: they
// print a banner.
func startsPython(folder *task.Folder, c *dockerfile.Command) bool {
	name, _ := serverOf(c)
	switch {
	case name == "flask", name == "fastapi":
		return false
	case name != "":
		return true
	default:
		return isPython(c.Program()) && (scriptOf(c) != "" || appOf(folder, c) == folderApp)
	}
}

func unbuffered(d *dockerfile.File, c *dockerfile.Command) bool {
	if w, set := d.Env(d.Final(), "PYTHONUNBUFFERED"); w.Span.Len() > 0 && (!set || w.Text != "") {
		return true
	}
	if slices.ContainsFunc(c.Args, func(w dockerfile.Word) bool { return strings.Contains(w.Text, "log-config") }) {
		return true // it may log to standard output, and flush
	}
	if slices.ContainsFunc(c.Env, func(w dockerfile.Word) bool { return strings.HasPrefix(w.Text, "PYTHONUNBUFFERED=") }) {
		return true
	}
	return isPython(c.Program()) && hasOptionU(c.Args[1:])
}

// hasOptionU reports whether Python's own options, which end with the first word that is none, hold -u.
func hasOptionU(args []dockerfile.Word) bool {
	for i := 0; i < len(args); i++ {
		switch option := args[i].Text; {
		case option == "-X" || option == "-W":
			i++ // its value
		case !strings.HasPrefix(option, "-"), strings.HasPrefix(option, "-m"), strings.HasPrefix(option, "-c"):
			return false
		case strings.HasPrefix(option, "-X") || strings.HasPrefix(option, "-W") || strings.HasPrefix(option, "--"):
		case strings.Contains(option, "u"):
			return true
		}
	}
	return false
}

// printsWithoutFlush reports whether a mark is the argument of a print that leaves it in the buffer.
func printsWithoutFlush(m task.MarkPlace) bool {
	before := m.File.Slice(text.Span{Start: m.File.Line(m.File.LineOf(m.Span.Start)).Start, End: m.Span.Start})
	return strings.Contains(before, "print(") || strings.Contains(before, "stdout.write(")
}
