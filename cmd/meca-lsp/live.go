package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// liveRun shows a run as it goes on. Without a printer it is silent.
type liveRun struct {
	print *printer
	at    found
	shown *task.Report    // the verdict that was shown
	told  map[string]bool // the findings that were shown
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
	if l.print == nil || l.shown != nil && e.Stream == "" { // who has the verdict does not wait for the removal
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

// verdict shows the findings of the run, the difference of the answer, and the verdict with the times. Shown again, it shows what has
// come since.
func (l *liveRun) verdict(r *task.Report, findings []diagnostics.Finding) {
	if l.print == nil {
		return
	}
	first := l.shown == nil
	if first {
		l.told = map[string]bool{}
		l.print.printf("\n")
	}
	for _, f := range findings {
		if key := f.Code + f.Message; f.Severity <= diagnostics.Information && !l.told[key] {
			l.told[key] = true
			l.print.finding(l.at, f)
		}
	}
	if a := r.Answer; first && a != nil && (a.Match == task.MatchDifferent || a.Match == task.MatchJSON) {
		l.difference(a)
	}
	if first || r.Message != l.shown.Message {
		colour, sign := signOf(r.Outcome)
		l.print.printf("%s %s\n", l.print.in(colour, sign), l.print.in(bold, r.Message))
	}
	if first {
		l.figures(r)
	}
	shown := *r
	l.shown = &shown
}

// figures shows the times of a run, and what it took of the machine.
func (l *liveRun) figures(r *task.Report) {
	var list []string
	for _, s := range r.Steps {
		step := fmt.Sprintf("%s %s", s.Phase, task.Duration(s.Took))
		if s.Cached {
			step += " (cached)"
		}
		list = append(list, step)
	}
	if peak := peakOf(r); peak != "" {
		list = append(list, "peak "+peak)
	}
	if r.CPUTime != nil {
		list = append(list, "CPU time "+task.Duration(*r.CPUTime))
	}
	if len(list) > 0 {
		l.print.printf("  %s\n", l.print.in(dim, strings.Join(list, " · ")))
	}
	if r.Kept != nil {
		l.print.printf("  It is left running at %s; the next run of this folder removes it.\n", l.print.in(bold, r.Kept.URL))
	}
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
