package runner_test

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A misbehaviour is a bad task and the verdict that it must get.
type misbehaviour struct {
	mode       string // of the bad task, with its arguments
	dockerfile string // instead of the plain one
	files      enginetest.Files
	ready      time.Duration // deadlines that differ from quick's
	answer     time.Duration

	outcome task.Outcome
	message string // a part of it
	check   func(t *testing.T, r *task.Report)
}

// plainDockerfile starts the bad task in a mode.
func plainDockerfile(mode string) string {
	command := `["/badtask"`
	for _, word := range strings.Fields(mode) {
		command += fmt.Sprintf(", %q", word)
	}
	return "FROM scratch\nCOPY src/badtask /badtask\nEXPOSE 8080\nCMD " + command + "]\n"
}

// TestMisbehaviour runs every bad task on a real engine, several at once, and makes sure of its verdict and that nothing is left of it.
func TestMisbehaviour(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	witness := enginetest.NewWitness(t, engine)
	var tests []named
	names := map[string]int{}
	for _, m := range slices.Concat(endings(), marks(), ports(), connections(), wrongAnswers(), unstable(), builds()) {
		name := stdcmp.Or(m.mode, "good")
		names[name]++
		if n := names[name]; n > 1 {
			name += fmt.Sprint(" ", n)
		}
		tests = append(tests, named{name, func(t *testing.T) { m.run(t, witness, program) }})
	}
	abreast(t, 4, tests)
	witness.NothingLeft(t) // once all are done: they share the builder's cache
}

func (m misbehaviour) run(t *testing.T, witness *enginetest.Witness, program string) {
	files := enginetest.Files{"Dockerfile": stdcmp.Or(m.dockerfile, plainDockerfile(m.mode))}
	for name, content := range m.files {
		files[name] = content
	}
	opts := quick()
	opts.ReadyTimeout = stdcmp.Or(m.ready, opts.ReadyTimeout)
	opts.AnswerTimeout = stdcmp.Or(m.answer, opts.AnswerTimeout)
	rec := &recording{}
	r := runFolder(t.Context(), t, witness, enginetest.Folder(t, program, files), opts, rec)
	if r.Outcome != m.outcome || !strings.Contains(r.Message, m.message) {
		t.Errorf("got %q: %s\nwant %q with %q\nlast output: %q", r.Outcome, r.Message, m.outcome, m.message, r.LastOutput)
	}
	if m.check != nil && !t.Failed() {
		m.check(t, r)
	}
	if said := rec.lines("engine"); strings.Contains(said, "left in the engine") {
		t.Errorf("the removal failed: %s", said)
	}
	if t.Failed() {
		t.Logf("ready %+v\nlisten %+v\nexit %+v\nbuild %+v\nengine said: %s", r.Ready, r.Listen, r.Exit, r.BuildFailure, rec.lines("engine"))
	}
}

// untilReady is how long it took from the container's making to an open port.
func untilReady(r *task.Report) (all time.Duration) {
	for _, step := range r.Steps {
		if step.Phase == task.PhaseStart || step.Phase == task.PhaseReady {
			all += step.Took
		}
	}
	return all
}

// exitWith expects an exit.
func exitWith(code int, during task.Phase) func(*testing.T, *task.Report) {
	return func(t *testing.T, r *task.Report) {
		if r.Exit == nil || r.Exit.Code != code || r.Exit.During != during {
			t.Errorf("exit is %+v, want %d during %s", r.Exit, code, during)
		}
	}
}

