package runner_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// TestListens asks the kernel about real containers, once each has printed its mark.
func TestListens(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	var tests []named
	var witnesses []*enginetest.Witness
	for mode, want := range map[string]bool{"": true, "accepts": true, "loopback": false, "other-port": false, "udp": false, "no-port": false} {
		witness := enginetest.NewWitness(t, engine)
		witnesses = append(witnesses, witness)
		tests = append(tests, named{"mode " + mode, func(t *testing.T) {
			asked := false
			rec := &recording{seen: func(e task.Event) {
				if e.Stream != "stdout" || !strings.Contains(e.Line, task.Mark) || asked {
					return
				}
				asked = true
				state, err := engine.Inspect(t.Context(), witness.Last())
				if err != nil {
					t.Error(err)
					return
				}
				if groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", state.Process)); err != nil || !strings.Contains(string(groups), witness.Last()) {
					t.Logf("the engine's containers are no processes of this system: %v", err)
					return
				}
				if got := runner.Listens(state.Process, witness.Last()); got != want {
					t.Errorf("got %v, want %v", got, want)
				}
			}}
			runFolder(t.Context(), t, witness, enginetest.Folder(t, program, enginetest.Files{"Dockerfile": plainDockerfile(mode)}), quick(), rec)
			if !asked {
				t.Error("the mark did not come")
			}
		}})
	}
	abreast(t, 3, tests)
	for _, witness := range witnesses { // once all are done: they share the builder's cache
		witness.NothingLeft(t)
	}
}
