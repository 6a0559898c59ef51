package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var emptyFile = Rule{
	Code: "empty-file", Severity: Warning,
	Doc: "the name, the description or the example input is empty",
	check: func(p *Pass) {
		consequences := map[string]string{
			task.NameFile:        "A desktop host shows a task without a name. Write its name.",
			task.DescriptionFile: "A desktop host shows a task without a description. Say what it does.",
			task.InputFile:       "A host asks the task with an empty body. Write an example of what the task is asked.",
		}
		for _, name := range task.Required() {
			f := p.Folder.File(name)
			if f == nil || consequences[name] == "" || f.Text != "" && (name == task.InputFile || strings.TrimSpace(f.Text) != "") {
				continue
			}
			p.report(f, text.Span{}, fmt.Sprintf("`%s` is empty. %s", name, consequences[name]))
		}
	},
}