func endings() []misbehaviour {
	outOfMemory := func(t *testing.T, r *task.Report) {
		if !r.OutOfMemory {
			t.Error("out of memory was not noticed")
		}
	}
	return []misbehaviour{
		{mode: "", outcome: task.Passed, message: "the answer is example_output.bin (18 bytes, exact)"},
		{mode: "exit 0", outcome: task.Failed, message: "before it was ready, with exit code 0", check: exitWith(0, task.PhaseReady)},
		{mode: "exit 1", outcome: task.Failed, message: "with exit code 1.", check: func(t *testing.T, r *task.Report) {
			exitWith(1, task.PhaseReady)(t, r)
			if len(r.LastOutput) != 1 || r.LastOutput[0] != "last words" {
				t.Errorf("last output is %q", r.LastOutput)
			}
		}},
		{mode: "exit 126", outcome: task.Failed, message: "cannot be executed", check: exitWith(126, task.PhaseReady)},
		{mode: "exit 137", outcome: task.Failed, message: "137 (killed, SIGKILL)", check: exitWith(137, task.PhaseReady)},
		{mode: "exit 139", outcome: task.Failed, message: "segmentation fault", check: exitWith(139, task.PhaseReady)},
		{mode: "exit 143", outcome: task.Failed, message: "SIGTERM", check: exitWith(143, task.PhaseReady)},
		{mode: "command not found", dockerfile: "FROM scratch\nCOPY src/badtask /badtask\nCMD [\"/nope\"]\n",
			outcome: task.Failed, message: "could not be started", check: exitWith(127, task.PhaseStart)},
		{mode: "not executable", dockerfile: "FROM scratch\nCOPY config.json /config.json\nCMD [\"/config.json\"]\n",
			outcome: task.Failed, message: "could not be started", check: exitWith(126, task.PhaseStart)},
		{mode: "exec format error", dockerfile: "FROM scratch\nCOPY script /script\nCMD [\"/script\"]\n", files: enginetest.Files{"script": "no program"},
			outcome: task.Failed, message: "could not be started"},
		{mode: "no command", dockerfile: "FROM scratch\nCOPY src/badtask /badtask\n",
			outcome: task.Failed, message: "o command specified", check: exitWith(127, task.PhaseStart)},
		{mode: "no such user", dockerfile: "FROM scratch\nCOPY src/badtask /badtask\nUSER nobody\nCMD [\"/badtask\"]\n",
			outcome: task.Failed, message: "could not be started", check: exitWith(126, task.PhaseStart)},
		{mode: "oom", outcome: task.Failed, message: "out of memory: its limit is 64 MiB", check: outOfMemory},
		{mode: "oom-child", outcome: task.Passed, message: "exact", check: outOfMemory},
		{mode: "oom-child-exit", outcome: task.Failed, message: "out of memory", check: outOfMemory},
		{mode: "oom-at-request", outcome: task.Failed, message: "out of memory", check: outOfMemory},
		{mode: "peak", outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			if r.PeakMemory != nil && (*r.PeakMemory < 30<<20 || *r.PeakMemory > 64<<20) {
				t.Errorf("peak memory is %d", *r.PeakMemory)
			}
		}},
		{mode: "crash-after", outcome: task.Passed, message: "exact", check: exitWith(3, task.PhaseAnswer)},
		{mode: "exit-at-request", outcome: task.Failed, message: "ended during the request, with exit code 3", check: exitWith(3, task.PhaseAnswer)},
		{mode: "fork-bomb", outcome: task.Failed, ready: 2 * time.Second},
	}
}

