package runner

import (
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// What Podman 4.3.1 sent, but for the ids.
var (
	longA = strings.Repeat("a", 64)
	longB = strings.Repeat("b", 64)
	longC = strings.Repeat("c", 64)
)

const (
	shortA = "--> aaaaaaaaaaa\n"
	shortB = "--> bbbbbbbbbbb\n"
	shortC = "--> ccccccccccc\n"
)

func TestBuildahLog(t *testing.T) {
	b, lines, err := readLog(t, messages(
		"STEP 1/4: FROM base\n", "STEP 2/4: COPY src/ /task/\n", shortA, "STEP 3/4: RUN make\n", "one\n", shortB,
		"STEP 4/4: CMD [\"/x\"]\n", "COMMIT\n", shortC, longC+"\n", "aux: "+longC, "Successfully built "+longC[:12]+"\n"))
	if err != nil || !b.complete() || b.imageID != "sha256:"+longC || b.allCached() || b.base != "" || !slices.Equal(b.bases, []string{"base"}) {
		t.Errorf("complete %v, image %s, cached %v, base %q, bases %q, error %v", b.complete(), b.imageID, b.allCached(), b.base, b.bases, err)
	}
	want := []shownImage{{short: longA[:11], made: true}, {short: longB[:11], made: true}, {short: longC[:11], made: true}}
	if !slices.Equal(b.shown, want) {
		t.Errorf("shown are %v", b.shown)
	}
	if len(lines) != 11 || lines[4] != "one" {
		t.Errorf("lines are %q", lines)
	}
}

func TestBuildahLogFromCache(t *testing.T) {
	b, _, err := readLog(t, messages(
		"[1/2] STEP 1/2: FROM scratch\n", "[1/2] STEP 2/2: COPY a /\n", "--> Using cache "+longA+"\n", shortA,
		"[2/2] STEP 1/2: FROM scratch AS two\n", "[2/2] STEP 2/2: COPY --from=0 /a /\n", "--> Using cache "+longB+"\n", shortB, longB+"\n",
		"aux: "+longB, "Successfully built "+longB[:12]+"\n"))
	want := []shownImage{{short: longA[:11], hit: true}, {short: longB[:11], hit: true}}
	if err != nil || !b.complete() || !b.allCached() || !slices.Equal(b.shown, want) {
		t.Errorf("complete %v, cached %v, shown %v, error %v", b.complete(), b.allCached(), b.shown, err)
	}
}

func TestBuildahLogFailures(t *testing.T) {
	for _, test := range []struct {
		name, in string
		line     int
		failure  string
	}{
		{"in a RUN that prints an id", messages("STEP 1/3: FROM base\n", "STEP 2/3: COPY a /\n", shortA, "STEP 3/3: RUN x\n", "cannot\n", shortB,
			"error: building at STEP \"RUN x\": while running runtime: exit status 7\n"), 0, "building at STEP \"RUN x\": while running runtime: exit status 7"},
		{"in the second stage", messages("[1/2] STEP 1/3: FROM base\n", "[1/2] STEP 2/3: COPY a /\n", shortA, "[1/2] STEP 3/3: RUN y\n", shortB,
			"[2/2] STEP 1/2: FROM scratch\n", "[2/2] STEP 2/2: FOO\n",
			"error: building at STEP \"FOO\": Build error: Unknown instruction: \"FOO\" &imagebuilder.Step{Env:[]string{}}\n"), 9,
			"building at STEP \"FOO\": Build error: Unknown instruction: \"FOO\""},
		{"in a stage that the Dockerfile has not", messages("[1/3] STEP 1/9: FROM base\n", "error: x"), 0, "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBuildLog(&teller{emit: func(task.Event) {}})
			b.stages = [][]int{{2, 4, 5}, {7, 9}}
			if err := b.read(strings.NewReader(test.in)); err != nil || b.complete() || b.failure != test.failure {
				t.Errorf("error %v, complete %v, failure %q", err, b.complete(), b.failure)
			}
			if got := b.failedLine(b.failure, []int{1, 2, 4, 5, 7, 9}); got != test.line {
				t.Errorf("line is %d, want %d", got, test.line)
			}
			if slices.ContainsFunc(b.shown, func(s shownImage) bool { return s.short == longB[:11] }) && strings.Contains(test.name, "prints") {
				t.Error("what the failing RUN printed counts as an image")
			}
		})
	}
}

// TestBuildahLogForged lets a RUN print what Buildah would: Buildah has the last word of each step.
func TestBuildahLogForged(t *testing.T) {
	b, _, err := readLog(t, messages(
		"STEP 1/3: FROM scratch\n", "STEP 2/3: RUN evil\n", "--> fffffffffff\n", "STEP 9/9: CMD\n", "[2/2] STEP 1/1: FROM x\n", "COMMIT\n",
		"Step 3/3 : CMD\n", "STEP 1/3: FROM scratch\n", shortA, "STEP 3/3: CMD x\n", "COMMIT\n", shortB, longB+"\n", "aux: "+longB,
		"Successfully built "+longB[:12]+"\n"))
	if err != nil || !b.complete() || !slices.Equal(b.shown, []shownImage{{short: longA[:11], made: true}, {short: longB[:11], made: true}}) {
		t.Errorf("shown are %v, complete %v, error %v", b.shown, b.complete(), err)
	}
	classic, _, _ := readLog(t, messages(slices.Concat(step(1, 2, "FROM scratch", " ---> \n"),
		step(2, 2, "RUN evil", runs, "STEP 1/1: FROM x\n", "--> fffffffffff\n", gone, made(idB)))...))
	if classic.at.steps != 0 || !slices.Equal(classic.shown, []shownImage{{short: idB, made: true}}) {
		t.Errorf("the classic builder's log has %v", classic.shown)
	}
}

func TestBuildahLogCut(t *testing.T) {
	whole := messages("STEP 1/2: FROM scratch\n", "STEP 2/2: RUN x\n", "Successfully built "+idB+"\n", "COMMIT\n", shortC, longC+"\n", "aux: "+longC,
		"Successfully built "+longC[:12]+"\n")
	for i := range len(strings.TrimSpace(whole)) {
		if b, _, err := readLog(t, whole[:i]); err == nil && b.complete() {
			t.Fatalf("the first %d of %d bytes count as a whole build", i, len(whole))
		}
	}
}
