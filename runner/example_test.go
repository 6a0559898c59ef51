package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestExampleThatCannotBeUsed ends before anything is built.
func TestExampleThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"no input", func(dir string) error { return os.Remove(filepath.Join(dir, task.InputFile)) }, "there is no example_input.bin"},
		{"no output", func(dir string) error { return os.Remove(filepath.Join(dir, task.OutputFile)) }, "there is no example_output.bin"},
		{"huge input", func(dir string) error { return os.Truncate(filepath.Join(dir, task.InputFile), 1<<40) }, "example_input.bin cannot be used: it is too large: 1024.0 GiB, more than 256.0 MiB"},
		{"huge output", func(dir string) error { return os.Truncate(filepath.Join(dir, task.OutputFile), 65<<20) }, "example_output.bin cannot be used: it is too large: 65.0 MiB, more than 64.0 MiB"},
		{"folder", func(dir string) error {
			name := filepath.Join(dir, task.InputFile)
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o755)
		}, "example_input.bin cannot be used: it is no regular file"},
		{"outside link", func(dir string) error {
			name := filepath.Join(dir, task.OutputFile)
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Symlink("/etc/hostname", name)
		}, "example_output.bin cannot be used"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := enginetest.NewFake(t)
			path := enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\n"})
			if err := test.spoil(path); err != nil {
				t.Fatal(err)
			}
			r := runFolder(t.Context(), t, fake.Connect(t), path, quick(), &recording{})
			outcome := task.Error
			if strings.HasPrefix(test.name, "no ") { // what is missing is the folder's fault
				outcome = task.Failed
			}
			if r.Outcome != outcome || !strings.Contains(r.Message, test.want) || fake.Hits(enginetest.RouteBuild) > 0 {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
		})
	}
}

// TestExampleThatChanges gives no verdict about something else.
func TestExampleThatChanges(t *testing.T) {
	for _, test := range []struct {
		name  string
		phase task.Phase
	}{{task.InputFile, task.PhaseReady}, {task.OutputFile, task.PhaseReady}, {task.OutputFile, task.PhaseBuild}} {
		t.Run(test.name+" during "+string(test.phase), func(t *testing.T) {
			fake := enginetest.NewFake(t)
			path := enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\n"})
			rec := &recording{seen: func(e task.Event) {
				if e.Phase == test.phase && e.Stream == "" {
					if err := os.WriteFile(filepath.Join(path, test.name), []byte("other"), 0o644); err != nil {
						t.Error(err)
					}
				}
			}}
			r := runFolder(t.Context(), t, fake.Connect(t), path, quick(), rec)
			if r.Outcome != task.Error || !strings.Contains(r.Message, test.name+" changed during the run") {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			if left := fake.Left(); left != nil {
				t.Errorf("left are %q", left)
			}
		})
	}
}

// TestFolderThatCannotBeSent ends without an image.
func TestFolderThatCannotBeSent(t *testing.T) {
	fake := enginetest.NewFake(t)
	path := enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\n", "data": ""})
	if err := os.Truncate(filepath.Join(path, "data"), 6<<30); err != nil {
		t.Fatal(err)
	}
	r := runFolder(t.Context(), t, fake.Connect(t), path, quick(), &recording{})
	if r.Outcome != task.Error || !strings.Contains(r.Message, "too large to be sent to the engine: 6.0 GiB") || fake.Hits(enginetest.RouteBuild) > 0 {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
}
