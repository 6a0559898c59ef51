package runner

import (
	"regexp"
	"strconv"
	"strings"
)

// A buildahStep is where Buildah, Podman's builder, says that it is. It counts the instructions of each stage by themselves, the FROM
// among them, and those before the first FROM not at all.
type buildahStep struct {
	stage, stages int // "[2/3]"; 1 of 1 where it is left out
	step, steps   int // "STEP 2/5"
}

// follows reports whether a step is the one that comes next: in its stage, or the first one of a later stage.
func (s buildahStep) follows(before buildahStep) bool {
	if s.step > s.steps || s.stage > s.stages || before.stages != 0 && s.stages != before.stages {
		return false
	}
	if s.stage == before.stage {
		return s.step == before.step+1 && s.steps == before.steps
	}
	return s.stage > before.stage && s.step == 1 && before.step == before.steps
}

// Buildah's own lines. Nothing tells them from what a RUN prints; see [buildLog.pending].
var (
	buildahStepLine   = regexp.MustCompile(`^(?:\[(\d+)/(\d+)\] )?STEP (\d+)/(\d+): ([^\n]*)\n?$`)
	buildahCommitLine = regexp.MustCompile(`^(?:\[\d+/\d+\] )?COMMIT(?: [^\n]*)?\n?$`)
	buildahHitLine    = regexp.MustCompile(`^--> Using cache ([0-9a-f]{64})\n?$`)
	buildahImageLine  = regexp.MustCompile(`^--> ([0-9a-f]{11,64})\n?$`)
	buildahLastLine   = regexp.MustCompile(`^[0-9a-f]{64}\n?$`)
)

// isBuildahs tells Buildah's own words from an instruction's output.
func isBuildahs(line []byte) bool {
	return buildahStepLine.Match(line) || buildahCommitLine.Match(line) || buildahHitLine.Match(line) || buildahImageLine.Match(line) ||
		buildahLastLine.Match(line)
}

// buildah reads Buildah's own lines, and reports whether s is one.
func (b *buildLog) buildah(s string) bool {
	if m := buildahStepLine.FindStringSubmatch(s); m != nil {
		return b.beginBuildahStep(m)
	}
	if b.at.steps == 0 {
		return false // it is the classic builder
	}
	if m := buildahHitLine.FindStringSubmatch(s); m != nil {
		b.step.cached = true
		return true
	}
	if m := buildahImageLine.FindStringSubmatch(s); m != nil {
		b.pending = m[1]
		return true
	}
	if buildahCommitLine.MatchString(s) {
		b.step.cached = false
		return true
	}
	return buildahLastLine.MatchString(s)
}

// beginBuildahStep believes a step that follows the one before; another is the output of a RUN.
func (b *buildLog) beginBuildahStep(m []string) bool {
	at := buildahStep{stage: 1, stages: 1}
	for i, n := range []*int{&at.stage, &at.stages, &at.step, &at.steps} {
		if m[1+i] == "" {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(m[1+i]); err != nil {
			return false
		}
	}
	if !at.follows(b.at) || b.at.steps == 0 && (b.step.number > 0 || at.step != 1) {
		return false
	}
	b.settle()
	b.lines.flush()
	b.failed.reset()
	b.at = at
	b.step = buildStep{number: at.step, of: at.steps, text: m[5]}
	if b.step.keyword() == "FROM" {
		b.base = stageBase(m[5])
		b.bases = append(b.bases, b.base)
	}
	return true
}

// settle believes the image that was named last before the step's end: an instruction may print what looks the same, but Buildah has
// the last word.
func (b *buildLog) settle() {
	if b.pending == "" {
		return
	}
	b.shown = append(b.shown, shownImage{short: b.pending, made: !b.step.cached && b.step.keyword() != "FROM", hit: b.step.cached})
	b.uncached = b.uncached || !b.step.cached && b.step.keyword() != "FROM"
	b.pending, b.base, b.step.done = "", "", true
}

// buildahLine is the one-based line of the current instruction; 0 where the Dockerfile, as it was read, does not have what Buildah
// counts. The last stage may have one step more, for the labels.
func (b *buildLog) buildahLine() int {
	if b.at.stages != len(b.stages) || b.at.stage < 1 {
		return 0
	}
	lines := b.stages[b.at.stage-1]
	if n := b.at.step; n > 0 && n <= len(lines) && (b.at.steps == len(lines) || b.at.steps == len(lines)+1) {
		return lines[n-1]
	}
	return 0
}

// buildahWords takes off what Buildah's errors say to nobody: its reading of an instruction, as its program holds it.
func buildahWords(failure string) string {
	failure, _, _ = strings.Cut(failure, " &imagebuilder.Step{")
	return strings.TrimSpace(failure)
}

// isCommandFailure reports whether a builder's words are about a RUN that failed; what else stands there is the instruction's text.
func isCommandFailure(words string) bool {
	return strings.Contains(words, "returned a non-zero code") || strings.Contains(words, "while running runtime:") ||
		strings.Contains(words, "did not complete successfully: exit code") || strings.Contains(words, "executor failed running")
}

// stageLines are the one-based lines of the instructions of each stage of the folder's Dockerfile.
func (r *run) stageLines() [][]int {
	d := r.folder.Dockerfile()
	if d == nil {
		return nil
	}
	var stages [][]int
	for _, s := range d.Stages {
		lines := []int{s.From.Line}
		for _, in := range s.Instructions {
			lines = append(lines, in.Line)
		}
		stages = append(stages, lines)
	}
	return stages
}
