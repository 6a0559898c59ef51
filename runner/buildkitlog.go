package runner

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
)

// traceID marks the messages in which BuildKit tells of its work: protocol buffers, of which only the fields that matter are read.
const traceID = "moby.buildkit.trace"

// maxVertexes bounds what is remembered of a build; a Dockerfile gives a few dozen.
const maxVertexes = 4096

// A kitLog is what a [buildLog] needs for BuildKit, which works on several steps at once and numbers them in its own way.
type kitLog struct {
	steps    map[string]int // the index of an instruction, from 0, by its stepKey
	froms    map[string]int // of the FROM that begins with an image, by the image's name
	texts    []string       // the names of the instructions, "RUN"
	vertexes map[string]*kitVertex
	failed   *kitVertex // the first that failed
}

// A kitVertex is one step of BuildKit's work.
type kitVertex struct {
	name          string // "[stage-1 2/4] RUN make"
	begun, cached bool
	tail          *tail
	lines         *lineCutter
}

// newKitLog prepares for a Dockerfile; nil is one that cannot be read.
//
// BuildKit counts the instructions of a stage that make a layer (RUN, COPY, ADD, WORKDIR), and its FROM where that is an image other
// than scratch; it names the stage where there are several.
func newKitLog(d *dockerfile.File) *kitLog {
	k := &kitLog{steps: map[string]int{}, froms: map[string]int{}, vertexes: map[string]*kitVertex{}}
	if d == nil {
		return k
	}
	index := map[*dockerfile.Instruction]int{}
	for i, in := range d.Instructions {
		index[in] = i
		k.texts = append(k.texts, in.Name)
	}
	for n, s := range d.Stages {
		var counted []*dockerfile.Instruction
		if s.Parent == nil && s.Base != "scratch" {
			counted = append(counted, s.From)
			k.froms[familiar(s.Base)] = index[s.From]
		}
		for _, in := range s.Instructions {
			if makesLayer(in.Name) {
				counted = append(counted, in)
			}
		}
		for i, in := range counted {
			for _, label := range []string{strings.ToLower(s.Name), fmt.Sprintf("stage-%d", n)} {
				k.steps[stepKey(label, i+1, len(counted))] = index[in]
			}
			if len(d.Stages) == 1 {
				k.steps[stepKey("", i+1, len(counted))] = index[in]
			}
		}
	}
	return k
}

func makesLayer(name string) bool {
	return name == "RUN" || name == "COPY" || name == "ADD" || name == "WORKDIR"
}

func stepKey(stage string, i, of int) string { return fmt.Sprintf("%s %d/%d", stage, i, of) }

// kitStep is how BuildKit names an instruction's work; where it builds for several platforms, one stands before the stage.
var (
	kitStep = regexp.MustCompile(`^\[(?:\S+ )??(\S+ )?(\d+/\d+)\] (\S+)`)
	kitMeta = regexp.MustCompile(`^\[internal\] load metadata for (\S+)`)
)

// instruction finds the instruction that a vertex is about; not known where the Dockerfile, as it was read, has it otherwise.
func (k *kitLog) instruction(name string) (index int, known bool) {
	if m := kitMeta.FindStringSubmatch(name); m != nil {
		index, known = k.froms[familiar(m[1])]
		return index, known
	}
	m := kitStep.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	index, known = k.steps[strings.TrimSpace(m[1])+" "+m[2]]
	return index, known && strings.EqualFold(m[3], k.texts[index])
}

// trace reads one of BuildKit's messages. What cannot be read is passed over: the build's end does not hang on it.
func (b *buildLog) trace(aux json.RawMessage) {
	var status []byte // base64 in JSON
	if json.Unmarshal(aux, &status) != nil {
		return
	}
	const vertex, log = 1, 3
	eachField(status, func(number protowire.Number, value []byte, _ uint64) {
		switch number {
		case vertex:
			b.takeVertex(value)
		case log:
			b.takeLog(value)
		}
	})
}

