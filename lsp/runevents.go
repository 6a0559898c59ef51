package lsp

import (
	"fmt"
	"sync"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// methodRun is the notification of ours that tells our own extension of runs; others get it as messages of the protocol.
const methodRun = "meca/run"

// runEvent is the one parameter of meca/run.
type runEvent struct {
	Run     string                    `json:"run"`
	Folder  string                    `json:"folder"` // URI
	Job     job                       `json:"job"`
	Kind    string                    `json:"kind"`            // begin, state, log, end
	State   task.Phase                `json:"state,omitzero"`  // of a state
	Stream  string                    `json:"stream,omitzero"` // of a log: build, stdout, stderr
	Text    protocol.Optional[string] `json:"text,omitzero"`   // of a log; a line may be empty
	Verdict *runVerdict               `json:"verdict,omitzero"`
	// Findings are those of the run alone, with an end.
	Findings []runFinding `json:"findings,omitzero"`
}

// runVerdict tells how a run ended.
type runVerdict struct {
	Outcome    task.Outcome `json:"outcome"`
	Message    string       `json:"message"`
	Summary    string       `json:"summary"` // the verdict in a few words
	As         task.View    `json:"as"`
	DurationMS int64        `json:"durationMs"`
	Phases     []runPhase   `json:"phases"`
	Answer     *runResponse `json:"answer,omitzero"` // nil where the run did not come to it
	Peak       int64        `json:"peakBytes,omitzero"`
	Limit      int64        `json:"memMiB,omitzero"`
	Kept       string       `json:"kept,omitzero"`  // where the container listens that was left running
	Today      *runVerdict  `json:"today,omitzero"` // of the same as on a host of today, where it was run in both views
}

type runPhase struct {
	Name   task.Phase `json:"name"`
	MS     int64      `json:"ms"`
	Cached bool       `json:"cached"`
}

// maxShown is how much of an answer, and of what was expected, an editor is given, in bytes.
const maxShown = 1 << 20

// runResponse is what the task answered; bodies go as Base64.
type runResponse struct {
	Status    int        `json:"status"`
	Bytes     int64      `json:"bytes"`
	Match     task.Match `json:"match"`
	Body      []byte     `json:"body"`
	Expected  []byte     `json:"expected"`
	Truncated bool       `json:"truncated"` // one of the two is not whole
}

func newVerdict(report *task.Report) *runVerdict {
	v := &runVerdict{
		Outcome: report.Outcome, Message: report.Message, Summary: report.Summary(), As: report.As,
		DurationMS: report.Took().Milliseconds(), Phases: []runPhase{}, Limit: report.Limits.MemMiB,
	}
	if report.PeakMemory != nil {
		v.Peak = *report.PeakMemory
	}
	if report.Kept != nil {
		v.Kept = report.Kept.URL
	}
	for _, step := range report.Steps {
		v.Phases = append(v.Phases, runPhase{step.Phase, step.Took.Milliseconds(), step.Cached})
	}
	if a := report.Answer; a != nil {
		v.Answer = &runResponse{
			Status: a.Status, Bytes: a.Bytes, Match: a.Match,
			Body:      a.Body[:min(len(a.Body), maxShown)],
			Expected:  a.Expected[:min(len(a.Expected), maxShown)],
			Truncated: a.Truncated || len(a.Body) > maxShown || len(a.Expected) > maxShown,
		}
	}
	return v
}

// phaseTitles are what a person reads while a phase goes on.
func phaseTitle(p task.Phase) string {
	switch p {
	case task.PhaseBuild:
		return "building image"
	case task.PhaseStart:
		return "starting"
	case task.PhaseReady:
		return "waiting for " + task.Mark
	case task.PhaseAnswer:
		return "asking"
	case task.PhaseRemove:
		return "removing"
	default:
		return string(p)
	}
}

// teller tells the client of one run. None of its methods waits for the client.
type teller struct {
	server   *server
	run      *run
	typed    bool // by meca/run
	progress *progress

	mu     sync.Mutex // guards all below
	over   bool       // the verdict was told
	left   int        // lines that were left out since the last one
	stream string     // of the last line
}

func (s *server) newTeller(r *run) *teller {
	return &teller{server: s, run: r, typed: s.client.Load().options.runEvents}
}

func (t *teller) send(e runEvent) {
	t.server.wire.notify("", methodRun, t.stamp(e))
}

func (t *teller) stamp(e runEvent) *runEvent {
	e.Run, e.Folder, e.Job = t.run.id, t.run.uri, t.run.job
	return &e
}

func (t *teller) begin() {
	if t.typed {
		t.send(runEvent{Kind: "begin"})
	}
	title := "Running the example"
	if t.run.job == jobBuild {
		title = "Building the image"
	}
	t.progress = t.server.beginProgress(t.run.id, title, t.run.cancel)
}

// event takes what the runner tells. Of what follows the verdict nobody wants to know.
func (t *teller) event(e task.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	if e.Stream != "" {
		t.line(e.Stream, e.Line)
		return
	}
	if t.typed {
		t.send(runEvent{Kind: "state", State: e.Phase})
	}
	t.progress.report(phaseTitle(e.Phase))
}

// line passes a line of output on. While the client does not keep up, lines are left out, and counted.
func (t *teller) line(stream, line string) {
	if n := t.left; n > 0 && t.server.wire.notifyLog(t.logged(stream, leftOut(n))) {
		t.left = 0
	}
	if t.left > 0 || !t.server.wire.notifyLog(t.logged(stream, line)) {
		t.left++
	}
	t.stream = stream
}

func leftOut(n int) string {
	return fmt.Sprintf("… %d lines were left out: the editor did not keep up", n)
}

// logged is the notification that carries a line of output.
func (t *teller) logged(stream, line string) (method string, params any) {
	if t.typed {
		return methodRun, t.stamp(runEvent{Kind: "log", Stream: stream, Text: protocol.NewOptional(line)})
	}
	return protocol.MethodWindowLogMessage, &protocol.LogMessageParams{Type: protocol.MessageTypeLog, Message: stream + ": " + line}
}

// end tells the verdict: the first view's, with the second one's, if there is one.
func (t *teller) end(reports []*task.Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	report, words := reports[0], reports[0].Message
	if len(reports) > 1 && reports[1].Outcome != report.Outcome {
		words += " On a host of today: " + reports[1].Message
	}
	if report.Kept != nil {
		words += " It is left running at " + report.Kept.URL + "."
	}
	if t.progress != nil {
		t.progress.end(words)
	}
	if t.left > 0 {
		method, params := t.logged(t.stream, leftOut(t.left))
		t.server.wire.notify("", method, params)
	}
	if t.typed {
		verdict := newVerdict(report)
		if len(reports) > 1 {
			verdict.Today = newVerdict(reports[1])
		}
		t.send(runEvent{Kind: "end", Verdict: verdict, Findings: t.server.runFindings(t.run, reports)})
		return
	}
	if t.offers(report) {
		return // showVerdict will tell it, with what can be done
	}
	t.server.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: messageType(report.Outcome), Message: words})
}

// offers reports whether the client can be offered what can be done about a verdict.
func (t *teller) offers(report *task.Report) bool {
	return !t.typed && report.Outcome == task.Failed && t.server.client.Load().messageActions
}

// after tells what came to light after the verdict.
func (t *teller) after(report *task.Report) {
	t.server.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: report.Message})
}

func messageType(o task.Outcome) protocol.MessageType {
	switch o {
	case task.Passed, task.Canceled:
		return protocol.MessageTypeInfo
	default:
		return protocol.MessageTypeError
	}
}
