package lsp

import (
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// searcher tells which folders a search of the workspace comes to, as the disk is now. It serves one look at what changed.
type searcher struct {
	at    *snapshot
	roots map[string]*rootSearch // by the path of the workspace's folder
}

type rootSearch struct {
	dir    *task.Dir
	search *task.Search
}

func newSearcher(at *snapshot) *searcher { return &searcher{at: at, roots: map[string]*rootSearch{}} }

// comes reports whether task.Find, from a folder of the workspace on, comes to a directory.
func (s *searcher) comes(dir string) bool {
	if home := s.at.homeOf(dir); home != nil && inside(nativeJoin(home.dir, task.SourceDir), dir) {
		return false
	}
	for _, r := range s.at.roots {
		rel, ok := relative(r.path, dir)
		if !ok {
			continue
		}
		if search := s.root(r.path); search != nil && search.Comes(rel) {
			return true
		}
	}
	return false
}

// root is nil for a folder that cannot be opened.
func (s *searcher) root(name string) *task.Search {
	if s.roots[name] == nil {
		s.roots[name] = &rootSearch{}
		if dir, err := task.OpenDir(name); err == nil {
			s.roots[name] = &rootSearch{dir, task.NewSearch(dir)}
		}
	}
	return s.roots[name].search
}

func (s *searcher) close() {
	for _, r := range s.roots {
		if r.dir != nil {
			_ = r.dir.Close() // it was only read
		}
	}
}

// reconsider follows a .gitignore that changed: what it leaves out now is let go, unless a document of it is open, and what it leaves in
// is searched.
func (s *server) reconsider(at *snapshot, search *searcher, dir string) {
	for p := range at.places.all() {
		if inside(dir, p.dir) && p.dir != dir && at.rooted(p.dir) && !at.opened(p.dir) && !search.comes(p.dir) {
			s.session.apply(causeGone, func(d *draft) {
				if !d.opened(p.dir) {
					d.dropPlace(p.dir)
				}
			})
		}
	}
	if search.comes(dir) {
		s.scanBelow(dir)
	}
}

// opened reports whether a document below a directory is open.
func (s *snapshot) opened(dir string) bool {
	for _, doc := range s.docs {
		if doc.path != "" && inside(dir, doc.path) {
			return true
		}
	}
	return false
}
