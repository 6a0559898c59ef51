package runner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// requireBuildKit gives the engine, if it has BuildKit and runs in this system: the registry of the tests is on its loopback interface.
func requireBuildKit(t *testing.T) *runner.Docker {
	t.Helper()
	engine := enginetest.Require(t)
	x, err := engine.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if x.BuildKit != runner.Yes || x.FreeDisk == nil {
		t.Skip("this test needs BuildKit, in an engine of this system")
	}
	return engine
}

// TestBuildKit builds with BuildKit on the real engine: the same reports as of the classic builder.
func TestBuildKit(t *testing.T) {
	engine := requireBuildKit(t)
	program := enginetest.BadTask(t)
	const copied = "FROM scratch\nCOPY src/badtask /badtask\n"
	registry := enginetest.NewRegistry(t)
	once := fmt.Sprint(time.Now().UnixNano()) // BuildKit's cache stays in the engine
	good := copied + "COPY src/once /once\nCMD [\"/badtask\"]\n"
	for _, test := range []struct {
		name, dockerfile string
		outcome          task.Outcome
		message          string
		line             int    // of the failure
		output           string // of the failed step
		shown            string // in the build's log
	}{
		{name: "good", dockerfile: good, outcome: task.Passed, message: "exact", shown: "[2/2] COPY src/once /once\n"},
		{name: "again", dockerfile: good, outcome: task.Passed, message: "exact", shown: "[2/2] COPY src/once /once\nCACHED\n"},
		{name: "several stages", outcome: task.Passed, shown: "] RUN [\"/badtask\", \"say\", \"" + once + "\"]\n" + once + "\n",
			dockerfile: "ARG X=1\n" + copied + "RUN [\"/badtask\", \"say\", \"" + once + "\"]\nFROM scratch\nCOPY --from=0 /badtask /badtask\nCMD [\"/badtask\"]\n"},
		{name: "what classic refuses", outcome: task.Passed, dockerfile: copied + "RUN --mount=type=tmpfs,target=/c [\"/badtask\", \"say\", \"" + once + "\"]\nCMD [\"/badtask\"]\n"},
		{name: "exit in RUN", dockerfile: copied + "# why\nRUN [\"/badtask\", \"exit\", \"7\"]\nEXPOSE 8080\n", outcome: task.Failed,
			message: "the build stopped at Dockerfile:4: ", line: 4, output: "last words"},
		{name: "second stage", dockerfile: "ARG X=1\n" + copied + "RUN [\"/badtask\", \"say\", \"one\"]\n\nFROM scratch AS Two\nENV A=1\nCOPY --from=0 /badtask /b\nRUN [\"/b\", \"exit\", \"1\"]\n",
			outcome: task.Failed, message: "Dockerfile:9", line: 9, output: "last words"},
		{name: "missing source", dockerfile: copied + "COPY nope /\n", outcome: task.Failed, message: "Dockerfile:3: ", line: 3},
		{name: "unknown instruction", dockerfile: copied + "FOO bar\n", outcome: task.Failed, message: "Dockerfile:3: dockerfile parse error", line: 3},
		{name: "no instruction", dockerfile: "# nothing\n", outcome: task.Failed, message: "no instructions"},
		{name: "no registry", dockerfile: "# x\nFROM registry.invalid/nope:1\n", outcome: task.Error, message: "FROM registry.invalid/nope:1, cannot be had", line: 2},
		{name: "no such image", dockerfile: "FROM " + strings.Replace(registry.Image(), ":1", ":2", 1) + "\n", outcome: task.Failed, message: "cannot be had", line: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			witness := enginetest.NewWitness(t, engine)
			opts, rec := quick(), &recording{}
			opts.Builder = task.BuilderBuildKit
			folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": test.dockerfile, "src/once": once, "name.txt": kitName()})
			r := runFolder(t.Context(), t, witness, folder, opts, rec)
			if r.Outcome != test.outcome || !strings.Contains(r.Message, test.message) || !strings.Contains(rec.lines("build"), test.shown) {
				t.Errorf("got %s: %s\n%s", r.Outcome, r.Message, rec.lines("build"))
			}
			if f := r.BuildFailure; f != nil && (f.Line != test.line || strings.Join(f.Output, "|") != test.output) || (f == nil) != (test.line == 0 && test.outcome == task.Passed) {
				t.Errorf("build failure is %+v", f)
			}
			if r.Outcome == task.Passed && r.Steps[0].Cached != (test.name == "again") {
				t.Errorf("cached: %v", r.Steps[0].Cached)
			}
			witness.NothingLeft(t)
			nothingNamed(t, engine)
		})
	}
}

// kitName names the tasks of this process: what others build at the same time has another name.
func kitName() string { return fmt.Sprint("kit ", os.Getpid()) }

