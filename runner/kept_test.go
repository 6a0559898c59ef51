package runner_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// A warm folder is run again and again, as its author does.
type warm struct {
	t      *testing.T
	engine *enginetest.Witness
	folder string
	rec    recording
}

func newWarm(t *testing.T, dockerfile string) *warm {
	t.Helper()
	w := &warm{t: t, engine: enginetest.NewWitness(t, enginetest.Require(t))}
	w.folder = enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": dockerfile})
	t.Cleanup(func() { w.clean() })
	return w
}

// run runs the folder, and wants the outcome.
func (w *warm) run(want task.Outcome) *task.Report {
	w.t.Helper()
	opts := quick()
	opts.Reuse = true
	w.rec = recording{}
	r := runFolder(w.t.Context(), w.t, w.engine, w.folder, opts, &w.rec)
	if r.Outcome != want {
		w.t.Fatalf("got %s: %s\n%s", r.Outcome, r.Message, w.rec.lines("build"))
	}
	return r
}

func (w *warm) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// names are those that the folder's builds have in the engine, and how many images without a name are beside them.
func (w *warm) names() (names []string) {
	w.t.Helper()
	images, err := w.engine.Images(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range images {
		for _, name := range i.Names {
			if strings.Contains(name, runner.FolderID(w.folder)) {
				names = append(names, name)
			}
		}
	}
	return names
}

// clean removes what the folder has left, and makes sure that nothing else was.
func (w *warm) clean() {
	if _, _, err := runner.Clean(context.Background(), w.engine, w.folder); err != nil {
		w.t.Error(err)
	}
	w.engine.NothingLeft(w.t)
}

const stagesDockerfile = "FROM scratch AS one\nCOPY name.txt /\nENV A=1\nFROM scratch\nCOPY src/badtask /badtask\nCOPY --from=one /name.txt /\n" +
	"ENV MODE=ok\nCMD [\"/badtask\"]\n"

// TestWarm builds a folder once, and again only when something that is sent to the builder has changed.
func TestWarm(t *testing.T) {
	w := newWarm(t, stagesDockerfile)
	if r := w.run(task.Passed); r.Steps[0].Cached {
		t.Error("the first build did no work")
	}
	if r := w.run(task.Passed); !r.Steps[0].Cached || strings.Contains(w.rec.lines("build"), "Step") {
		t.Errorf("an unchanged folder was built again:\n%s", w.rec.lines("build"))
	}
	before := w.names()
	w.write("description.txt", "Other words.\n")
	if r := w.run(task.Passed); !r.Steps[0].Cached || !strings.Contains(w.rec.lines("build"), "Using cache") {
		t.Errorf("a change that no instruction copies was not built from the cache:\n%s", w.rec.lines("build"))
	}
	if after := w.names(); len(after) != len(before)+1 {
		t.Errorf("the same images got the names %q after %q", after, before)
	}
	w.write("name.txt", "Other name\n")
	if r := w.run(task.Passed); r.Steps[0].Cached {
		t.Error("a change of what is copied was not built")
	}
}

// TestWarmPruned keeps the last builds of a folder, and no more.
func TestWarmPruned(t *testing.T) {
	w := newWarm(t, stagesDockerfile)
	for _, name := range []string{"a", "b", "c", "d"} {
		w.write("name.txt", name)
		w.run(task.Passed)
	}
	keys := map[string]bool{}
	for _, name := range w.names() {
		_, tag, _ := strings.Cut(name, ":")
		keys[tag[:16]] = true
	}
	if len(keys) != 3 {
		t.Errorf("kept are %d builds: %q", len(keys), w.names())
	}
}

// TestWarmPrunedBelow removes an old build that younger ones go on from: what it left goes with the last of them, at the latest.
func TestWarmPrunedBelow(t *testing.T) {
	const begin = "FROM scratch\nCOPY src/badtask /badtask\nRUN [\"/badtask\", \"say\", \"long work\"]\n"
	w := newWarm(t, begin+"RUN [\"/badtask\", \"fail\"]\nCMD [\"/badtask\"]\n")
	w.run(task.Failed)
	for _, name := range []string{"a", "b", "c", "d"} {
		w.write("Dockerfile", begin+"ENV MODE=ok OTHER="+name+"\nCMD [\"/badtask\"]\n")
		w.run(task.Passed)
		if out := w.rec.lines("build"); strings.Contains(out, "\nlong work") {
			t.Errorf("the work was done again:\n%s", out)
		}
	}
}

// TestWarmFailed goes on from the steps of a build that failed, and leaves nothing of it.
func TestWarmFailed(t *testing.T) {
	w := newWarm(t, "FROM scratch\nCOPY src/badtask /badtask\nRUN [\"/badtask\", \"say\", \"long work\"]\nRUN [\"/badtask\", \"fail\"]\nCMD [\"/badtask\"]\n")
	if r := w.run(task.Failed); r.BuildFailure == nil || r.BuildFailure.Line != 4 {
		t.Errorf("got %+v", r.BuildFailure)
	}
	w.write("Dockerfile", "FROM scratch\nCOPY src/badtask /badtask\nRUN [\"/badtask\", \"say\", \"long work\"]\nENV MODE=ok\nCMD [\"/badtask\"]\n")
	w.run(task.Passed)
	if out := w.rec.lines("build"); strings.Contains(out, "\nlong work") || !strings.Contains(out, "Using cache") {
		t.Errorf("the second build did the first one's work again:\n%s", out)
	}
}

// TestWarmRemoved builds again where a person removed the image.
func TestWarmRemoved(t *testing.T) {
	w := newWarm(t, stagesDockerfile)
	w.run(task.Passed)
	for _, name := range w.names() {
		w.engine.RemoveImageAsPerson(t, name)
	}
	w.run(task.Passed)
	if len(w.names()) == 0 {
		t.Error("the image has no name")
	}
}

// TestStopKept removes the container that a run left running, and is content where there is none.
func TestStopKept(t *testing.T) {
	w := newWarm(t, "FROM scratch\nCOPY src/badtask /badtask\nENV MODE=ok\nCMD [\"/badtask\"]\n")
	opts := quick()
	opts.Keep = true
	r := runFolder(t.Context(), t, w.engine, w.folder, opts, &w.rec)
	if r.Kept == nil {
		t.Fatalf("got %s: %s", r.Outcome, r.Message)
	}
	for range 2 {
		if err := runner.StopKept(t.Context(), w.engine, w.folder); err != nil {
			t.Error(err)
		}
	}
	if c, err := w.engine.Inspected(t.Context(), r.Kept.ID); err == nil {
		t.Errorf("the container is left: %v", c.State)
	}
}
