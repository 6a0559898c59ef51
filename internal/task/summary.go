package task

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Summary is a verdict in a few words, such as "passed in 1.2 s · 24 of 128 MiB" or "answer differs at 3:7": for a line that has no room
// for more. Lines and columns count from 1, columns in UTF-16 units.
func (r *Report) Summary() string {
	switch r.Outcome {
	case Passed:
		return r.passedIn()
	case Failed:
		return r.cause()
	case Canceled:
		return "stopped"
	default:
		return "could not be run"
	}
}

// passedIn tells what a run took that passed.
func (r *Report) passedIn() string {
	words := "passed in " + Duration(r.Took())
	if r.Answer == nil {
		words = "built in " + Duration(r.Took())
	}
	if r.PeakMemory != nil {
		least := ""
		if r.PeakAtLeast {
			least = "≥ "
		}
		words += fmt.Sprintf(" · %s%s of %d MiB", least, digit(float64(*r.PeakMemory)/(1<<20)), r.Limits.MemMiB)
	}
	if r.Unstable != nil {
		words += " · unstable"
	}
	return words
}

// Took is how long the run's steps took, without the removal, which no verdict waits for.
func (r *Report) Took() time.Duration {
	var took time.Duration
	for _, s := range r.Steps {
		if s.Phase != PhaseRemove {
			took += s.Took
		}
	}
	return took
}

// cause is why a run failed.
func (r *Report) cause() string {
	switch {
	case r.OutOfMemory:
		return fmt.Sprintf("out of memory at %d MiB", r.Limits.MemMiB)
	case r.BuildFailure != nil && r.BuildFailure.Line > 0:
		return fmt.Sprintf("build stopped at %s:%d", DockerfileName, r.BuildFailure.Line)
	case r.BuildFailure != nil:
		return "build stopped"
	case r.Exit != nil && r.Exit.During == PhaseStart:
		return "its command could not be started"
	case r.Exit != nil:
		return fmt.Sprintf("ended with exit code %d", r.Exit.Code)
	case r.Ready != nil && !r.Ready.Seen:
		return Mark + " was not printed"
	case r.Listen != nil && !r.Listen.Open:
		return "nothing listens on port 8080"
	case r.Answer != nil && r.Answer.Failure != "":
		return "no answer"
	case r.Answer != nil && r.Answer.DiffAt >= 0:
		at := r.Answer.Difference()
		return fmt.Sprintf("answer differs at %d:%d", at.Line+1, at.Column+1)
	default:
		return "failed"
	}
}

// Difference is the place of example_output.bin at which the answer first differs, from 0, in UTF-16 units; its start where it does not.
func (a *Answer) Difference() text.Position {
	f := text.New(OutputFile, string(a.Expected))
	at := a.DiffAt
	if f.BOM {
		at -= len(text.BOM)
	}
	return f.Position(max(0, min(at, len(f.Text))), text.UTF16)
}

// Duration writes a time for a person, in the unit that suits it: "20 ms", "1.2 s", "45 s", "30 min".
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	case d < 10*time.Second:
		return digit(d.Seconds()) + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	default:
		return digit(d.Minutes()) + " min"
	}
}

// digit writes a number with one digit behind the point, unless that is a zero.
func digit(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
