package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// table shows several runs, a line each.
func (r *runs) table(list []*ran) {
	rows := [][]string{{"task", "host", "verdict"}}
	colours := []string{dim}
	for _, over := range list {
		if over == nil {
			continue
		}
		colour, sign := signOf(over.report.Outcome)
		rows = append(rows, []string{filepath.Clean(over.at.dir), string(over.as), sign + " " + over.report.Summary()})
		colours = append(colours, colour)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2))
			}
		}
		r.out.printf("%s\n", r.out.in(colours[i], strings.TrimRight(line.String(), " ")))
	}
}

// signOf is how an outcome looks.
func signOf(o task.Outcome) (colour, sign string) {
	switch o {
	case task.Passed:
		return green, "✓"
	case task.Canceled:
		return yellow, "■"
	default:
		return red, "✗"
	}
}

// peakOf writes the most memory that a run had at once; "" where that is not known.
func peakOf(r *task.Report) string {
	if r.PeakMemory == nil {
		return ""
	}
	least := ""
	if r.PeakAtLeast {
		least = "≥ "
	}
	return fmt.Sprintf("%s%.1f of %d MiB", least, float64(*r.PeakMemory)/(1<<20), r.Limits.MemMiB)
}
