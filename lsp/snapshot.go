package lsp

import (
	"iter"
	"maps"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// snapshot is all that the session knows at one moment. It is immutable, and so is all that it leads to.
type snapshot struct {
	number uint64
	roots  []root
	docs   map[string]*document // open ones, by keyOf their URI
	places places

	settings map[string]*settingsFile // by path
	configs  configs                  // what the client says
}

// root is a folder of the workspace.
type root struct{ uri, path string }

// document is a text that is open in the editor.
type document struct {
	uri     string // as the client writes it
	path    string // "" for what is no local file
	version protocol.Optional[int32]
	opened  uint64 // number of the snapshot that it was opened in; never 0
	text    string
	home    string // the directory of its task folder; "" where it is in none that is known, and for a settings file
	rel     string // its path in home
	lost    bool   // a change could not be applied: the text is not the editor's until a whole one comes
}

// place is a task folder.
type place struct {
	dir    string
	uri    string
	disk   *task.Folder
	folder *task.Folder         // disk with the open documents laid over it
	report *task.Report         // of the last run; nil where there was none since the session began
	today  *task.Report         // of the same as on a host of today, where it was run in both views
	stale  bool                 // the folder has changed since the last run
	run    *run                 // the one that goes on; nil where none does
	rules  diagnostics.Settings // of the client and of settings files
	config *config              // never nil
}

// keyOf is what a document goes by: its path, so that two ways to write a URI are one document; its URI where it is no local file.
func keyOf(uri string) string {
	if name, ok := pathOf(uri); ok {
		return name
	}
	return uri
}

// find gives the task folder of a URI. It is nil for a document whose text got lost: nothing right can be said of it.
func (s *snapshot) find(uri string) *place {
	key := keyOf(uri)
	doc := s.docs[key]
	switch {
	case doc == nil:
		return s.homeOf(key)
	case doc.lost:
		return nil
	default:
		return s.places.get(doc.home)
	}
}

// homeOf is the innermost task folder around a path.
func (s *snapshot) homeOf(name string) (home *place) {
	parents(name, func(dir string) bool {
		home = s.places.get(dir)
		return home == nil
	})
	return home
}

// fileURI is the URI of a file in a task folder: the client's own where the file is open.
func (s *snapshot) fileURI(p *place, rel string) string {
	if doc := s.document(p, rel); doc != nil {
		return doc.uri
	}
	return join(p.uri, rel)
}

// document is the open document of a file in a task folder; nil where it is not open.
func (s *snapshot) document(p *place, rel string) *document {
	return s.docs[nativeJoin(p.dir, rel)]
}

// rooted reports whether a path lies in the workspace.
func (s *snapshot) rooted(name string) bool {
	for _, r := range s.roots {
		if inside(r.path, name) {
			return true
		}
	}
	return false
}

// placeURI is the URI of a directory, in the client's own writing as far as it is known.
func (s *snapshot) placeURI(dir string) string {
	for _, r := range s.roots {
		if rel, ok := relative(r.path, dir); ok {
			if rel == "." {
				return r.uri
			}
			return join(r.uri, rel)
		}
	}
	for name, doc := range s.docs {
		if rel, ok := relative(dir, name); ok && doc.path != "" {
			return upwards(doc.uri, rel)
		}
	}
	return uriOf(dir)
}

// places are the task folders of a snapshot, by directory. They are kept in parts, so that a change copies one part and not the
// thousands of folders of a large workspace; a change of many copies each part once.
type places struct {
	parts [64]map[string]*place
	own   [64]bool // parts that no other copy of the places has: those that the draft made
}

func (p *places) part(dir string) int {
	h := uint32(2166136261) // FNV-1a
	for i := range len(dir) {
		h = (h ^ uint32(dir[i])) * 16777619
	}
	return int(h % uint32(len(p.parts)))
}

// get is nil where a directory is no known task folder.
func (p *places) get(dir string) *place { return p.parts[p.part(dir)][dir] }

// set puts a place, without changing any copy of p.
func (p *places) set(one *place) { p.mine(one.dir)[one.dir] = one }

// remove takes a place away, without changing any copy of p.
func (p *places) remove(dir string) { delete(p.mine(dir), dir) }

// mine gives the part for a directory to be changed.
func (p *places) mine(dir string) map[string]*place {
	n := p.part(dir)
	if !p.own[n] {
		p.own[n] = true
		if p.parts[n] = maps.Clone(p.parts[n]); p.parts[n] == nil {
			p.parts[n] = map[string]*place{}
		}
	}
	return p.parts[n]
}

// all visits every place, in no order. Those that it comes to may be put again, and taken away, meanwhile.
func (p *places) all() iter.Seq[*place] {
	return func(yield func(*place) bool) {
		for _, part := range p.parts {
			for _, one := range part {
				if !yield(one) {
					return
				}
			}
		}
	}
}
