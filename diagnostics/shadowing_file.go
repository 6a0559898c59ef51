package diagnostics

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var shadowingFile = Rule{
	Code: "shadowing-file", Severity: Information,
	Doc: "another file's name ends like one that the desktop app looks for",
	check: func(p *Pass) {
		for _, name := range p.Folder.Names() {
			for _, wanted := range []string{task.NameFile, task.DescriptionFile, task.ConfigFile} {
				if _, isFile := p.Folder.FileSize(name); isFile && name != wanted && strings.HasSuffix(name, wanted) {
					p.report(text.New(name, ""), text.Span{}, fmt.Sprintf("The name ends like `%s`. The desktop app takes the first file whose name ends so, and may take this one. Give it another name.", wanted))
				}
			}
		}
	},
}
