package runner

import (
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestTellerHoldsEarlyLines tells what a container prints while the engine still starts it in the phase that waits for it, and at a run's
// end at the latest.
func TestTellerHoldsEarlyLines(t *testing.T) {
	for next, want := range map[task.Phase]string{
		task.PhaseReady:  "start: start:a warning ready: ready:mark ready:more",
		task.PhaseRemove: "start: start:a warning start:mark remove: remove:more",
	} {
		var told []string
		teller := &teller{emit: func(e task.Event) { told = append(told, string(e.Phase)+":"+e.Line) }}
		teller.begin(task.PhaseStart)
		teller.line(fromStdout, "mark")
		teller.line(fromEngine, "a warning")
		if slices.Contains(told, "start:mark") {
			t.Error("it was told at once")
		}
		teller.begin(next)
		teller.line(fromStderr, "more")
		if got := strings.Join(told, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
