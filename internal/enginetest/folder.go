package enginetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BadTask compiles the program of the badtask folder, statically, and gives its path. It takes some seconds the first time.
func BadTask(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "badtask")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/meca-lsp/meca-lsp/internal/enginetest/badtask")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the bad task does not compile: %v\n%s", err, out)
	}
	return path
}

// Files are a folder's files by slash-separated path.
type Files map[string]string

// Folder writes a task folder: sound files, and over them those that are given. A program becomes src/badtask.
func Folder(t testing.TB, program string, files Files) string {
	t.Helper()
	dir := t.TempDir()
	all := Files{
		"config.json":        `{"resource": {"cpu": 1, "mem": 64, "use_gpu": false, "gpu_count": 0}}`,
		"name.txt":           "A bad task\n",
		"description.txt":    "It misbehaves.\n",
		"example_input.bin":  `{"input": "hello"}`,
		"example_output.bin": `{"input": "hello"}`,
		"src/.keep":          "",
	}
	for name, content := range files {
		all[name] = content
	}
	for name, content := range all {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if program != "" {
		b, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "src", "badtask"), b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
