package runner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// messages writes builder's messages: plain ones are pieces of the stream; "error: …" and "aux: …" the others.
func messages(pieces ...string) string {
	var b strings.Builder
	for _, p := range pieces {
		var m any = map[string]any{"stream": p}
		if text, ok := strings.CutPrefix(p, "error: "); ok {
			m = map[string]any{"errorDetail": map[string]any{"code": 1, "message": text}, "error": text}
		} else if id, ok := strings.CutPrefix(p, "aux: "); ok {
			m = map[string]any{"aux": map[string]any{"ID": "sha256:" + id}}
		} else if text, ok := strings.CutPrefix(p, "status: "); ok {
			m = map[string]any{"status": text, "id": "latest"}
		}
		line, err := json.Marshal(m)
		if err != nil {
			panic(err)
		}
		b.WriteString(string(line) + "\r\n")
	}
	return b.String()
}

// step gives what the builder says of one step; parts follow.
func step(n, of int, text string, parts ...string) []string {
	return append([]string{fmt.Sprintf("Step %d/%d : %s", n, of, text), "\n"}, parts...)
}

const (
	idA  = "aaaaaaaaaaaa"
	idB  = "bbbbbbbbbbbb"
	idC  = "cccccccccccc"
	runs = " ---> Running in 111111111111\n"
	gone = "Removing intermediate container 111111111111\n"
)

func made(id string) string { return " ---> " + id + "\n" }

func readLog(t *testing.T, in string) (*buildLog, []string, error) {
	t.Helper()
	var lines []string
	b := newBuildLog(&teller{emit: func(e task.Event) { lines = append(lines, e.Line) }})
	err := b.read(strings.NewReader(in))
	return b, lines, err
}

