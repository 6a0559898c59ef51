package lsp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// runAllArgs say which tasks are run: those in a folder and below it, or all of the workspace.
type runAllArgs struct {
	Below string `json:"below,omitzero"` // URI
}

// runAllAnswer tells how many tasks are run.
type runAllAnswer struct {
	Tasks int `json:"tasks"`
}

// atOnce is how many tasks run at the same time where a person asks for many: they share the machine with each other.
const atOnce = 2

// runAll runs many tasks, a few at a time, each as if it had been asked for by itself; one that runs already is joined. What came of them
// is told at the end.
func (s *server) runAll(at *snapshot, args runAllArgs) (work, error) {
	if err := s.mayRun(); err != nil {
		return nil, err
	}
	below, ok := pathOf(args.Below)
	if args.Below != "" && !ok {
		return nil, invalidParams("%q is no folder of this machine", args.Below)
	}
	var list []*place
	for p := range at.places.all() {
		if args.Below == "" || p.dir == below || inside(below, p.dir) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *place) int { return cmp.Compare(a.dir, b.dir) })
	if len(list) > 0 {
		s.spawn("run all", func() { s.runEach(list) })
	}
	return done(runAllAnswer{len(list)}), nil
}

// runEach runs places to their ends. Where one is stopped by a person, the others go on.
func (s *server) runEach(list []*place) {
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, p := range list {
		select {
		case free <- struct{}{}:
		case <-s.base.Done():
			all.Wait()
			return
		}
		all.Go(func() {
			defer func() { <-free }()
			if r := s.beginRun(p, runArgs{Folder: p.uri}, jobRun); r != nil {
				<-r.over
			}
		})
	}
	all.Wait()
	if s.base.Err() == nil {
		s.tellAll(list)
	}
}

// tellAll tells what came of many runs in one message.
func (s *server) tellAll(list []*place) {
	now := s.session.snapshot()
	count := map[task.Outcome]int{}
	var failed []string
	for _, p := range list {
		latest := now.places.get(p.dir)
		if latest == nil || latest.report == nil {
			continue
		}
		count[latest.report.Outcome]++
		if o := latest.report.Outcome; o == task.Failed || o == task.Error {
			failed = append(failed, now.nameOf(latest)+": "+latest.report.Summary())
		}
	}
	message := fmt.Sprintf("%d of %d tasks passed.", count[task.Passed], len(list))
	kind := protocol.MessageTypeInfo
	if len(failed) > 0 {
		const most = 5
		kind = protocol.MessageTypeError
		more := ""
		if n := len(failed) - most; n > 0 {
			failed, more = failed[:most], fmt.Sprintf(", and %d more", n)
		}
		message += " Not so: " + strings.Join(failed, "; ") + more + "."
	}
	s.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: kind, Message: message})
}

// nameOf is what a person calls a task folder: its path in the workspace.
func (s *snapshot) nameOf(p *place) string {
	for _, r := range s.roots {
		if rel, ok := relative(r.path, p.dir); ok && rel != "." {
			return rel
		}
	}
	return p.dir
}
