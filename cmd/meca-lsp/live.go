package main

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
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

// difference shows what was expected and what came.
func (l *liveRun) difference(a *task.Answer) {
	for line := range strings.Lines(differenceOf(a)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "-"):
			line = l.print.in(red, line)
		case strings.HasPrefix(line, "+"):
			line = l.print.in(green, line)
		}
		l.print.printf("%s\n", line)
	}
}