func marks() []misbehaviour {
	is := func(want task.Ready) func(*testing.T, *task.Report) {
		return func(t *testing.T, r *task.Report) {
			got := *r.Ready
			got.WaitedTime = 0
			if got != want {
				t.Errorf("ready is %+v, want %+v", got, want)
			}
		}
	}
	seen := is(task.Ready{Seen: true})
	return []misbehaviour{
		{mode: "no-mark", ready: time.Second, outcome: task.Failed, message: "was not in the container's log within ", check: func(t *testing.T, r *task.Report) {
			is(task.Ready{TimedOut: true})(t, r)
			if waited := r.Ready.WaitedTime; waited < time.Second || !strings.Contains(r.Message, " within "+task.Duration(waited)) {
				t.Errorf("it was waited for %v", waited)
			}
		}},
		{mode: "stderr-mark", ready: 4 * time.Second, outcome: task.Failed, message: "stderr", check: is(task.Ready{TimedOut: true, OnStderr: true})},
		{mode: "no-newline", ready: 4 * time.Second, outcome: task.Failed, message: "line end", check: is(task.Ready{TimedOut: true, NoNewline: true})},
		{mode: "buffered-term", ready: 4 * time.Second, outcome: task.Failed, message: "buffer", check: is(task.Ready{TimedOut: true, AtStop: true})},
		{mode: "buffered-int", ready: 4 * time.Second, outcome: task.Failed, message: "buffer", check: is(task.Ready{TimedOut: true, AtStop: true})},
		{mode: "ignore-term", ready: 4 * time.Second, outcome: task.Failed, check: is(task.Ready{TimedOut: true})},
		{mode: "silent", ready: time.Second, outcome: task.Failed, message: "was not in the container's log", check: is(task.Ready{TimedOut: true})},
		{mode: "split", outcome: task.Passed, check: seen},
		{mode: "crlf", outcome: task.Passed, check: seen},
		{mode: "coloured", outcome: task.Passed, check: seen},
		{mode: "inside-word", outcome: task.Passed, check: seen},
		{mode: "long-line", outcome: task.Passed, check: seen},
		{mode: "behind-flood", ready: 30 * time.Second, outcome: task.Passed, check: seen},
		{mode: "huge-line", ready: 30 * time.Second, outcome: task.Passed, check: seen},
		{mode: "flood", ready: 30 * time.Second, answer: 30 * time.Second, outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			if len(r.LastOutput) != 50 {
				t.Errorf("%d last lines", len(r.LastOutput))
			}
		}},
		{mode: "exit-marked 0", outcome: task.Failed, message: "ended before it was ready", check: func(t *testing.T, r *task.Report) {
			if !r.Ready.Seen {
				t.Error("the mark was not seen")
			}
		}},
	}
}

func ports() []misbehaviour {
	others := func(want ...string) func(*testing.T, *task.Report) {
		return func(t *testing.T, r *task.Report) {
			if r.Listen.Open || r.Listen.MarkToOpen != nil || fmt.Sprint(r.Listen.Others) != fmt.Sprint(want) {
				t.Errorf("listen is %+v, want others %q", r.Listen, want)
			}
		}
	}
	withCat := func(mode string) string {
		return strings.Replace(plainDockerfile(mode), "EXPOSE", "COPY src/badtask /bin/cat\nENV PATH=/bin\nEXPOSE", 1)
	}
	return []misbehaviour{
		{mode: "early", outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			// It takes 300 ms from the first try on, and more on a busy machine.
			if gap := r.Listen.MarkToOpen; gap == nil || *gap <= 0 || *gap > untilReady(r) {
				t.Errorf("mark to open port took %v, want some 300 ms", gap)
			}
		}},
		{mode: "", outcome: task.Passed, check: func(t *testing.T, r *task.Report) {
			if gap := r.Listen.MarkToOpen; gap == nil || *gap != 0 {
				t.Errorf("mark to open port took %v, want 0", gap)
			}
		}},
		{mode: "loopback", dockerfile: withCat("loopback"), outcome: task.Failed, message: "the program listens on 127.0.0.1:8080", check: others("127.0.0.1:8080")},
		{mode: "other-port", dockerfile: withCat("other-port"), outcome: task.Failed, message: "the program listens on [::]:5000", check: others("[::]:5000")},
		{mode: "other-port", outcome: task.Failed, message: "nothing listens on 0.0.0.0:8080", check: others()},
		{mode: "udp", outcome: task.Failed, message: "nothing listens on 0.0.0.0:8080"},
		{mode: "no-port", outcome: task.Failed, message: "nothing listens on 0.0.0.0:8080"},
		{mode: "exit-before-port 5", outcome: task.Failed, message: "exit code 5", check: exitWith(5, task.PhaseReady)},
	}
}

