package lsp

import (
	"sync"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// resaved are the task folders of which a file was saved while their run went on.
type resaved struct {
	mu   sync.Mutex // guards all below
	dirs map[string]bool
}

func (r *resaved) add(dir string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dirs == nil {
		r.dirs = map[string]bool{}
	}
	r.dirs[dir] = true
}

func (r *resaved) take(dir string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.dirs[dir]
	delete(r.dirs, dir)
	return was
}

// runSaved runs a task again of which a file was saved: one that was run before, where the person wants that. While its run goes on, the
// next one waits for its end.
func (s *server) runSaved(p *place) {
	switch {
	case p == nil || !p.config.onSave || !s.client.Load().options.trusted:
	case p.run != nil && p.run.job == jobRun:
		s.resaved.add(p.dir)
	case p.run == nil && p.report != nil:
		s.runAgain(p)
	}
}

// runEnded runs a task again that was saved meanwhile; not where the person stopped it.
func (s *server) runEnded(p *place) {
	if p != nil && p.run == nil && p.report != nil && s.resaved.take(p.dir) && p.report.Outcome != task.Canceled {
		s.runAgain(p)
	}
}

// runAgain begins a run that nobody asked for just now: the same as meca.run.
func (s *server) runAgain(p *place) {
	if _, err := s.startRun(s.session.snapshot(), runArgs{Folder: p.uri}, jobRun); err != nil {
		s.log.Warn("a task was not run again", "dir", p.dir, "err", err)
	}
}
