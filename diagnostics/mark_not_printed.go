package diagnostics

import (
	"path"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var markNotPrinted = Rule{
	Code: "mark-not-printed", Severity: Warning,
	Doc: "nothing that could reach the image prints meca-init-done",
	check: func(p *Pass) {
		message := "Nothing that the image gets prints `meca-init-done`."
		d := p.Folder.Dockerfile()
		switch {
		case d == nil && len(p.Folder.Marks()) > 0, d != nil && mayPrintMark(p.Folder, d):
			return
		case len(p.Folder.Marks()) > 0:
			where := p.Folder.Marks()[0]
			message = "`" + text.Plain(where.File.Path) + "` prints `meca-init-done`, but the Dockerfile does not copy it into the image."
		}
		p.reportStart(message + " A host waits for it on the container's standard output, with no end, and blocks all its tasks. Print it once port 8080 is open.")
	},
}

// mayPrintMark reports whether the mark may come from the image, as far as the folder tells. What cannot be known counts as yes.
func mayPrintMark(folder *task.Folder, d *dockerfile.File) bool {
	if folder.Partial() || len(d.Problems) > 0 || len(d.Stages) == 0 || d.FetchesApp() {
		return true
	}
	for _, in := range d.Instructions {
		if strings.Contains(d.Source.Slice(text.Span{Start: in.Span.Start, End: in.End}), task.Mark) && !onlyInComments(d, in) {
			return true
		}
	}
	var copies []dockerfile.Copy
	for _, s := range d.Stages {
		copies = append(copies, d.Sources(s)...)
	}
	if len(copies) == 0 && !strings.EqualFold(d.Final().Base, "scratch") {
		return true // the app is the base image's
	}
	last := ""
	for _, m := range folder.Marks() {
		if m.File.Path == last {
			continue
		}
		last = m.File.Path
		if reaches(folder.Ignore(), copies, m.File.Path) {
			return true
		}
	}
	for _, f := range folder.Files() {
		if f.Opaque && reaches(folder.Ignore(), copies, f.Path) {
			return true
		}
	}
	return false
}

// onlyInComments reports whether an instruction's mark stands in comment lines between its continued lines.
func onlyInComments(d *dockerfile.File, in *dockerfile.Instruction) bool {
	if len(in.Heredocs) > 0 {
		return false
	}
	for line := range strings.Lines(d.Source.Slice(text.Span{Start: in.Span.Start, End: in.End})) {
		if strings.Contains(line, task.Mark) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return false
		}
	}
	return true
}

// reaches reports whether a file of the folder is copied into any stage.
func reaches(ignore *task.Ignore, copies []dockerfile.Copy, file string) bool {
	if ignore.Excludes(file) {
		return false
	}
	for _, c := range copies {
		if copiesFile(c.Path, file) {
			return true
		}
	}
	return false
}

// copiesFile reports whether a COPY source takes a file along: it is the file, a folder above it, or a pattern of one of them.
func copiesFile(source, file string) bool {
	source = strings.TrimPrefix(path.Clean("/"+source), "/")
	if source == "" || file == source || strings.HasPrefix(file, source+"/") {
		return true
	}
	if !strings.ContainsAny(source, `*?[\`) {
		return false
	}
	for at := range len(file) + 1 {
		if at != len(file) && file[at] != '/' {
			continue
		}
		if matched, err := path.Match(source, file[:at]); err == nil && matched {
			return true
		}
	}
	return false
}
