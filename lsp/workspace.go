package lsp

import (
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// maxUpwards is how many folders above a document are looked at for its task folder.
const maxUpwards = 24

// readable keeps the roots that are folders of this machine.
func readable(uris []string) []root {
	var roots []root
	for _, u := range uris {
		if name, ok := pathOf(u); ok && !slices.ContainsFunc(roots, func(r root) bool { return r.path == name }) {
			roots = append(roots, root{uri: u, path: name})
		}
	}
	return roots
}

// didChangeWorkspaceFolders takes folders of the workspace in and out.
func (s *server) didChangeWorkspaceFolders(params jsontext.Value) error {
	type folder struct {
		URI string `json:"uri"`
	}
	var p struct {
		Event struct {
			Added   []folder `json:"added"`
			Removed []folder `json:"removed"`
		} `json:"event"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	var added []root
	s.session.apply(causeRoots, func(d *draft) {
		roots := slices.Clone(d.roots)
		for _, f := range p.Event.Removed {
			if name, ok := pathOf(f.URI); ok {
				roots = slices.DeleteFunc(roots, func(r root) bool { return r.path == name })
			}
		}
		for _, f := range p.Event.Added {
			for _, r := range readable([]string{f.URI}) {
				if !slices.ContainsFunc(roots, func(have root) bool { return have.path == r.path }) {
					roots = append(roots, r)
					added = append(added, r)
				}
			}
		}
		d.setRoots(roots)
	})
	if s.client.Load().configuration {
		s.chores.add(choreConfig, true)
	}
	for _, r := range added {
		s.scan(r)
	}
	for _, f := range p.Event.Removed {
		name, ok := pathOf(f.URI)
		for p := range s.session.snapshot().places.all() { // other settings files may count for what is left of it
			if ok && inside(name, p.dir) {
				s.loads.add(p.dir, false)
			}
		}
	}
	return nil
}

// scan finds the task folders of a part of the workspace, in the background.
func (s *server) scan(r root) {
	s.settling.add()
	s.goes(func() {
		defer s.settling.done()
		s.guarded("scan", s.scanBelow)(r.path)
	})
}

// scanBelow asks for every task folder at and below a directory to be read.
func (s *server) scanBelow(dir string) {
	began := time.Now()
	fsys, err := task.OpenDir(dir)
	if err != nil {
		s.log.Warn("a folder cannot be searched for task folders", "dir", dir, "err", err)
		return
	}
	defer func() { _ = fsys.Close() }() // it was only read
	found := 0
	task.Find(s.base, fsys, func(rel string) bool {
		found++
		s.loads.add(nativeJoin(dir, rel), false)
		return s.session.snapshot().rooted(dir)
	})
	s.log.Info("searched for task folders", "dir", dir, "found", found, "took", time.Since(began))
	if found >= manyFolders {
		s.chores.add(choreMemory, false)
	}
}

// manyFolders is how many task folders make a workspace large: what their reading needed is given back to the system then.
const manyFolders = 500

// giveBack waits until all that was found is read and checked, and returns the memory that this needed beyond what is kept: else the
// program would hold twice of that until it next collects.
func (s *server) giveBack() {
	select {
	case <-s.settling.quiet():
		debug.FreeOSMemory()
	case <-s.base.Done():
	}
}

// load reads a directory that is, was, or may have become a task folder; or a settings file.
func (s *server) load(dir string) {
	if isSettings(dir) {
		s.loadSettings(dir)
		return
	}
	folder := readFolder(dir)
	switch {
	case folder != nil:
		s.takeUp(causeDisk, dir, func(d *draft) { d.loadPlace(dir, folder) })
	case s.session.snapshot().places.get(dir) != nil:
		s.takeUp(causeGone, dir, func(d *draft) { d.dropPlace(dir) })
	}
}

// readFolder is nil where a directory is no task folder.
func readFolder(dir string) *task.Folder {
	fsys, err := task.OpenDir(dir)
	if err != nil {
		return nil
	}
	defer func() { _ = fsys.Close() }() // it was only read
	if !task.IsFolder(fsys, ".") {
		return nil
	}
	return task.Load(fsys)
}

// isFolder reports whether a directory has the shape of a task folder.
func isFolder(dir string) bool {
	fsys, err := task.OpenDir(dir)
	if err != nil {
		return false
	}
	defer func() { _ = fsys.Close() }() // it was only read
	return task.IsFolder(fsys, ".")
}

// lookups are the searches for the task folder of an open document.
type lookups struct {
	mu   sync.Mutex               // guards all below
	open map[string]chan struct{} // by path; closed when the search is over
}

// begin gives false where a search goes on already.
func (l *lookups) begin(name string) (done chan struct{}, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[name] != nil {
		return nil, false
	}
	if l.open == nil {
		l.open = map[string]chan struct{}{}
	}
	l.open[name] = make(chan struct{})
	return l.open[name], true
}

func (l *lookups) end(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.open[name])
	delete(l.open, name)
}

// pending is nil where no search goes on.
func (l *lookups) pending(name string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open[name]
}

// lookUp finds the task folder of an open document by looking upward, in the background.
func (s *server) lookUp(name string) {
	if _, ok := s.lookups.begin(name); !ok {
		return
	}
	s.goes(func() {
		defer s.lookups.end(name)
		s.guarded("look up", s.lookUpNow)(name)
	})
}

func (s *server) lookUpNow(name string) {
	left := maxUpwards
	parents(name, func(dir string) bool {
		if isFolder(dir) {
			<-s.loads.add(dir, true)
			return false
		}
		left--
		return left > 0 && s.base.Err() == nil
	})
}
