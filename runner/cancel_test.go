package runner_test

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// slow is a Dockerfile that takes its time in every kind of step.
const slow = "FROM scratch\nCOPY src/badtask /badtask\nENV A=1\nRUN [\"/badtask\", \"sleep\", \"1\"]\nCOPY big /big\nVOLUME /data\nCMD [\"/badtask\"]\n"

// soon is when a cancelled run must have ended, also on a busy machine: a builder that copies is waited for, five seconds at most, and
// then all is removed. With twenty other programs at work that took 6.9 seconds. What it takes at rest, bench measures.
const soon = 15 * time.Second

// canceled runs a folder and cancels it when an event is due; it makes sure that the run ends soon after, as canceled or passed.
func canceled(t *testing.T, engine runner.Engine, folder string, opts task.RunOptions, due func(task.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at time.Time
	rec := &recording{seen: func(e task.Event) {
		if at.IsZero() && due(e) {
			at = time.Now()
			cancel()
		}
	}}
	r := runFolder(ctx, t, engine, folder, opts, rec)
	if at.IsZero() {
		t.Fatalf("the run was never cancelled: %s", r.Message)
	}
	if took := time.Since(at); took > soon {
		t.Errorf("the run ended %v after it was cancelled", took)
	}
	if r.Outcome != task.Canceled || r.Message != "Canceled." {
		t.Errorf("got %s: %s\n%s", r.Outcome, r.Message, rec.lines("engine"))
	}
	if r.Answer != nil || r.Unstable != nil { // it is no fault of the task's that nobody waited
		t.Errorf("the answer is %+v, another one %+v", r.Answer, r.Unstable)
	}
}

// TestCancel cancels a run at each of its steps.
func TestCancel(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	big := enginetest.Files{"big": strings.Repeat("0123456789abcdef", 2<<20)}
	line := func(part string) func(task.Event) bool {
		return func(e task.Event) bool { return e.Stream != "" && strings.Contains(e.Line, part) }
	}
	begin := func(p task.Phase) func(task.Event) bool {
		return func(e task.Event) bool { return e.Stream == "" && e.Phase == p }
	}
	for _, test := range []struct {
		name, dockerfile string
		due              func(task.Event) bool
	}{
		{"before the build", slow, begin(task.PhaseBuild)},
		{"at the first step", slow, line("Step 1/")},
		{"in the first copy", slow, line("Step 2/")},
		{"between steps", slow, line("Step 3/")},
		{"in a RUN", slow, line("asleep")},
		{"in a copy", slow, line("Step 5/")},
		{"at the last step", slow, line("Step 7/")},
		{"at the start", plainDockerfile(""), begin(task.PhaseStart)},
		{"at the mark", plainDockerfile(""), line(task.Mark)},
		{"before the mark", plainDockerfile("no-mark"), line("hello")},
		{"waiting for the mark", plainDockerfile("no-mark"), begin(task.PhaseReady)},
		{"waiting for the port", plainDockerfile("no-port"), begin(task.PhaseReady)},
		{"waiting for an answer", plainDockerfile("accepts"), begin(task.PhaseAnswer)},
		{"in the answer", plainDockerfile("slow-drip"), begin(task.PhaseAnswer)},
		{"from one that does not end", plainDockerfile("ignore-term"), begin(task.PhaseReady)},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := enginetest.Files{"Dockerfile": test.dockerfile}
			if test.dockerfile == slow {
				files["big"] = big["big"]
			}
			witness := enginetest.NewWitness(t, engine)
			canceled(t, witness, enginetest.Folder(t, program, files), patient(), test.due)
			witness.NothingLeft(t)
		})
	}
}

// TestCancelAnywhere cancels runs at random moments.
func TestCancelAnywhere(t *testing.T) {
	engine := enginetest.Require(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": strings.Replace(slow, `"sleep", "1"`, `"say", "x"`, 1), "big": strings.Repeat("0123456789abcdef", 1<<20)})
	for range cycles(t) {
		delay := time.Duration(rand.Int64N(int64(1500 * time.Millisecond)))
		ctx, cancel := context.WithTimeout(t.Context(), delay)
		witness := enginetest.NewWitness(t, engine)
		r := runFolder(ctx, t, witness, folder, patient(), &recording{})
		if r.Outcome != task.Canceled && r.Outcome != task.Passed {
			t.Errorf("cancelled after %v: got %s: %s", delay, r.Outcome, r.Message)
		}
		if deadline, _ := ctx.Deadline(); r.Outcome == task.Canceled && time.Since(deadline) > soon {
			t.Errorf("the run ended %v after it was cancelled", time.Since(deadline))
		}
		cancel()
		if witness.NothingLeft(t); t.Failed() {
			t.Fatalf("cancelled after %v: %s, steps %v", delay, r.Message, r.Steps)
		}
	}
}

// TestCancelBesideAnother cancels a build in its first step, while another program makes an image that is built on nothing, too, and has
// no name either. That is not the build's.
func TestCancelBesideAnother(t *testing.T) {
	witness := enginetest.NewWitness(t, enginetest.Require(t))
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": slow, "big": "big"})
	for _, moment := range []string{"Step 1/", "Step 2/"} {
		canceled(t, witness, folder, patient(), func(e task.Event) bool {
			if e.Stream == "" || !strings.Contains(e.Line, moment) {
				return false
			}
			witness.ForeignImage(t) // it makes sure that the image is there until the test ends
			return true
		})
	}
	witness.NothingLeft(t)
}

// TestCancelBehind cancels a run that has heard of its builder's third step when that has made two more images and is at the sixth, as a
// busy machine's may. All of them go.
func TestCancelBehind(t *testing.T) {
	traces := enginetest.NewTraces(t)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": "FROM scratch\nENV " + traces.Mark + "\nCOPY src/badtask /badtask\n" +
		"COPY name.txt /a\nCOPY name.txt /b\nRUN [\"/badtask\", \"sleep\", \"20\"]\nCMD [\"/badtask\"]\n"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	engine := &deafEngine{Engine: enginetest.Require(t), last: "Step 3/", then: func() {
		for len(traces.Images(t)) < 4 {
			<-again.C
		}
		cancel()
	}}
	if r := runFolder(ctx, t, engine, folder, patient(), &recording{}); r.Message != "Canceled." {
		t.Error(r.Message)
	}
	if left := traces.Left(t); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}

// A deafEngine has a builder of which nothing is heard behind a line.
type deafEngine struct {
	runner.Engine
	last string
	then func() // in place of the next line
}

func (d *deafEngine) Build(ctx context.Context, folder io.Reader, labels map[string]string) (io.ReadCloser, error) {
	messages, err := d.Engine.Build(ctx, folder, labels)
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() {
		lines := bufio.NewScanner(messages)
		for heard := false; !heard && lines.Scan(); heard = strings.Contains(lines.Text(), d.last) {
			_, _ = io.WriteString(in, lines.Text()+"\n") // the run may have ended
		}
		d.then()
		_ = in.CloseWithError(context.Canceled) // it never fails
	}()
	return &deafStream{out, messages}, nil
}

type deafStream struct {
	*io.PipeReader
	messages io.Closer
}

func (d *deafStream) Close() error {
	_ = d.PipeReader.Close() // it never fails
	return d.messages.Close()
}
