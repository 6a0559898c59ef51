package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// liveRun shows a run as it goes on. Without a printer it is silent.
type liveRun struct {
	print *printer
}

// titles are what the phases are called while they go on.
var titles = map[task.Phase]string{
	task.PhaseBuild:  "building the image",
	task.PhaseStart:  "starting the container",
	task.PhaseReady:  "waiting for " + task.Mark,
	task.PhaseAnswer: "asking the example",
	task.PhaseRemove: "removing container and image",
}

func (l *liveRun) event(e task.Event) {
	if l.print == nil {
		return
	}
	if e.Stream == "" {
		l.print.printf("%s %s\n", l.print.in(blue, "▸"), l.print.in(bold, titles[e.Phase]))
		return
	}
	gutter := "│"
	if e.Stream == "stderr" {
		gutter = "┃"
	}
	l.print.printf("  %s %s\n", l.print.in(dim, gutter), e.Line)
}

// verdict shows the findings of the run, the difference of the answer, and the verdict with the times.
func (l *liveRun) verdict(at found, r *task.Report, findings []diagnostics.Finding) {
	p := l.print
	p.printf("\n")
	for _, f := range findings {
		if f.Severity <= diagnostics.Information {
			p.finding(at, f)
		}
	}
	if a := r.Answer; a != nil && (a.Match == task.MatchDifferent || a.Match == task.MatchJSON) {
		l.difference(a)
	}
	colour, sign := red, "✗"
	switch r.Outcome {
	case task.Passed:
		colour, sign = green, "✓"
	case task.Canceled:
		colour, sign = yellow, "■"
	}
	p.printf("%s %s\n", p.in(colour, sign), p.in(bold, r.Message))
	var steps []string
	for _, s := range r.Steps {
		step := fmt.Sprintf("%s %s", s.Phase, shortTime(s.Took))
		if s.Cached {
			step += " (cached)"
		}
		steps = append(steps, step)
	}
	if r.PeakMemory != nil {
		atLeast := ""
		if r.PeakAtLeast {
			atLeast = "≥ "
		}
		steps = append(steps, fmt.Sprintf("peak %s%.1f of %d MiB", atLeast, float64(*r.PeakMemory)/(1<<20), r.Limits.MemMiB))
	}
	if r.CPUTime != nil {
		steps = append(steps, "CPU time "+shortTime(*r.CPUTime))
	}
	if len(steps) > 0 {
		p.printf("  %s\n", p.in(dim, strings.Join(steps, " · ")))
	}
}

// shortTime is a time with three digits at the most.
func shortTime(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// maxShown is how much of an answer is shown, in bytes.
const maxShown = 16 << 10

// difference shows what was expected and what came: a unified diff of texts, the bytes of anything else.
func (l *liveRun) difference(a *task.Answer) {
	expected, got := cut(a.Expected), cut(a.Body)
	if !utf8.Valid(expected) || !utf8.Valid(got) {
		from := max(0, a.DiffAt-a.DiffAt%16)
		l.print.printf("%s\n%s%s\n%s", l.print.in(red, "--- example_output.bin"), hexAt(expected, from), l.print.in(green, "+++ the answer"), hexAt(got, from))
		return
	}
	diff := udiff.Unified("example_output.bin", "the answer", string(expected), string(got))
	for line := range strings.Lines(diff) {
		line = text.Plain(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(line, "-"):
			line = l.print.in(red, line)
		case strings.HasPrefix(line, "+"):
			line = l.print.in(green, line)
		}
		l.print.printf("%s\n", line)
	}
}

func cut(b []byte) []byte { return b[:min(len(b), maxShown)] }

// hexAt dumps the bytes around an offset.
func hexAt(b []byte, from int) string {
	from = min(from, len(b))
	return hex.Dump(b[from:min(len(b), from+64)])
}
