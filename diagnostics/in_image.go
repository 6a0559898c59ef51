package diagnostics

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// image tells which files of the folder are copied into any stage. It remembers what it found: many rules ask for many files.
type image struct {
	ignore   *task.Ignore
	empty    bool            // nothing is copied
	exact    map[string]bool // sources that are a file or a folder
	patterns []dockerfile.Copy
	many     bool // more patterns than are looked at: any file may be copied
	known    map[string]bool
}

// maxPatterns bounds how many patterns a file is held against.
const maxPatterns = 200

// image is what the Dockerfile's image gets of the folder.
func (p *Pass) image(d *dockerfile.File) *image {
	if p.copied != nil {
		return p.copied
	}
	m := &image{ignore: p.Folder.Ignore(), exact: map[string]bool{}, known: map[string]bool{}}
	all := d.AllSources()
	for _, c := range all {
		switch {
		case !c.IsPattern():
			m.exact[c.ContextPath()] = true
		case len(m.patterns) == maxPatterns:
			m.many = true
		default:
			m.patterns = append(m.patterns, c)
		}
	}
	m.empty = len(all) == 0
	p.copied = m
	return m
}

// gets reports whether a file of the folder is copied into any stage.
func (m *image) gets(file string) bool {
	got, known := m.known[file]
	if !known {
		got = m.takes(file) && !m.ignore.Excludes(file)
		m.known[file] = got
	}
	return got
}

// takes is gets without the rules of .dockerignore.
func (m *image) takes(file string) bool {
	if m.many || m.exact["."] || m.exact[file] {
		return true
	}
	for i := strings.LastIndexByte(file, '/'); i >= 0; i = strings.LastIndexByte(file[:i], '/') {
		if m.exact[file[:i]] {
			return true
		}
	}
	for _, c := range m.patterns {
		if _, _, ok := c.Taken(file); ok {
			return true
		}
	}
	return false
}
