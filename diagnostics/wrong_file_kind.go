package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var wrongFileKind = Rule{
	Code: "wrong-file-kind", Severity: Error,
	Doc: "an entry of the folder is not what it must be: a file, or for src a folder",
	check: func(p *Pass) {
		for _, name := range task.Required() {
			if message := wrongKind(p.Folder.Entry(name)); message != "" {
				p.reportOn(message)
			}
		}
	},
}

func wrongKind(e task.Entry) string {
	wanted := "a file"
	if e.Name == task.SourceDir {
		wanted = "a folder"
	}
	switch e.Kind {
	case task.Irregular:
		return fmt.Sprintf("`%s` must be %s, and is a FIFO, a socket or a device. No host can read it. Put %s in its place.", e.Name, wanted, wanted)
	case task.OutsideLink:
		return fmt.Sprintf("`%s` is a link that leads out of the folder, or nowhere. A host gets the folder alone. Put %s in its place.", e.Name, wanted)
	case task.Unreadable:
		return fmt.Sprintf("`%s` cannot be read. Publishing needs it. Give yourself the right to read it.", e.Name)
	case task.Directory:
		if wanted != "a folder" {
			return fmt.Sprintf("`%s` must be a file, and is a folder. A host cannot read it. Put a file in its place.", e.Name)
		}
	case task.Regular:
		if wanted != "a file" {
			return fmt.Sprintf("`%s` must be a folder, and is a file. A host builds from the folder `src`. Make it a folder with the sources in it.", e.Name)
		}
	}
	return ""
}
