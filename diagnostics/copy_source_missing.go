package diagnostics

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var copySourceMissing = Rule{
	Code: "copy-source-missing", Severity: Error,
	Doc: "COPY or ADD takes a file that a builder does not get",
	check: func(p *Pass) {
		for _, c := range p.copies() {
			there, hidden, known := p.inContext(c.ContextPath())
			if there || !known {
				continue
			}
			shown := "`" + text.Clip(c.Path, 100) + "`"
			message := fmt.Sprintf("%s is not in the folder. A host's build stops here. Add it, or name another one.", shown)
			if hidden {
				message = fmt.Sprintf("%s is hidden by .dockerignore. A host's build stops here. Take it off .dockerignore.", shown)
			}
			p.report(p.Folder.Dockerfile().Source, c.Source.Span, message)
		}
	},
}

// copies are the sources of COPY and ADD that come from the folder, of all stages. One that hangs on a variable without a known value
// is left out.
func (p *Pass) copies() []dockerfile.Copy {
	d := p.Folder.Dockerfile()
	if d == nil || p.Folder.Ignore().Problem != "" {
		return nil
	}
	return d.Copies()
}

// inContext reports whether a source, relative to the folder, is among what a builder gets: there, and not hidden by .dockerignore.
func (p *Pass) inContext(source string) (there, hidden, known bool) {
	ignore := p.Folder.Ignore()
	if !isPattern(source) {
		there, known = p.Folder.Has(source)
		hidden = there && ignore.Excludes(source) && !ignore.HasExceptions()
		return there && !hidden, hidden, known
	}
	paths := p.Folder.Paths()
	above, _ := path.Split(source[:strings.IndexAny(source, `*?[\`)]) // all that matches lies below it
	paths = paths[sort.SearchStrings(paths, above):]
	for _, name := range paths {
		if !strings.HasPrefix(name, above) {
			break
		}
		if p.matches++; p.matches > maxMatches {
			return false, false, false
		}
		if matched, err := path.Match(source, name); err != nil {
			return false, false, false
		} else if matched {
			if _, isFile := p.Folder.FileSize(name); !ignore.Excludes(name) || !isFile && ignore.HasExceptions() {
				return true, false, true
			}
			hidden = true
		}
	}
	return false, hidden, !p.Folder.Partial() && !p.mayLieUnseen(source)
}

// maxMatches bounds how often the patterns of COPY are held against a path of the folder.
const maxMatches = 500_000

// mayLieUnseen reports whether a pattern may match below a folder that is there and was not looked into, such as node_modules.
func (p *Pass) mayLieUnseen(pattern string) bool {
	above := pattern
	for {
		i := strings.LastIndexByte(above, '/')
		if i < 0 {
			return false
		}
		above = above[:i]
		for _, dir := range p.Folder.Unseen() {
			if matched, err := path.Match(above, dir); err == nil && matched {
				return true
			}
		}
	}
}

// isPattern reports whether a name stands for all names of a kind.
func isPattern(name string) bool { return dockerfile.Copy{Path: name}.IsPattern() }
