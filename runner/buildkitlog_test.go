package runner

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// readKitLog reads what Engine 20.10's BuildKit sent of a Dockerfile.
func readKitLog(t *testing.T, content, in string) (*buildLog, []string, error) {
	t.Helper()
	var lines []string
	b := newBuildLog(&teller{emit: func(e task.Event) { lines = append(lines, e.Line) }})
	b.kit = newKitLog(dockerfile.Read(text.New("Dockerfile", content)))
	err := b.read(strings.NewReader(in))
	return b, lines, err
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/buildkit/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const stagesDockerfile = "ARG X=1\nFROM scratch\nCOPY src/badtask /badtask\nRUN [\"/badtask\", \"say\", \"one\"]\n" +
	"FROM scratch AS two\nCOPY --from=0 /badtask /badtask\nENV A=$X\nRUN [\"/badtask\",\"say\",\"two\"]\nCMD [\"/badtask\"]\n"

func TestKitLog(t *testing.T) {
	b, lines, err := readKitLog(t, stagesDockerfile, recorded(t, "stages.jsonl"))
	if err != nil || !b.complete() || b.imageID != "sha256:a1edb1cc3caeef0ef73d4c207604b2058df95dc9f28a1f70db193a4ff831e915" || b.allCached() {
		t.Errorf("complete %v, image %s, cached %v, error %v", b.complete(), b.imageID, b.allCached(), err)
	}
	want := []string{"[stage-0 1/2] COPY src/badtask /badtask", "[stage-0 2/2] RUN [\"/badtask\", \"say\", \"one\"]", "one",
		"[two 1/2] COPY --from=0 /badtask /badtask", "CACHED", "[two 2/2] RUN [\"/badtask\",\"say\",\"two\"]", "two"}
	if !slices.Equal(lines, want) {
		t.Errorf("lines are %q", lines)
	}
}

func TestKitLogFailed(t *testing.T) {
	b, _, err := readKitLog(t, "FROM scratch\nCOPY src/badtask /badtask\n# why\nRUN [\"/badtask\", \\\n \"exit\", \"7\"]\n", recorded(t, "failed.jsonl"))
	if err != nil || b.complete() || b.failure != "executor failed running [/badtask exit 7]: exit code: 7" || b.blame() != task.Failed {
		t.Errorf("complete %v, failure %q, error %v", b.complete(), b.failure, err)
	}
	if line := b.failedLine(b.failure, []int{1, 2, 4}); line != 4 || !slices.Equal(b.failed.plain(), []string{"last words"}) {
		t.Errorf("line is %d, output %q", line, b.failed.plain())
	}
	other, _, _ := readKitLog(t, "FROM scratch\nCOPY a /\nCOPY b /\n", recorded(t, "failed.jsonl"))
	if line := other.failedLine(other.failure, []int{1, 2, 3}); line != 0 {
		t.Errorf("a Dockerfile that reads otherwise has line %d", line)
	}
}

// TestKitLogCut cuts the messages, and damages them: no part counts as a whole, and none of them is too much.
func TestKitLogCut(t *testing.T) {
	whole := recorded(t, "stages.jsonl")
	end := strings.LastIndex(whole, `{"id":"moby.image.id"`)
	for i := 0; i < end; i += 37 {
		if b, _, err := readKitLog(t, stagesDockerfile, whole[:i]); err == nil && b.complete() {
			t.Fatalf("the first %d bytes count as a whole build", i)
		}
	}
	for i := 40; i < end; i += 41 {
		damaged := []byte(whole)
		damaged[i] ^= 5
		_, _, _ = readKitLog(t, stagesDockerfile, string(damaged)) // it does not panic
	}
	for _, aux := range []string{`""`, `"////"`, `"CgA="`, `7`, `"GgA="`} {
		if _, _, err := readKitLog(t, "", `{"id":"moby.buildkit.trace","aux":`+aux+`}`); err != nil {
			t.Errorf("%s: %v", aux, err)
		}
	}
}

func TestKitInstructions(t *testing.T) {
	k := newKitLog(dockerfile.Read(text.New("Dockerfile", "ARG V=3\nFROM python:$V AS Base\nRUN a\nENV x=y\nWORKDIR /w\nFROM base\nCOPY x y\nFROM scratch AS out\nADD z /\n")))
	for name, want := range map[string]int{
		"[base 1/3] FROM docker.io/library/python:3":              1,
		"[base 2/3] RUN a":                                        2,
		"[base 3/3] WORKDIR /w":                                   4,
		"[linux/amd64 base 2/3] RUN a":                            2,
		"[stage-0 2/3] RUN a":                                     2,
		"[stage-1 1/1] COPY x y":                                  6,
		"[out 1/1] ADD z /":                                       8,
		"[internal] load metadata for docker.io/library/python:3": 1,
		"[base 2/4] RUN a":                                        -1, "[base 2/3] COPY a": -1, "[2/3] RUN a": -1, "copy /context /": -1, "[internal] load remote build context": -1,
		"[internal] load metadata for docker.io/library/ruby:3": -1, "": -1, "[x": -1, "[a b c 1/1] RUN": -1,
	} {
		got, known := k.instruction(name)
		if !known {
			got = -1
		}
		if got != want {
			t.Errorf("%q is instruction %d, want %d", name, got, want)
		}
	}
	if words := kitWords("failed to solve: x: no active sessions"); !strings.Contains(words, "with the classic builder") {
		t.Errorf("words are %q", words)
	}
}
