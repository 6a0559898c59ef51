package task

import (
	_ "embed"
	"sync"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meca-lsp/meca-lsp/schema"
)

// StarterApp is the source file of the template.
const StarterApp = SourceDir + "/app.py"

//go:embed template.txtar
var archive []byte

var templates = sync.OnceValue(func() map[string]string {
	files := map[string]string{ConfigFile: schema.DefaultConfig("\n")}
	for _, f := range txtar.Parse(archive).Files {
		files[f.Name] = string(f.Data)
	}
	return files
})

// Template is the content of one file of a task folder that checks clean and runs: a Python app that needs no package. path is one of
// the required entries or StarterApp; it is not ok for any other.
func Template(path string) (content string, ok bool) {
	content, ok = templates()[path]
	return content, ok
}