// nothingNamed makes sure that the images of BuildKit are gone with their names: it leaves none between two steps.
func nothingNamed(t *testing.T, engine *runner.Docker) {
	t.Helper()
	images, err := engine.Images(t.Context())
	name := "meca-lsp/" + strings.ReplaceAll(kitName(), " ", "-") + ":"
	if err != nil || slices.ContainsFunc(images, func(i runner.Image) bool {
		return slices.ContainsFunc(i.Names, func(n string) bool { return strings.HasPrefix(n, name) })
	}) {
		t.Errorf("left are %v, %v", images, err)
	}
}

// TestBuildKitPulls fetches the base image before: BuildKit could not from a registry that wants a token.
func TestBuildKitPulls(t *testing.T) {
	engine := requireBuildKit(t)
	registry := enginetest.NewRegistry(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{
		"Dockerfile": "FROM " + registry.Image() + "\nCOPY src/badtask /badtask\nCMD [\"/badtask\"]\n", "name.txt": kitName(),
	})
	opts := quick()
	opts.Builder = task.BuilderBuildKit
	defer func() {
		if err := engine.RemoveImage(context.Background(), registry.Image()); err != nil {
			t.Error(err)
		}
	}()
	var asked int64
	for _, line := range []string{"Pulling " + registry.Image(), ""} {
		rec := &recording{}
		r := runFolder(t.Context(), t, engine, folder, opts, rec)
		if r.Outcome != task.Passed || !strings.Contains(rec.lines("build"), line) {
			t.Errorf("got %s: %s\n%s", r.Outcome, r.Message, rec.lines("build"))
		}
		if line == "" && registry.Asked() != asked {
			t.Error("the registry was asked again")
		}
		asked = registry.Asked()
	}
	if asked == 0 {
		t.Error("the registry was not asked")
	}
	nothingNamed(t, engine)
}

// TestBuildKitKept keeps the image of a build, and leaves that of the other builder alone.
func TestBuildKitKept(t *testing.T) {
	engine := requireBuildKit(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile(""), "name.txt": kitName()})
	opts := quick()
	opts.Reuse, opts.BuildOnly = true, true
	for _, step := range []struct {
		builder task.Builder
		reused  bool
	}{{task.BuilderBuildKit, false}, {task.BuilderBuildKit, true}, {task.BuilderClassic, false}, {task.BuilderBuildKit, true}} {
		opts.Builder = step.builder
		rec := &recording{}
		r := runFolder(t.Context(), t, engine, folder, opts, rec)
		if reused := strings.Contains(rec.lines("build"), "Nothing has changed"); r.Outcome != task.Passed || reused != step.reused {
			t.Errorf("%s: got %s: %s; reused %v", step.builder, r.Outcome, r.Message, reused)
		}
	}
	nothingNamed(t, engine)
	if _, _, err := runner.Clean(t.Context(), engine, folder); err != nil {
		t.Error(err)
	}
}

// TestBuildKitRefused: there is no such builder, or not with this engine.
func TestBuildKitRefused(t *testing.T) {
	fake := enginetest.NewFake(t)
	opts := quick()
	opts.Builder = "kaniko"
	if r := runPaper(t, fake, `{}`, opts, &recording{}); r.Outcome != task.Error || !strings.Contains(r.Message, "no builder") || fake.Hits(enginetest.RouteBuild) > 0 {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	fake.Break(enginetest.RouteVersion, enginetest.Answer(map[string]any{
		"Version": "4.3.1", "ApiVersion": "1.41", "Components": []map[string]string{{"Name": "Podman Engine"}},
	}))
	opts.Builder = task.BuilderBuildKit
	if r := runPaper(t, fake, `{}`, opts, &recording{}); r.Outcome != task.Error || !strings.Contains(r.Message, "Podman has no BuildKit") || fake.Hits(enginetest.RouteBuild) > 0 {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
}

// TestBuildKitCanceled cancels a build at any moment, the making of its image among them.
func TestBuildKitCanceled(t *testing.T) {
	engine := requireBuildKit(t)
	big := strings.Repeat("0123456789abcdef", 1<<20)
	traces := enginetest.NewTraces(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{
		"Dockerfile": "FROM scratch\nENV " + traces.Mark + "\nCOPY src/badtask /badtask\nRUN [\"/badtask\", \"say\", \"one\"]\nCOPY src/big /big\nCMD [\"/badtask\"]\n", "src/big": big,
	})
	opts := quick()
	opts.Builder = task.BuilderBuildKit
	for range cycles(t) {
		ctx, cancel := context.WithCancel(t.Context())
		rec := &recording{seen: func(e task.Event) {
			if e.Phase == task.PhaseBuild && e.Stream == "" {
				time.AfterFunc(rand.N(1500*time.Millisecond), cancel)
			}
		}}
		r := runFolder(ctx, t, engine, folder, opts, rec)
		cancel()
		if r.Outcome != task.Canceled && r.Outcome != task.Passed {
			t.Errorf("got %s: %s", r.Outcome, r.Message)
		}
	}
	if left := traces.Left(t); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}
