package runner

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// failedLines is how many lines of a failed instruction's output a report keeps.
const failedLines = 20

// A buildStep is one instruction as the classic builder runs it.
type buildStep struct {
	number, of int    // "Step 3/7"
	text       string // "RUN make"
	cached     bool
	done       bool // its image was shown
}

// keyword is the instruction's name, upper case.
func (s buildStep) keyword() string {
	word, _, _ := strings.Cut(strings.TrimSpace(s.text), " ")
	return strings.ToUpper(word)
}

// A shownImage is an image that the builder named after a step. It is neither made nor a hit where a stage begins with it.
type shownImage struct {
	short string // the first digits of its id
	made  bool   // by this build
	hit   bool   // found in the builder's cache
}

// A buildLog reads the classic builder's messages. The builder's own words and the output of RUN instructions come in one stream, so
// that an instruction can forge the former; nothing that is removed or trusted hangs on them alone.
type buildLog struct {
	teller *teller
	note   func(buildNote) // is told what tells of images and containers
	gate   gate
	lines  *lineCutter
	last   *tail // of the whole build
	failed *tail // of the current step
	pulls  pullProgress

	step     buildStep
	uncached bool         // some step did work that was not in the cache
	base     string       // of the stage that has begun, as its FROM names it; "" once an image of the stage was shown
	stage    int          // that has begun, from 1; 0 before the first
	firsts   []string     // the first instruction of each stage, see first
	shown    []shownImage // in the builder's order
	runs     string       // the container of the current step; "" where it has none
	imageID  string       // of the last stage that is done
	built    bool         // the builder said that it has built imageID
	failure  string       // the builder's last word where it failed

	// Of Buildah, see buildahlog.go.
	stages  [][]int     // the one-based lines of the instructions of each stage
	at      buildahStep // where it is; zero with the classic builder
	pending string      // the first digits of the image that was named last in the current step, by it or by a RUN's output
	bases   []string    // what the stages begin with: it names no image for a FROM

	// Of BuildKit, see buildkitlog.go.
	kit   *kitLog  // nil with the other builders
	needs []string // the images that the Dockerfile names
}

func newBuildLog(t *teller) *buildLog {
	b := &buildLog{teller: t, note: func(buildNote) {}, gate: buildGate(), last: newTail(lastLines), failed: newTail(failedLines), pulls: pullProgress{}}
	b.lines = &lineCutter{each: func(line []byte) {
		b.last.add(line)
		if b.isOutput(line) {
			b.failed.add(line)
		}
		b.gate.show(t, fromBuild, line)
	}}
	return b
}

// isOutput tells an instruction's output from the builder's words about it.
func (b *buildLog) isOutput(line []byte) bool {
	return len(bytes.TrimSpace(line)) > 0 && !bytes.HasPrefix(line, []byte("Step ")) && !bytes.HasPrefix(line, []byte(" ---> ")) &&
		!removedLine.Match(line) && (b.at.steps == 0 || !isBuildahs(line))
}

// A buildMessage is what of a builder's message is of use.
type buildMessage struct {
	Stream      string
	Status      string
	ID          string
	Error       string
	ErrorDetail struct{ Message string }
	Progress    string

	ProgressDetail struct{ Current, Total int64 }
	Aux            json.RawMessage
}

// maxMessage bounds one message; a builder's are some 32 KiB at most. What is longer is passed over.
const maxMessage = 1 << 20

// read reads messages to their end. An error means that they broke off, or are none.
func (b *buildLog) read(r io.Reader) error {
	err := b.readAll(r)
	if b.kit != nil {
		b.endKit()
	}
	return err
}

