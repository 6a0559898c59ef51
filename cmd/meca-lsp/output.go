package main

import (
	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// output is the JSON of check and run; docs/output.schema.json is its schema.
type output struct {
	Version  int       `json:"version"`
	Folders  []string  `json:"folders"`
	Findings []finding `json:"findings"`
	*runOutput
	Runs []folderRun `json:"runs,omitempty"` // where several were asked for
}

// finding is one finding: lines and columns are one-based, columns in UTF-16 units, the end is exclusive.
type finding struct {
	Path      string    `json:"path"`
	Line      int       `json:"line"`
	Column    int       `json:"column"`
	EndLine   int       `json:"endLine"`
	EndColumn int       `json:"endColumn"`
	Severity  string    `json:"severity"`
	Code      string    `json:"code"`
	Message   string    `json:"message"`
	Fixes     []string  `json:"fixes"`
	Related   []related `json:"related"`
}

type related struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func newFinding(f found, d diagnostics.Finding, several bool) finding {
	start, end := d.File.Position(d.Span.Start, text.UTF16), d.File.Position(d.Span.End, text.UTF16)
	j := finding{
		Path: f.shown(d.File.Path, several), Line: start.Line + 1, Column: start.Column + 1, EndLine: end.Line + 1, EndColumn: end.Column + 1,
		Severity: d.Severity.String(), Code: d.Code, Message: d.Message, Fixes: []string{}, Related: []related{},
	}
	for _, fix := range d.Fixes {
		j.Fixes = append(j.Fixes, fix.Title)
	}
	for _, r := range d.Related {
		at := r.File.Position(r.Span.Start, text.UTF16)
		j.Related = append(j.Related, related{Path: f.shown(r.File.Path, several), Line: at.Line + 1, Column: at.Column + 1, Message: r.Message})
	}
	return j
}
