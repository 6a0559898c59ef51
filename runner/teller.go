package runner

import (
	"sync"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// The streams of an event's line, see [task.Event].
const (
	fromBuild  = "build"
	fromStdout = "stdout"
	fromStderr = "stderr"
	fromNobody = "verdict" // the event has no line, but the verdict
	fromEngine = "engine"  // what the run itself has to say: warnings of the engine, a removal that failed
)

// A teller hands the events of one run on, one at a time, and knows the phase that the run is in.
type teller struct {
	mu    sync.Mutex // guards all below, and keeps calls of emit apart
	emit  func(task.Event)
	phase task.Phase
	early []task.Event // lines of a container that the engine still starts, which a gate bounds
}

// begin tells that a phase begins. What a container printed before the engine said that it was started is told behind that, where a
// person looks for it.
func (t *teller) begin(p task.Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p != task.PhaseReady {
		t.tellEarly()
	}
	t.phase = p
	t.emit(task.Event{Phase: p})
	t.tellEarly()
}

// tellEarly tells the lines that were held back. It is called with mu held.
func (t *teller) tellEarly() {
	for _, e := range t.early {
		e.Phase = t.phase
		t.emit(e)
	}
	t.early = nil
}

// line tells one line of output; it is made plain here.
func (t *teller) line(stream, line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := task.Event{Phase: t.phase, Stream: stream, Line: plain(line)}
	if t.phase == task.PhaseStart && (stream == fromStdout || stream == fromStderr) {
		t.early = append(t.early, e)
		return
	}
	t.emit(e)
}

// verdict tells a report before the removal begins. It goes by value: the run's own is still to be added to.
func (t *teller) verdict(report task.Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tellEarly()
	t.emit(task.Event{Phase: t.phase, Stream: fromNobody, Verdict: &report})
}

// A gate bounds how much output is shown. It lets lines pass until one of its measures is used up, says so once, and is shut.
type gate struct {
	lines, bytes int // that may still pass
	shut         bool
}

// What is shown of a build and of a container's log, at most.
func buildGate() gate     { return gate{lines: 20_000, bytes: 4 << 20} }
func containerGate() gate { return gate{lines: 2_000, bytes: 1 << 20} }

// show tells a line if the gate is open.
func (g *gate) show(t *teller, stream string, line []byte) {
	if g.shut {
		return
	}
	g.lines--
	g.bytes -= len(line)
	if g.lines < 0 || g.bytes < 0 {
		g.shut = true
		t.line(stream, "… output continues, not shown")
		return
	}
	t.line(stream, string(line))
}
