package diagnostics_test

import (
	"testing"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// BenchmarkFolder judges a whole task folder, from its files in memory to its findings.
func BenchmarkFolder(b *testing.B) {
	files := complete(map[string]string{"config.json": `{"resource": {"cpu": "1", "memory": 128}}`})
	for b.Loop() {
		diagnostics.Check(task.Load(files), nil)
	}
}

// BenchmarkEdit judges a folder again after a change of one open text, as every key press does.
func BenchmarkEdit(b *testing.B) {
	folder := task.Load(complete(nil))
	texts := []string{`{"resource": {"cpu": "1", "memory": 128}}`, `{"resource": {"cpu": 1, "mem": 128}}`}
	for i := 0; b.Loop(); i++ {
		diagnostics.Check(folder.With(map[string]string{task.ConfigFile: texts[i%2]}), nil)
	}
}

// BenchmarkEditDockerfile is the same for the Dockerfile.
func BenchmarkEditDockerfile(b *testing.B) {
	folder := task.Load(complete(nil))
	content := folder.File(task.DockerfileName).Text
	for b.Loop() {
		diagnostics.Check(folder.With(map[string]string{task.DockerfileName: content}), nil)
	}
}
