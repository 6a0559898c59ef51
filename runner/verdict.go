package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A verdict ends the line, as an error does.
type verdict struct {
	outcome task.Outcome
	words   string // without a capital and a full stop
}

func (v *verdict) Error() string { return v.words }

// failed is the verdict that the task is at fault.
func failed(format string, args ...any) error {
	return &verdict{task.Failed, fmt.Sprintf(format, args...)}
}

// trouble is the verdict that there is none: the engine, the machine or the example stands in the way.
func trouble(format string, args ...any) error {
	return &verdict{task.Error, fmt.Sprintf(format, args...)}
}

// conclude writes the outcome and its message. An error that is no verdict is trouble, and whatever happens once ctx has ended is part
// of the cancelling.
func (r *run) conclude(ctx context.Context, err error) {
	rep := r.report
	r.keepOutput()
	var v *verdict
	switch {
	case err == nil:
		rep.Outcome, rep.Message = task.Passed, r.passed()
	case ctx.Err() != nil:
		rep.Outcome, rep.Message = task.Canceled, "Canceled."
	case errors.As(err, &v):
		rep.Outcome, rep.Message = v.outcome, sentence(v.outcome, v.words)
	default:
		rep.Outcome, rep.Message = task.Error, sentence(task.Error, plain(err.Error()))
	}
}

// sentence makes a verdict's words a sentence for a person.
func sentence(o task.Outcome, words string) string {
	begin := map[task.Outcome]string{task.Passed: "Passed: ", task.Failed: "Failed: ", task.Error: "Error: "}[o]
	if !strings.HasSuffix(words, ".") {
		words += "."
	}
	return begin + words
}

// passed is the message of a run that came to its end.
func (r *run) passed() string {
	a := r.report.Answer
	if a == nil {
		return sentence(task.Passed, "the image was built; the example was not run")
	}
	words := fmt.Sprintf("the answer is %s (%s, exact)", task.OutputFile, size(a.Bytes))
	if a.Match == task.MatchTrimmed {
		words = fmt.Sprintf("the answer is %s, as hosts compare (%s, equal after trimming)", task.OutputFile, size(a.Bytes))
	}
	return sentence(task.Passed, words+statusNote(a.Status)+r.unstableNote())
}

// unstableNote tells of a task that a host can rely on only once.
func (r *run) unstableNote() string {
	switch u := r.report.Unstable; {
	case u == nil:
		return ""
	case u.Failure != "" && u.AtOnce:
		return "; but asked twice at once, it failed: " + u.Failure
	case u.Failure != "":
		return "; but asked the same again, it failed: " + u.Failure
	case u.AtOnce:
		return "; but asked twice at once, it answered differently"
	default:
		return "; but asked the same again, it answered differently"
	}
}

// statusNote tells of a status that a host takes no notice of, and a person should.
func statusNote(status int) string {
	if status/100 == 2 {
		return ""
	}
	return fmt.Sprintf("; its HTTP status is %d, which hosts ignore", status)
}

// differs is the verdict on an answer that no host accepts.
func differs(a *task.Answer) error {
	at := a.Difference()
	where := fmt.Sprintf("the answer differs from %s at line %d, column %d", task.OutputFile, at.Line+1, at.Column+1)
	switch {
	case a.Match == task.MatchJSON:
		where += "; it is the same JSON value, but hosts compare the text"
	case a.Truncated:
		where += fmt.Sprintf(", and goes on beyond the %s that were read", size(a.Bytes))
	}
	return failed("%s%s", where, statusNote(a.Status))
}

// notReady is the verdict on a container that was given up.
func notReady(ready *task.Ready) error {
	never := fmt.Sprintf("%s was not in the container's log within %s", task.Mark, task.Duration(ready.WaitedTime))
	switch {
	case ready.NoNewline:
		return failed("%s: it was printed without a line end, and only whole lines reach the log", never)
	case ready.AtStop:
		return failed("%s: it sat in a buffer until the program was stopped; flush the output after it", never)
	case ready.OnStderr:
		return failed("%s: it was printed on stderr, and hosts read stdout", never)
	default:
		return failed("%s", never)
	}
}

// notListening is the verdict on a port that stays closed.
func notListening(l *task.Listen) error {
	words := fmt.Sprintf("%s was printed, but nothing listens on 0.0.0.0:8080 after %s", task.Mark, task.Duration(l.WaitedTime))
	if len(l.Others) > 0 {
		words += "; the program listens on " + strings.Join(l.Others, ", ")
	}
	return failed("%s", words)
}

// exited is the verdict on a container that ended by itself.
func (r *run) exited(e *task.Exit) error {
	if r.report.OutOfMemory {
		return r.outOfMemory()
	}
	when := map[task.Phase]string{
		task.PhaseReady:  "before it was ready",
		task.PhaseAnswer: "during the request",
	}[e.During]
	if e.During == task.PhaseStart {
		return failed("the container's command could not be started: %s", e.Error)
	}
	words := fmt.Sprintf("the container ended %s, with exit code %d", when, e.Code)
	if m := task.ExitMeaning(e.Code); m != "" {
		words += " (" + m + ")"
	}
	if e.PerhapsMemory {
		words += fmt.Sprintf("; it probably ran out of memory: its limit is %d MiB, and this engine does not tell", r.report.Limits.MemMiB)
	}
	return failed("%s", words)
}

func (r *run) outOfMemory() error {
	return failed("the container ran out of memory: its limit is %d MiB", r.report.Limits.MemMiB)
}
