package task

import (
	"strings"
	"sync"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Ignore are the rules of a .dockerignore, read as the Docker command line reads them. The zero value ignores nothing.
type Ignore struct {
	mu      sync.Mutex // guards matcher, which makes a pattern ready when it is first asked for, and left
	left    int        // how many more patterns are held against a path
	matcher *patternmatcher.PatternMatcher
	// Problem says why the file's rules cannot be used; "" where they can. Nothing is ignored then, and an engine refuses the build.
	Problem string
	// Faults are the lines that Problem is about; none where it is the whole file.
	Faults []IgnoreFault
	// File is the file as it was read; nil where there is none.
	File *text.File
}

// IgnoreFault is a pattern that cannot be read.
type IgnoreFault struct {
	Span    text.Span // of the pattern
	Mend    text.Edit
	Escapes bool // the mend makes a bracket stand for itself; else it takes the line out
}

func readIgnore(f *text.File) *Ignore {
	if f == nil {
		return &Ignore{}
	}
	matcher, err := matcherOf(f.Text)
	if err != nil {
		return &Ignore{Problem: text.Plain(err.Error()), Faults: ignoreFaults(f), File: f}
	}
	return &Ignore{matcher: matcher, left: maxMatches, File: f}
}

func matcherOf(rules string) (*patternmatcher.PatternMatcher, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(rules))
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

// maxMatches bounds how often a pattern is held against a path. It is far beyond what a task's folder needs; what is asked beyond it
// counts as sent.
const maxMatches = 1_000_000

// maxRules is how many lines of a .dockerignore that cannot be read are looked at for the cause.
const maxRules = 10_000

// ignoreFaults finds the lines whose pattern cannot be read.
func ignoreFaults(f *text.File) []IgnoreFault {
	var faults []IgnoreFault
	for i := range min(f.LineCount(), maxRules) {
		line := f.Line(i)
		content := f.Slice(line)
		if _, err := matcherOf(content); err == nil {
			continue
		}
		start := line.Start + len(content) - len(strings.TrimLeft(content, " \t\r\f\v"))
		fault := IgnoreFault{Span: text.Span{Start: start, End: start + len(strings.TrimSpace(content))}}
		escaped := strings.ReplaceAll(f.Slice(fault.Span), "[", `\[`)
		if _, err := matcherOf(escaped); err == nil {
			fault.Mend, fault.Escapes = text.Edit{Span: fault.Span, New: escaped}, true
		} else {
			end := len(f.Text)
			if i+1 < f.LineCount() {
				end = f.Line(i + 1).Start
			}
			fault.Mend = text.Edit{Span: text.Span{Start: line.Start, End: end}}
		}
		faults = append(faults, fault)
	}
	return faults
}

// Excludes reports whether a slash-separated path stays out of the build context, by itself or with a folder above it. The Dockerfile
// and .dockerignore are always sent.
func (i *Ignore) Excludes(path string) bool {
	if i.matcher == nil || path == DockerfileName || path == IgnoreFile {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left -= len(i.matcher.Patterns()) * (1 + strings.Count(path, "/")); i.left < 0 {
		return false
	}
	excluded, err := i.matcher.MatchesOrParentMatches(path)
	return err == nil && excluded
}

// HasExceptions reports whether a rule brings back what another one takes out, so that an excluded folder may hold files that are sent.
func (i *Ignore) HasExceptions() bool { return i.matcher != nil && i.matcher.Exclusions() }