func TestBuildLog(t *testing.T) {
	b, lines, err := readLog(t, messages(slices.Concat(
		step(1, 3, "FROM base", made(idA)),
		step(2, 3, "RUN make", runs, "one\ntw", "o\n\x1b[91mwarn\x1b[0m", gone, made(idB)),
		step(3, 3, "CMD [\"x\"]", runs, gone, made(idC)),
		[]string{"aux: " + idC, "Successfully built " + idC + "\n"})...))
	if err != nil || !b.complete() || b.imageID != "sha256:"+idC || b.allCached() {
		t.Errorf("complete %v, image %s, cached %v, error %v", b.complete(), b.imageID, b.allCached(), err)
	}
	if want := []shownImage{{short: idA}, {short: idB, made: true}, {short: idC, made: true}}; !slices.Equal(b.shown, want) {
		t.Errorf("shown are %v, want %v", b.shown, want)
	}
	want := []string{"Step 1/3 : FROM base", " ---> " + idA, "Step 2/3 : RUN make", " ---> Running in 111111111111", "one", "two", "warn",
		"Removing intermediate container 111111111111", " ---> " + idB}
	if !slices.Equal(lines[:len(want)], want) {
		t.Errorf("lines are\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestBuildLogFromCache(t *testing.T) {
	const hit = " ---> Using cache\n"
	pieces := slices.Concat(
		step(1, 4, "ARG V=1"),
		step(2, 4, "FROM base", made(idA)),
		step(3, 4, "COPY a b", hit, made(idB)),
		step(4, 4, "RUN make", hit, made(idC)),
		[]string{"aux: " + idC, "Successfully built " + idC + "\n"})
	b, _, err := readLog(t, messages(pieces...))
	if err != nil || !b.complete() || !b.allCached() {
		t.Errorf("complete %v, cached %v, error %v", b.complete(), b.allCached(), err)
	}
	for _, s := range b.shown {
		if s.made {
			t.Errorf("%s counts as made", s.short)
		}
	}
	copied := slices.Concat(step(1, 2, "FROM scratch", " ---> \n"), step(2, 2, "COPY a b", made(idB)), []string{"aux: " + idB, "Successfully built " + idB + "\n"})
	if b, _, _ = readLog(t, messages(copied...)); b.allCached() {
		t.Error("a copy that was made counts as cached")
	}
}

func TestBuildLogFailures(t *testing.T) {
	lines := []int{1, 3, 7}
	for _, test := range []struct {
		name, in string
		line     int
		outcome  task.Outcome
		output   []string
	}{
		{"in a step", messages(slices.Concat(step(1, 3, "FROM base", made(idA)), step(2, 3, "RUN x", runs, "cannot\n", "find it\n", gone),
			[]string{"error: The command '/bin/sh -c x' returned a non-zero code: 2"})...), 3, task.Failed, []string{"cannot", "find it"}},
		{"of the parser", messages("error: dockerfile parse error line 9: unknown instruction: FOO"), 9, task.Failed, nil},
		{"of another parser", messages("error: failed: dockerfile parse error on line 4: x"), 4, task.Failed, nil},
		{"of a step that does not fit", messages(slices.Concat(step(1, 8, "FROM base"), []string{"error: x"})...), 0, task.Failed, nil},
		{"of a registry", messages(slices.Concat(step(1, 3, "FROM x.invalid/a"), []string{"error: dial tcp: lookup x.invalid: no such host"})...), 1, task.Error, nil},
		{"of an unknown image", messages(slices.Concat(step(1, 3, "FROM nope"), []string{"error: pull access denied for nope, repository does not exist or may require 'docker login'"})...), 1, task.Failed, nil},
		{"of a full disk", messages(slices.Concat(step(1, 3, "FROM a"), step(2, 3, "COPY x /"), []string{"error: write /x: no space left on device"})...), 3, task.Error, nil},
		{"that only speaks of a network", messages(slices.Concat(step(1, 3, "FROM a"), step(2, 3, "RUN x"),
			[]string{"error: The command 'echo no such host' returned a non-zero code: 1"})...), 3, task.Failed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, _, err := readLog(t, test.in)
			if err != nil || b.complete() || b.failure == "" {
				t.Fatalf("error %v, complete %v, failure %q", err, b.complete(), b.failure)
			}
			if got := b.failedLine(b.failure, lines); got != test.line {
				t.Errorf("line is %d, want %d", got, test.line)
			}
			if got := b.blame(); got != test.outcome {
				t.Errorf("outcome is %s, want %s", got, test.outcome)
			}
			if got := b.failed.plain(); !slices.Equal(got, test.output) && len(test.output) > 0 {
				t.Errorf("output is %q, want %q", got, test.output)
			}
		})
	}
}

// TestBuildLogCut cuts a good build's messages at every byte: none of the halves may look like a whole.
func TestBuildLogCut(t *testing.T) {
	whole := messages(slices.Concat(
		step(1, 3, "FROM scratch", " ---> \n"),
		step(2, 3, "RUN x", runs, "Successfully built "+idB+"\n", gone, made(idB)),
		[]string{"aux: " + idB},
		step(3, 3, "CMD x", runs, gone, made(idC)),
		[]string{"aux: " + idC, "Successfully built " + idC + "\n"})...)
	for i := range len(strings.TrimSpace(whole)) {
		b, _, err := readLog(t, whole[:i])
		if err == nil && b.complete() {
			t.Fatalf("the first %d of %d bytes count as a whole build", i, len(whole))
		}
	}
	if b, _, err := readLog(t, whole); err != nil || !b.complete() {
		t.Error("the whole does not")
	}
}

// TestBuildLogForged lets a RUN print what the builder would.
func TestBuildLogForged(t *testing.T) {
	const foreign = "ffffffffffff"
	b, _, err := readLog(t, messages(slices.Concat(
		step(1, 3, "FROM scratch", " ---> \n"),
		step(2, 3, "RUN evil", runs, made(foreign), "Step 3/9 : RUN other\n", "Step 9/9 : CMD\n", " ---> Running in 222222222222\n", " ---> Using cache\n",
			"Removing intermediate container 222222222222\n", made(foreign), "Successfully built "+foreign+"\n", gone, made(idB)),
		[]string{"error: x"})...))
	if err != nil || !slices.Equal(b.shown, []shownImage{{short: idB, made: true}}) {
		t.Errorf("shown are %v, error %v", b.shown, err)
	}
	if b.step.number != 2 || b.runs != "" || b.complete() {
		t.Errorf("step is %+v, runs %q", b.step, b.runs)
	}
}

func TestBuildLogBounded(t *testing.T) {
	long := messages(step(1, 1, "RUN x")[0]) + `{"stream":"` + strings.Repeat("x", 4<<20) + `"}` + "\n" + messages("error: the cause")
	b, lines, err := readLog(t, long)
	if err != nil || b.failure != "the cause" {
		t.Errorf("failure is %q, error %v", b.failure, err)
	}
	for _, line := range lines {
		if len(line) > task.MaxLine {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	if _, _, err := readLog(t, "<html>busy</html>"); err == nil {
		t.Error("HTML counts as messages")
	}
	if _, lines, _ := readLog(t, strings.Repeat(messages("line\n"), 100_000)); len(lines) > 20_001 {
		t.Errorf("%d lines were shown", len(lines))
	}
}

func TestBuildLogStatus(t *testing.T) {
	_, lines, err := readLog(t, messages("status: Pulling from library/python")+`{"status":"Downloading","progressDetail":{"current":1,"total":20},"progress":"[>  ]","id":"abc"}`+"\n")
	if err != nil || !slices.Equal(lines, []string{"latest: Pulling from library/python"}) {
		t.Errorf("lines are %q, error %v", lines, err)
	}
}
