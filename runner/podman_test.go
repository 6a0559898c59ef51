package runner_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// TestPodman runs bad tasks and a good one on a real Podman: the same verdicts as on Docker, but for what it cannot tell.
func TestPodman(t *testing.T) {
	host := enginetest.Podman(t)
	t.Setenv("DOCKER_HOST", host) // the witness's engine, too
	engine, err := runner.ConnectTo(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	program := enginetest.BadTask(t)
	witness := enginetest.NewWitness(t, engine)
	for _, m := range podmanMisbehaviours() {
		t.Run(m.mode, func(t *testing.T) { m.run(t, witness, program) })
	}
	t.Run("echo", func(t *testing.T) { podmanEcho(t, witness) })
	witness.NothingLeft(t)
	t.Run("kept", func(t *testing.T) { podmanKept(t, witness, program) })
	if images, err := engine.Images(t.Context()); err != nil || len(images) > 0 {
		t.Errorf("left are %v, %v", images, err)
	}
}

func podmanMisbehaviours() []misbehaviour {
	stops := func(mode, dockerfile string, line int, message string) misbehaviour {
		return misbehaviour{mode: mode, dockerfile: dockerfile, outcome: task.Failed, message: message, check: func(t *testing.T, r *task.Report) {
			if r.BuildFailure == nil || r.BuildFailure.Line != line {
				t.Errorf("build failure is %+v, want line %d", r.BuildFailure, line)
			}
		}}
	}
	const copied = "FROM scratch\nCOPY src/badtask /badtask\n"
	return []misbehaviour{
		{mode: "", outcome: task.Passed, message: "exact", check: func(t *testing.T, r *task.Report) {
			if r.Engine.Name != "Podman Engine" || r.Steps[0].Cached {
				t.Errorf("engine is %+v, steps %+v", r.Engine, r.Steps)
			}
		}},
		{mode: "exit 1", outcome: task.Failed, message: "with exit code 1.", check: exitWith(1, task.PhaseReady)},
		{mode: "oom", outcome: task.Failed, message: "it probably ran out of memory: its limit is 64 MiB", check: func(t *testing.T, r *task.Report) {
			if r.OutOfMemory || !r.Exit.PerhapsMemory {
				t.Errorf("out of memory %v, exit %+v", r.OutOfMemory, r.Exit)
			}
		}},
		{mode: "peak", outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			if r.PeakMemory == nil || *r.PeakMemory < 30<<20 || *r.PeakMemory > 64<<20 || r.PeakAtLeast {
				t.Errorf("peak memory is %v, at least %v", r.PeakMemory, r.PeakAtLeast)
			}
		}},
		{mode: "exit-at-request", outcome: task.Failed, message: "with exit code 3", check: exitWith(3, task.PhaseAnswer)},
		{mode: "command not found", dockerfile: copied + "CMD [\"/nope\"]\n", outcome: task.Failed, message: "could not be started", check: exitWith(127, task.PhaseStart)},
		{mode: "no-mark", ready: time.Second, outcome: task.Failed, message: "was not in the container's log within "},
		{mode: "buffered-term", ready: 4 * time.Second, outcome: task.Failed, message: "buffer"},
		{mode: "early", outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			if gap := r.Listen.MarkToOpen; gap == nil || *gap <= 0 {
				t.Errorf("mark to open port took %v, want some 300 ms", gap)
			}
		}},
		{mode: "no-port", outcome: task.Failed, message: "nothing listens on 0.0.0.0:8080"},
		{mode: "wrong", outcome: task.Failed, message: "differs from example_output.bin"},
		{mode: "closes", outcome: task.Failed, message: "the connection was closed without an answer"},
		stops("exit in RUN", copied+"# why\nRUN [\"/badtask\", \"exit\", \"7\"]\nEXPOSE 8080\n", 4, "the build stopped at Dockerfile:4: "),
		stops("second stage", "ARG X=1\n"+copied+"RUN [\"/badtask\", \"say\", \"one\"]\n\nFROM scratch\nCOPY --from=0 /badtask /b\nRUN [\"/b\", \"exit\", \"1\"]\n", 8, "Dockerfile:8"),
		stops("missing source", copied+"COPY nope /\n", 3, "the build stopped at Dockerfile:3: "),
		stops("unknown instruction", copied+"FOO bar\n", 3, "Unknown instruction: \"FOO\"."),
		stops("no instruction", "# nothing\n", 0, "no stages"),
		{mode: "no registry", dockerfile: "FROM registry.invalid/nope:1\n", outcome: task.Error, message: "FROM registry.invalid/nope:1, cannot be had"},
		{mode: "several stages", outcome: task.Passed,
			dockerfile: copied + "RUN [\"/badtask\", \"say\", \"one\"]\nFROM scratch\nCOPY --from=0 /badtask /badtask\nCMD [\"/badtask\"]\n"},
	}
}

// podmanEcho runs the example that the repository shows.
func podmanEcho(t *testing.T, engine runner.Engine) {
	echo, err := filepath.Abs("../examples/echo")
	if err != nil {
		t.Fatal(err)
	}
	if r := runFolder(t.Context(), t, engine, echo, quick(), &recording{}); r.Outcome != task.Passed {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
}

// podmanKept keeps a build's image, finds it again, and removes all that was kept.
func podmanKept(t *testing.T, engine runner.Engine, program string) {
	folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": plainDockerfile("")})
	opts := quick()
	opts.Reuse = true
	for _, cached := range []bool{false, true} {
		r := runFolder(t.Context(), t, engine, folder, opts, &recording{})
		if r.Outcome != task.Passed || r.Steps[0].Cached != cached {
			t.Errorf("got %s: %s; steps %+v, want cached %v", r.Outcome, r.Message, r.Steps, cached)
		}
	}
	images, err := engine.Images(t.Context())
	if err != nil || !slices.ContainsFunc(images, func(i runner.Image) bool {
		return slices.ContainsFunc(i.Names, func(name string) bool { return strings.HasPrefix(name, "meca-lsp/") })
	}) {
		t.Errorf("kept are %v, %v", images, err)
	}
	if _, _, err := runner.Clean(t.Context(), engine, folder); err != nil {
		t.Error(err)
	}
}