func connections() []misbehaviour {
	noAnswer := func(mode, message string) misbehaviour {
		var deadline time.Duration
		if strings.Contains(message, "3 s") {
			deadline = 3 * time.Second
		}
		return misbehaviour{mode: mode, answer: deadline, outcome: task.Failed, message: "no whole answer came: " + message, check: func(t *testing.T, r *task.Report) {
			if r.Answer == nil || r.Answer.Failure == "" {
				t.Errorf("answer is %+v", r.Answer)
			}
		}}
	}
	return []misbehaviour{
		noAnswer("accepts", "the deadline of 3 s passed"),
		noAnswer("slow-drip", "the deadline of 3 s passed"),
		noAnswer("closes", "the connection was closed without an answer"),
		noAnswer("panics", "the connection was closed without an answer"),
		noAnswer("hijack-close", "the connection was closed without an answer"),
		noAnswer("not-http", "malformed HTTP"),
		noAnswer("tls", "malformed HTTP"),
		noAnswer("h2", "malformed HTTP"),
		noAnswer("speaks-first", "malformed HTTP"),
		noAnswer("content-length", "the connection was closed in the middle of the answer"),
		noAnswer("announces-too-much", "the connection was closed in the middle of the answer"),
		noAnswer("bad-chunks", ""),
		noAnswer("endless-header", ""),
		noAnswer("interim-flood", ""),
		noAnswer("redirect-loop", "it redirects more than 10 times"),
		{mode: "old-http", outcome: task.Passed},
		{mode: "early-answer", files: enginetest.Files{"example_input.bin": strings.Repeat("x", 20<<20), "example_output.bin": "early\n"},
			outcome: task.Passed, message: "equal after trimming"},
	}
}

func wrongAnswers() []misbehaviour {
	differs := func(mode string, match task.Match, at int) misbehaviour {
		return misbehaviour{mode: mode, outcome: task.Failed, message: "differs from example_output.bin", check: func(t *testing.T, r *task.Report) {
			if r.Answer.Match != match || r.Answer.DiffAt != at {
				t.Errorf("match is %q at %d, want %q at %d", r.Answer.Match, r.Answer.DiffAt, match, at)
			}
			if len(r.Answer.Body) > 100<<10 {
				t.Errorf("%d bytes of the answer are kept", len(r.Answer.Body))
			}
		}}
	}
	return []misbehaviour{
		differs("wrong", task.MatchDifferent, 12),
		differs("extra", task.MatchDifferent, 18),
		differs("one-short", task.MatchDifferent, 17),
		differs("json", task.MatchJSON, 9),
		differs("nothing", task.MatchDifferent, 0),
		differs("giant", task.MatchDifferent, 18),
		differs("endless", task.MatchDifferent, 18),
		differs("gzip", task.MatchDifferent, 0),
		differs("redirect", task.MatchDifferent, 0),
		{mode: "spaces", outcome: task.Passed, message: "equal after trimming"},
		{mode: "many-spaces", answer: 20 * time.Second, outcome: task.Passed, message: "equal after trimming"},
		{mode: "status-500", outcome: task.Passed, message: "its HTTP status is 500, which hosts ignore"},
		{mode: "empty-status", files: enginetest.Files{"example_output.bin": "\n"}, outcome: task.Passed, message: "equal after trimming"},
		{mode: "redirect-own", outcome: task.Passed, message: "exact"},
		{mode: "headers", files: enginetest.Files{"example_output.bin": "POST / application/json []"}, outcome: task.Passed},
		{mode: "nothing", files: enginetest.Files{"example_input.bin": "", "example_output.bin": ""}, outcome: task.Passed, message: "0 bytes, exact"},
	}
}

