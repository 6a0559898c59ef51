package task

import (
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// GitIgnoreFile is the name of files that say what a repository leaves out.
const GitIgnoreFile = ".gitignore"

// The bounds of one such file.
const (
	maxGitIgnore      = 64 << 10 // bytes
	maxGitIgnoreRules = 2_000
)

// gitIgnore are the rules of one .gitignore, with those of the folders above it, as git reads them for folders. What git knows from
// elsewhere (its own files, folders above the root of a search, a setting that makes letter cases equal) does not count. A pattern with
// a class such as [:alpha:] matches nothing.
type gitIgnore struct {
	dir   string // that the file lies in
	rules []gitRule
	above *gitIgnore
}

// gitRule is one line.
type gitRule struct {
	segments []string // of the pattern
	anchored bool     // it is matched with the whole path from the file's folder on, not with the name alone
	keeps    bool     // it brings back what a rule above it leaves out
}

// readGitIgnore gives the rules that count below a folder. Any text gives some.
func readGitIgnore(dir, content string, above *gitIgnore) *gitIgnore {
	g := &gitIgnore{dir: dir, above: above}
	for line := range strings.Lines(strings.TrimPrefix(content, text.BOM)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if r, ok := readGitRule(line); ok && len(g.rules) < maxGitIgnoreRules {
			g.rules = append(g.rules, r)
		}
	}
	return g
}

func readGitRule(line string) (r gitRule, ok bool) {
	line = trimSpaces(line)
	if strings.HasPrefix(line, "#") {
		return r, false
	}
	line, r.keeps = strings.CutPrefix(line, "!")
	line = strings.TrimSuffix(line, "/") // only folders are asked about
	r.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" || strings.Contains(line, "[:") {
		return r, false
	}
	r.segments = strings.Split(line, "/")
	for i, s := range r.segments {
		if r.anchored && s == "**" {
			continue
		}
		r.segments[i] = strings.ReplaceAll(s, "[!", "[^")
	}
	return r, true
}

// trimSpaces takes the spaces at the end of a line away, as far as no backslash protects them.
func trimSpaces(line string) string {
	kept := strings.TrimRight(line, " ")
	slashes := len(kept) - len(strings.TrimRight(kept, `\`))
	if slashes%2 == 1 && len(kept) < len(line) {
		kept += " "
	}
	return kept
}

// excludes reports whether a folder is left out; those above it are not. The last rule that matches decides, a nearer file's before
// those of farther ones.
func (g *gitIgnore) excludes(dir string) bool {
	for ; g != nil; g = g.above {
		rel := dir
		if g.dir != "." {
			rel = strings.TrimPrefix(dir, g.dir+"/")
		}
		segments := strings.Split(rel, "/")
		for _, r := range slices.Backward(g.rules) {
			if r.matches(segments) {
				return !r.keeps
			}
		}
	}
	return false
}

func (r gitRule) matches(segments []string) bool {
	if !r.anchored {
		segments = segments[len(segments)-1:]
	}
	return matchSegments(r.segments, segments)
}

// matchSegments matches a path with a pattern in which ** stands for any number of segments, at the end for one at least. It keeps the
// set of places in the pattern that the path so far leads to, so that its time does not explode.
func matchSegments(pattern, segments []string) bool {
	at := make([]bool, len(pattern)+1)
	at[0] = true
	spread := func(at []bool) {
		for i, p := range pattern {
			if at[i] && p == "**" && i < len(pattern)-1 {
				at[i+1] = true
			}
		}
	}
	spread(at)
	for _, s := range segments {
		next := make([]bool, len(at))
		for i, p := range pattern {
			switch {
			case !at[i]:
			case p == "**":
				next[i], next[i+1] = true, next[i+1] || i == len(pattern)-1
			default:
				if ok, err := path.Match(p, s); err == nil && ok {
					next[i+1] = true
				}
			}
		}
		spread(next)
		at = next
	}
	return at[len(pattern)]
}