// takeVertex reads how far a step has come.
func (b *buildLog) takeVertex(message []byte) {
	const digest, name, cached, started, failure = 1, 3, 4, 5, 7
	var id, called, words string
	var begun, isCached bool
	eachField(message, func(number protowire.Number, value []byte, n uint64) {
		switch number {
		case digest:
			id = string(value)
		case name:
			called = string(value)
		case cached:
			isCached = n != 0
		case started:
			begun = true
		case failure:
			words = string(value)
		}
	})
	v := b.kit.vertexes[id]
	if v == nil {
		if len(b.kit.vertexes) >= maxVertexes {
			return
		}
		v = &kitVertex{name: called, tail: newTail(failedLines)}
		v.lines = &lineCutter{each: func(line []byte) {
			v.tail.add(line)
			b.say(line)
		}}
		b.kit.vertexes[id] = v
	}
	b.progress(v, begun, isCached)
	if words != "" && b.kit.failed == nil && !strings.Contains(words, "context canceled") { // the others are stopped by the one
		b.kit.failed = v
	}
}

// progress tells of a step that has begun.
func (b *buildLog) progress(v *kitVertex, begun, cached bool) {
	_, known := b.kit.instruction(v.name)
	isStep := kitStep.MatchString(v.name)
	if begun && !v.begun && (known || isStep) {
		b.say([]byte(v.name))
	}
	if cached && !v.cached && isStep {
		b.say([]byte("CACHED"))
	}
	v.begun, v.cached = v.begun || begun, v.cached || cached
}

// takeLog reads what a step printed.
func (b *buildLog) takeLog(message []byte) {
	const vertex, text = 1, 4
	var id string
	var printed []byte
	eachField(message, func(number protowire.Number, value []byte, _ uint64) {
		switch number {
		case vertex:
			id = string(value)
		case text:
			printed = value
		}
	})
	if v := b.kit.vertexes[id]; v != nil {
		v.lines.write(printed)
	}
}

// say shows a line that is not of the classic builder's stream.
func (b *buildLog) say(line []byte) {
	b.last.add(line)
	b.gate.show(b.teller, fromBuild, line)
}

// endKit concludes BuildKit's messages: what a step had not ended with a newline is shown, and the step that failed becomes the
// current one.
func (b *buildLog) endKit() {
	for _, v := range b.kit.vertexes {
		v.lines.flush()
		i, known := b.kit.instruction(v.name)
		b.uncached = b.uncached || known && b.kit.texts[i] != "FROM" && v.begun && !v.cached
	}
	v := b.kit.failed
	if v == nil {
		return
	}
	b.failed = v.tail
	if i, known := b.kit.instruction(v.name); known {
		text := v.name[strings.Index(v.name, "] ")+2:]
		if m := kitMeta.FindStringSubmatch(v.name); m != nil {
			text = "FROM " + m[1]
		}
		b.step = buildStep{number: i + 1, of: len(b.kit.texts), text: text}
	}
}

// kitWords takes off BuildKit's errors what says nothing to a person, and says what is to be done about the one that is ours: an
// engine's BuildKit can only log in to a registry through a session with the program that asks, which this one does not hold.
func kitWords(failure string) string {
	for _, prefix := range []string{"failed to solve with frontend dockerfile.v0: ", "failed to solve: ", "failed to create LLB definition: "} {
		failure = strings.TrimPrefix(failure, prefix)
	}
	if strings.Contains(failure, "no active sessions") {
		failure += "; this BuildKit fetches images only through a session, which meca-lsp does not hold: pull the image that the Dockerfile or its # syntax line names, or build with the classic builder"
	}
	return failure
}

// eachField visits the fields of a protocol buffer; n is a number's value. It stops where the bytes make no sense.
func eachField(b []byte, visit func(number protowire.Number, value []byte, n uint64)) {
	for len(b) > 0 {
		number, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return
		}
		b = b[size:]
		var value []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			value, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(b)
		default:
			size = protowire.ConsumeFieldValue(number, kind, b)
		}
		if size < 0 {
			return
		}
		visit(number, value, n)
		b = b[size:]
	}
}