func (b *buildLog) readAll(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(in, maxMessage)
		if len(bytes.TrimSpace(line)) > 0 {
			var m buildMessage
			if json.Unmarshal(line, &m) != nil {
				b.lines.flush()
				return errors.New("the engine sent something that is no message of a build")
			}
			b.take(m)
		}
		if err != nil {
			b.lines.flush()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// readLine reads a line, with its end. One that is longer than limit is read to its end and given as nothing.
func readLine(in *bufio.Reader, limit int) (line []byte, err error) {
	for tooLong := false; ; {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > limit {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (b *buildLog) take(m buildMessage) {
	switch {
	case m.Error != "" || m.ErrorDetail.Message != "":
		b.lines.flush()
		b.failure = m.ErrorDetail.Message
		if b.failure == "" {
			b.failure = m.Error
		}
		b.note(failedNote(b.failure))
		b.failure, b.pending = kitWords(buildahWords(b.failure)), "" // a step that failed has made nothing
	case m.ID == traceID:
		if b.kit != nil {
			b.trace(m.Aux)
		}
	case m.Aux != nil:
		var aux struct{ ID string }
		if json.Unmarshal(m.Aux, &aux) == nil && aux.ID != "" {
			b.settle()
			b.imageID = aux.ID
			b.note(buildNote{ID: aux.ID})
		}
	case m.Status != "":
		b.status(m)
	default:
		b.stream(m.Stream)
	}
}

// status shows the steps of a pull, and of its progress bars as much as a person wants to read.
func (b *buildLog) status(m buildMessage) {
	if m.Progress != "" {
		if line := b.pulls.line(m); line != "" {
			b.lines.flush()
			b.lines.write([]byte(line + "\n"))
		}
		return
	}
	b.lines.flush()
	if m.ID != "" {
		m.Status = m.ID + ": " + m.Status
	}
	b.lines.write([]byte(m.Status + "\n"))
}

// stream takes a piece of text. The builder's own lines begin a piece.
func (b *buildLog) stream(s string) {
	was := b.known()
	if b.control(s) {
		b.lines.flush()
	}
	if b.known() != was {
		b.note(buildNote{Stream: s})
	}
	b.lines.write([]byte(s))
}

// buildState is what the builder's own lines have told.
type buildState struct {
	step   buildStep
	images int
	runs   string
	built  bool
}

func (b *buildLog) known() buildState { return buildState{b.step, len(b.shown), b.runs, b.built} }

var (
	stepLine    = regexp.MustCompile(`^Step (\d+)/(\d+) : ([^\n]*)`)
	imageLine   = regexp.MustCompile(`^ ---> ([0-9a-f]{12,64})\n?$`)
	runningLine = regexp.MustCompile(`^ ---> Running in ([0-9a-f]{12,64})\n?$`)
	removedLine = regexp.MustCompile(`^(?:Removing intermediate container| ---> Removed intermediate container) ([0-9a-f]{12,64})\n?$`)
	builtLine   = regexp.MustCompile(`^Successfully built ([0-9a-f]{12,64})\n?$`)
)

// control reads the builder's own lines, and reports whether s is one.
func (b *buildLog) control(s string) bool {
	if m := stepLine.FindStringSubmatch(s); m != nil {
		return b.beginStep(m[1], m[2], m[3])
	}
	if m := runningLine.FindStringSubmatch(s); m != nil {
		if b.runs == "" {
			b.runs = m[1]
			b.uncached = b.uncached || b.step.keyword() != "ARG"
		}
		return true
	}
	if m := removedLine.FindStringSubmatch(s); m != nil {
		if m[1] == b.runs {
			b.runs = ""
		}
		return true
	}
	if m := imageLine.FindStringSubmatch(s); m != nil {
		if b.runs == "" { // else it is the output of a RUN
			b.shown = append(b.shown, shownImage{short: m[1], made: !b.step.cached && b.step.keyword() != "FROM", hit: b.step.cached})
			b.uncached = b.uncached || b.copies() && !b.step.cached
			b.step.done, b.base = true, ""
		}
		return true
	}
	if m := builtLine.FindStringSubmatch(s); m != nil {
		b.built = b.built || strings.HasPrefix(strings.TrimPrefix(b.imageID, "sha256:"), m[1])
		return true
	}
	if s == " ---> Using cache\n" {
		b.step.cached = b.step.cached || b.runs == ""
		return true
	}
	return b.buildah(s)
}

// copies reports whether the current step is one that the builder does without a container; it leaves no trace before its image.
func (b *buildLog) copies() bool {
	word := b.step.keyword()
	return word == "COPY" || word == "ADD" || word == "WORKDIR"
}

// copying reports whether the builder was last seen at such a step.
func (b *buildLog) copying() bool { return b.copies() && !b.step.done }

// beginStep believes a step that follows the one before; another is the output of a RUN.
func (b *buildLog) beginStep(number, of, text string) bool {
	n, err1 := strconv.Atoi(number)
	total, err2 := strconv.Atoi(of)
	if err1 != nil || err2 != nil || n != b.step.number+1 || n > total || b.step.of != 0 && total != b.step.of {
		return false
	}
	b.lines.flush()
	b.failed.reset()
	b.step = buildStep{number: n, of: total, text: text}
	if b.step.keyword() == "FROM" {
		b.base = stageBase(text)
		b.stage++
	}
	b.runs = ""
	return true
}

// stageBase is the image that a FROM names.
func stageBase(from string) string {
	for _, word := range strings.Fields(from)[1:] {
		if !strings.HasPrefix(word, "--") {
			return word
		}
	}
	return ""
}

// complete reports whether the builder came to its end: without a word of failure, and not merely to the end of the stream.
func (b *buildLog) complete() bool {
	if b.kit != nil {
		return b.failure == "" && b.imageID != ""
	}
	return b.failure == "" && b.built && b.step.number == b.step.of
}

// parseErrorLine is how builders name a line of the Dockerfile that they cannot parse.
var parseErrorLine = regexp.MustCompile(`(?i)(?:dockerfile )?parse error (?:on )?line (\d+)`)

// failedLine is the one-based line of the Dockerfile that a failure is about, given the first lines of its instructions; 0 where that
// is not known. Behind those the builder may count a step for the labels.
func (b *buildLog) failedLine(failure string, instructions []int) int {
	if m := parseErrorLine.FindStringSubmatch(failure); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	if b.at.steps > 0 {
		return b.buildahLine()
	}
	if n := b.step.number; n > 0 && n <= len(instructions) && (b.step.of == len(instructions) || b.step.of == len(instructions)+1) {
		return instructions[n-1]
	}
	return 0
}
