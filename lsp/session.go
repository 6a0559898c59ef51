package lsp

import (
	"maps"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// session holds the newest snapshot. apply is the one way to change it.
type session struct {
	mu      sync.Mutex // held while a change is made, so that changes follow one another
	current atomic.Pointer[snapshot]
	changed func(cause string, d *draft) // told of every change, after it
}

func newSession(changed func(cause string, d *draft), base *config) *session {
	s := &session{changed: changed}
	s.current.Store(&snapshot{docs: map[string]*document{}, configs: configs{base: base}})
	return s
}

// snapshot is the newest one.
func (s *session) snapshot() *snapshot { return s.current.Load() }

// The causes of a change.
const (
	causeOpen    = "a document was opened"
	causeEdit    = "a document was changed"
	causeClose   = "a document was closed"
	causeRoots   = "the workspace's folders were changed"
	causeDisk    = "a task folder was read from the disk"
	causeGone    = "a folder is no task folder any more"
	causeRun     = "a run was asked for"
	causeVerdict = "a run ended"

	causeSettings = "a settings file was read from the disk"
	causeSaid     = "the client's settings were changed"
)

// apply makes the next snapshot.
func (s *session) apply(cause string, edit func(d *draft)) {
	d := s.draft(edit)
	s.changed(cause, d)
}

func (s *session) draft(edit func(d *draft)) *draft {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &draft{snapshot: *s.current.Load(), touched: map[string]bool{}}
	d.number++
	edit(d)
	next := d.snapshot
	next.places.own = [64]bool{}
	s.current.Store(&next)
	return d
}

// draft is a snapshot in the making.
//
// Invariant: what the older snapshot leads to is never changed, only replaced by copies.
type draft struct {
	snapshot
	touched map[string]bool // directories, and settings files, whose findings may now be others
	orphans []string        // open files that have no task folder any more
	lenses  bool            // code lenses may now be others
}

// setDocument puts an open document in, new or changed.
func (d *draft) setDocument(key string, doc document) {
	docs := maps.Clone(d.docs)
	doc.home, doc.rel = "", ""
	if doc.path != "" && !isSettings(doc.path) {
		if p := d.homeOf(doc.path); p != nil {
			doc.home = p.dir
			doc.rel, _ = relative(p.dir, doc.path)
		}
	}
	docs[key] = &doc
	if d.docs = docs; isSettings(doc.path) {
		d.openSettings(doc.path)
	}
	d.layOver(doc.home)
}

// closeDocument takes an open document out. A task folder outside the workspace is known only as long as a document in it is open.
func (d *draft) closeDocument(key string) {
	doc := d.docs[key]
	docs := maps.Clone(d.docs)
	delete(docs, key)
	d.docs = docs
	if isSettings(doc.path) {
		d.openSettings(doc.path)
		if p := d.homeOf(doc.path); p != nil && !d.wanted(p.dir) {
			d.dropPlace(p.dir)
		}
	}
	if doc.home == "" {
		return
	}
	d.layOver(doc.home)
	if !d.wanted(doc.home) {
		d.dropPlace(doc.home)
	}
}

// wanted reports whether a directory is in the workspace, or around an open document.
func (d *draft) wanted(dir string) bool {
	return d.rooted(dir) || d.opened(dir)
}

// layOver makes a place's folder anew from the disk's and the open documents.
func (d *draft) layOver(dir string) {
	p := d.places.get(dir)
	if p == nil {
		return
	}
	open := map[string]string{}
	for _, doc := range d.docs {
		if doc.home == dir {
			open[doc.rel] = doc.text
		}
	}
	next := *p
	if next.folder = p.disk; len(open) > 0 {
		next.folder = p.disk.With(open)
	}
	d.replace(&next)
}

// replace puts a place in, with the settings that count for it. What is shown of the last run is another thing once the folder is no
// longer, or again, what was run.
func (d *draft) replace(p *place) {
	p.rules, p.config = d.rulesOf(p.dir), d.configOf(p.dir)
	if stale := p.report != nil && p.report.Hash != p.folder.Hash(); stale != p.stale {
		p.stale, d.lenses = stale, true
	}
	d.places.set(p)
	d.touched[p.dir] = true
}

// loadPlace takes up what the disk says of a task folder.
func (d *draft) loadPlace(dir string, folder *task.Folder) {
	if !d.wanted(dir) {
		return
	}
	next := place{dir: dir, uri: d.placeURI(dir)}
	old := d.places.get(dir)
	if old != nil {
		next = *old
	}
	next.disk, next.folder = folder, folder
	d.replace(&next)
	if old == nil {
		d.rehome(dir)
	}
	d.layOver(dir)
}

// dropPlace forgets a task folder, and the settings files that counted for it alone.
func (d *draft) dropPlace(dir string) {
	d.letGo(dir)
	d.forgetSettings(func(name string) bool { return inside(filepath.Dir(name), dir) })
}

// letGo forgets a task folder. Its run has nothing to stand on any more.
func (d *draft) letGo(dir string) {
	p := d.places.get(dir)
	if p == nil {
		return
	}
	if p.run != nil {
		p.run.cancel()
	}
	d.places.remove(dir)
	d.touched[dir] = true
	d.rehome(dir)
}

// rehome finds the task folders of the open documents below a directory again, after a place came or went.
func (d *draft) rehome(dir string) {
	if !d.opened(dir) {
		return
	}
	homes := map[string]bool{}
	docs := maps.Clone(d.docs)
	for key, doc := range d.docs {
		if doc.path == "" || !inside(dir, doc.path) || isSettings(doc.path) {
			continue
		}
		next := *doc
		next.home, next.rel = "", ""
		if p := d.homeOf(doc.path); p != nil {
			next.home = p.dir
			next.rel, _ = relative(p.dir, doc.path)
		} else {
			d.orphans = append(d.orphans, doc.path)
		}
		docs[key] = &next
		homes[doc.home], homes[next.home] = true, true
	}
	if len(homes) == 0 {
		return
	}
	d.docs, d.lenses = docs, true
	for home := range homes {
		d.layOver(home)
	}
}

// setRoots changes the workspace's folders.
func (d *draft) setRoots(roots []root) {
	d.roots = roots
	for p := range d.places.all() {
		if !d.wanted(p.dir) {
			d.letGo(p.dir)
		}
	}
	d.forgetSettings(func(string) bool { return true })
	d.resettle("")
}
