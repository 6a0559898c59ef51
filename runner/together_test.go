package runner_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// TestTogether runs one folder many times at once. The runs share the builder's cache, and the images that each removes may be what
// another builds on: none may fail of it, and the last one leaves nothing. In the last round all keep what they build, and what is then
// removed is all.
func TestTogether(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": "FROM scratch\nCOPY config.json /\nCOPY name.txt /\n" +
		"COPY src/badtask /badtask\nENV A=1\nENV B=2\nRUN [\"/badtask\", \"say\", \"one\"]\nCMD [\"/badtask\"]\n"})
	witness := enginetest.NewWitness(t, engine)
	const rounds, abreast = 3, 4
	opts := patient()
	for round := range rounds {
		opts.Reuse = round == rounds-1
		var all sync.WaitGroup
		for range abreast {
			all.Go(func() {
				rec := &recording{}
				r := runFolder(t.Context(), t, witness, folder, opts, rec)
				if r.Outcome != task.Passed || strings.Contains(r.Message, "left in the engine") {
					t.Errorf("%s\n%s", r.Message, rec.lines("engine"))
				}
			})
		}
		all.Wait()
		if opts.Reuse {
			if _, _, err := runner.Clean(t.Context(), witness, folder); err != nil {
				t.Error(err)
			}
		}
		witness.NothingLeft(t)
	}
}

// TestBesideAnother ends a run while another one, of another process, uses the same image: that is no more this run's, and there as
// long as the other wants it.
func TestBesideAnother(t *testing.T) {
	engine := enginetest.Require(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile("") + "ENV BESIDE=1\n"})
	ours, theirs := enginetest.NewWitness(t, engine), enginetest.NewWitness(t, engine)
	var other sync.WaitGroup
	begun, goOn := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	run := func(witness *enginetest.Witness, atAnswer func()) {
		rec := &recording{seen: func(e task.Event) {
			if e.Phase == task.PhaseAnswer && e.Stream == "" {
				atAnswer()
			}
		}}
		if r := runFolder(t.Context(), t, witness, folder, quick(), rec); r.Outcome != task.Passed {
			t.Errorf("got %s: %s", r.Outcome, r.Message)
		}
	}
	run(ours, func() {
		other.Go(func() {
			defer begin() // also where it does not get there
			run(theirs, func() { begin(); <-goOn })
		})
		<-begun
	})
	ours.NothingLeft(t)
	close(goOn)
	other.Wait()
	ours.NothingLeft(t)
	theirs.NothingLeft(t)
}
