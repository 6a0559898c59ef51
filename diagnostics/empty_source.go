package diagnostics

import (
	"github.com/meca-lsp/meca-lsp/internal/task"
)

var emptySource = Rule{
	Code: "empty-source", Severity: Error,
	Doc: "the folder src holds nothing",
	check: func(p *Pass) {
		if e := p.Folder.Entry(task.SourceDir); e.Kind != task.Directory || !e.Empty {
			return
		}
		p.reportOn("The folder `src` is empty. Publishing stops at the command line's own test, which refuses an empty folder. Put the app's sources there.",
			create(task.SourceDir, true))
	},
}
