package diagnostics

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var markNotPrinted = Rule{
	Code: "mark-not-printed", Severity: Warning,
	Doc: "nothing that could reach the image prints meca-init-done where a host sees it",
	check: func(p *Pass) {
		message := "Nothing that the image gets prints `meca-init-done`."
		if d := p.Folder.Dockerfile(); d == nil {
			if len(p.Folder.Marks()) > 0 {
				return
			}
		} else {
			marks, all := p.reachingMarks(d)
			switch {
			case !all, len(marks) > maxJudged:
				return
			case len(marks) > 0:
				p.reportLost(marks)
				return
			case len(p.Folder.Marks()) > 0:
				where := p.Folder.Marks()[0]
				message = "`" + text.Plain(where.File.Path) + "` prints `meca-init-done`, but the Dockerfile does not copy it into the image."
			}
		}
		p.reportStart(message + " A host waits for it on the container's standard output, with no end, and blocks all its tasks. Print it once port 8080 is open.")
	},
}

// maxJudged is how many places of the mark are looked at. Where there are more, one of them may well be seen.
const maxJudged = 8

// reportLost reports marks that are printed where no host sees them. It is silent where a host may see one of them.
func (p *Pass) reportLost(marks []task.MarkPlace) {
	prints := make([]task.Print, len(marks))
	for i, m := range marks {
		prints[i] = m.Print()
		if lost := prints[i].Lost; lost == task.NotLost || lost == task.OnStderr && p.Folder.MovesStderr() {
			return
		}
	}
	for i, printed := range prints {
		message := "`meca-init-done` is printed without a line end. An engine logs a line when its end comes, so that a host waits for it without end. Print a line end behind it."
		if printed.Lost == task.OnStderr {
			message = "`meca-init-done` is printed on standard error. A host reads standard output alone, and waits for it without end. Print it on standard output."
		}
		var fixes []Fix
		if printed.Title != "" {
			fixes = append(fixes, edit(printed.Title, true, marks[i].File, printed.Mend))
		}
		p.report(marks[i].File, printed.At, message, fixes...)
	}
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
