package task_test

import (
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

func TestExitMeaning(t *testing.T) {
	for code, want := range map[int]string{0: "serving", 1: "", 2: "", 126: "cannot be executed", 127: "not found", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM", 255: ""} {
		if got := task.ExitMeaning(code); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%d: got %q, want %q", code, got, want)
		}
	}
}
