package task

import (
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Ignore are the rules of a .dockerignore, read as the Docker command line reads them. The zero value ignores nothing.
type Ignore struct {
	matcher *patternmatcher.PatternMatcher
	// Problem says why the file's rules cannot be used; "" where they can. Nothing is ignored then, and an engine refuses the build.
	Problem string
}

func readIgnore(f *text.File) *Ignore {
	if f == nil {
		return &Ignore{}
	}
	patterns, err := ignorefile.ReadAll(strings.NewReader(f.Text))
	if err != nil {
		return &Ignore{Problem: text.Plain(err.Error())}
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return &Ignore{Problem: text.Plain(err.Error())}
	}
	return &Ignore{matcher: matcher}
}

// Excludes reports whether a slash-separated path stays out of the build context, by itself or with a folder above it. The Dockerfile
// and .dockerignore are always sent.
func (i *Ignore) Excludes(path string) bool {
	if i.matcher == nil || path == DockerfileName || path == IgnoreFile {
		return false
	}
	excluded, err := i.matcher.MatchesOrParentMatches(path)
	return err == nil && excluded
}

// HasExceptions reports whether a rule brings back what another one takes out, so that an excluded folder may hold files that are sent.
func (i *Ignore) HasExceptions() bool { return i.matcher != nil && i.matcher.Exclusions() }