func unstable() []misbehaviour {
	again := func(mode string, asked int, outcome task.Outcome, message string, want task.Unstable) misbehaviour {
		var deadline time.Duration
		if strings.Contains(want.Failure, "3 s") {
			deadline = 3 * time.Second // the first answer has it, too
		}
		return misbehaviour{mode: mode, outcome: outcome, message: message, answer: deadline, check: func(t *testing.T, r *task.Report) {
			if r.Unstable == nil || r.Asked != asked {
				t.Fatalf("asked %d times, got %+v", r.Asked, r.Unstable)
			}
			got := *r.Unstable
			if got.Body = nil; !cmp.Equal(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}}
	}
	return []misbehaviour{
		again("second-differs", 2, task.Passed, "but asked the same again, it answered differently", task.Unstable{DiffAt: 16}),
		again("counts", 2, task.Failed, "differs from example_output.bin", task.Unstable{DiffAt: 10}),
		again("second-panics", 2, task.Passed, "asked the same again, it failed", task.Unstable{Failure: "the connection was closed without an answer", DiffAt: -1}),
		again("second-exits", 2, task.Passed, "asked the same again, it failed", task.Unstable{Failure: "the container ended with exit code 4", DiffAt: -1}),
		again("second-hangs", 2, task.Passed, "asked the same again, it failed", task.Unstable{Failure: "the deadline of 3 s passed", DiffAt: -1}),
		again("one-at-a-time", 4, task.Passed, "but asked twice at once, it answered differently", task.Unstable{AtOnce: true, DiffAt: 0}),
		{mode: "second-spaces", outcome: task.Passed, message: "exact", check: func(t *testing.T, r *task.Report) {
			if r.Unstable != nil || r.Asked != 4 {
				t.Errorf("asked %d times, got %+v", r.Asked, r.Unstable)
			}
		}},
	}
}

func builds() []misbehaviour {
	stops := func(name, dockerfile string, line int, message string) misbehaviour {
		return misbehaviour{mode: name, dockerfile: dockerfile, outcome: task.Failed, message: message, check: func(t *testing.T, r *task.Report) {
			if r.BuildFailure == nil || r.BuildFailure.Line != line {
				t.Errorf("build failure is %+v, want line %d", r.BuildFailure, line)
			}
		}}
	}
	const copied = "FROM scratch\nCOPY src/badtask /badtask\n"
	return []misbehaviour{
		stops("exit in RUN", copied+"# why\nRUN [\"/badtask\", \"exit\", \"7\"]\nEXPOSE 8080\n", 4, "the build stopped at Dockerfile:4: "),
		stops("failing second stage", "ARG X=1\n"+copied+"RUN [\"/badtask\", \"say\", \"one\"]\n\nFROM scratch\nCOPY --from=0 /badtask /b\nRUN [\"/b\", \"exit\", \"1\"]\n", 8, "Dockerfile:8"),
		stops("missing source", copied+"COPY nope /\n", 3, "the build stopped at Dockerfile:3: COPY failed"),
		stops("unknown instruction", copied+"FOO bar\n", 3, "unknown instruction: FOO"),
		stops("no instruction", "# nothing\n", 0, "no instructions"),
		stops("RUN --mount", copied+"RUN --mount=type=cache,target=/c [\"/badtask\", \"say\", \"x\"]\n", 3, "BuildKit"),
		{mode: "last lines of a step", dockerfile: copied + "RUN [\"/badtask\", \"say\", \"first\"]\nRUN [\"/badtask\", \"exit\", \"7\"]\n", outcome: task.Failed,
			check: func(t *testing.T, r *task.Report) {
				if got := strings.Join(r.BuildFailure.Output, "|"); got != "last words" {
					t.Errorf("output of the failed step is %q", got)
				}
			}},
		{mode: "several stages", outcome: task.Passed,
			dockerfile: copied + "RUN [\"/badtask\", \"say\", \"one\"]\nFROM scratch\nCOPY --from=0 /badtask /badtask\nCMD [\"/badtask\"]\n"},
		{mode: "volume", outcome: task.Passed, dockerfile: copied + "VOLUME /data\nRUN [\"/badtask\", \"say\", \"x\"]\nVOLUME /more\nCMD [\"/badtask\"]\n"},
		{mode: "ignored file", files: enginetest.Files{".dockerignore": "src\n"}, outcome: task.Failed, message: "Dockerfile:2",
			dockerfile: copied},
		{mode: "exception", files: enginetest.Files{".dockerignore": "*\n!src/badtask\n"}, outcome: task.Passed, dockerfile: copied + "CMD [\"/badtask\"]\n"},
		{mode: "bad ignore file", files: enginetest.Files{".dockerignore": "[\n"}, outcome: task.Failed, message: ".dockerignore cannot be used"},
		{mode: "no registry", dockerfile: "FROM registry.invalid/nope:1\n", outcome: task.Error, message: "FROM registry.invalid/nope:1, cannot be had"},
	}
}
