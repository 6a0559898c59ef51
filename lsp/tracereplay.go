package lsp

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Replayed is what came of playing a recorded session back.
type Replayed struct {
	Version, System string    // of the program that recorded it
	Started         time.Time // of the recording
	Frames          int       // recorded, of both sides

	Requests int        // that were played
	Compared int        // of them, those whose answers were recorded, too
	Left     int        // commands that were left out
	Differ   []Differs  // answers and diagnostics that are not what was recorded
	Notes    []string   // what could not be played as it was, for a person
	Times    []CallTime // by method
}

// Differs is one thing that was not as recorded.
type Differs struct {
	Line   int    // of the recorded answer, in the file
	Method string // of the request; textDocument/publishDiagnostics for the last diagnostics of a file
	What   string // where it differs, and how
}

// CallTime says how long the answers to a method took.
type CallTime struct {
	Method           string
	Count            int
	Median, Max      time.Duration
	RecordedMedian   time.Duration // of the recorded session
	durations, older []time.Duration
}

// replayWaits are how long the player waits for a server that does not do what was recorded.
type replayWaits struct{ answer, question, diagnostics time.Duration }

// Replay plays a recorded session back against a fresh server in this process: it sends what the client sent, in its order, and before
// each frame waits for the answers, diagnostics and questions that the client had got before it sent it. Where folder is not "", the
// first folder of the recorded workspace is taken to be there.
//
// What the client had the server do (workspace/executeCommand) is left out: a replay neither runs nor writes anything. Its error says
// that the input is no recording.
func Replay(ctx context.Context, trace io.Reader, folder string, o Options) (*Replayed, error) {
	return replay(ctx, trace, folder, o, replayWaits{answer: 30 * time.Second, question: 5 * time.Second, diagnostics: 5 * time.Second})
}

func replay(ctx context.Context, trace io.Reader, folder string, o Options, waits replayWaits) (*Replayed, error) {
	rec, err := readTrace(trace, maxTrace)
	if err != nil {
		return nil, err
	}
	out := &Replayed{Version: rec.head.Version, System: rec.head.System, Started: rec.head.Started, Frames: len(rec.frames)}
	out.Notes = append(out.Notes, rec.notes...)
	if folder != "" && !rec.moveTo(folder) {
		out.note("the session has no folder that could be put to %s", folder)
	}
	out.noteMissing(rec)
	o.Runner, o.Trace = nil, nil
	p := newPlayer(rec, out, waits)
	p.play(ctx, o)
	out.finish()
	return out, nil
}

func (r *Replayed) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// noteMissing says which folders of the workspace are not on this machine.
func (r *Replayed) noteMissing(rec *recording) {
	for i := range rec.frames {
		for _, u := range rec.frames[i].roots() {
			name, ok := pathOf(u)
			if !ok {
				r.note("%s of the workspace is no folder of this machine", u)
			} else if _, err := os.Stat(name); err != nil {
				r.note("%s of the workspace is not there: what the server read from it is missing", name)
			}
		}
	}
}

// took counts an answer.
func (r *Replayed) took(method string, now, recorded time.Duration) {
	i := slices.IndexFunc(r.Times, func(c CallTime) bool { return c.Method == method })
	if i < 0 {
		i = len(r.Times)
		r.Times = append(r.Times, CallTime{Method: method})
	}
	c := &r.Times[i]
	c.durations = append(c.durations, now)
	if recorded >= 0 {
		c.older = append(c.older, recorded)
	}
}

// finish makes figures of the times, the slowest method first.
func (r *Replayed) finish() {
	for i := range r.Times {
		c := &r.Times[i]
		slices.Sort(c.durations)
		slices.Sort(c.older)
		c.Count, c.Max = len(c.durations), c.durations[len(c.durations)-1]
		c.Median = c.durations[len(c.durations)/2]
		if len(c.older) > 0 {
			c.RecordedMedian = c.older[len(c.older)/2]
		}
	}
	slices.SortStableFunc(r.Times, func(a, b CallTime) int { return int(b.Max - a.Max) })
	slices.SortStableFunc(r.Differ, func(a, b Differs) int { return a.Line - b.Line })
}
