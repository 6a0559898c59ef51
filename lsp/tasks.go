package lsp

import (
	"bytes"
	"slices"
	"sync"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/schema"
)

// methodTasks is the notification of ours that tells a client which asked for it of all tasks of the workspace, each time that what is
// told of them changes.
const methodTasks = "meca/tasks"

// taskList is the one parameter of meca/tasks. It is whole: what is not in it is no task any more.
type taskList struct {
	Tasks []taskItem `json:"tasks"`
}

// taskItem is one task folder.
type taskItem struct {
	Folder string     `json:"folder"` // URI
	Path   string     `json:"path"`   // for a person: relative to the workspace's folder
	Name   string     `json:"name"`   // as hosts show it
	Limits taskLimits `json:"limits"`
	Last   *taskRun   `json:"last,omitzero"` // nil where it was not run in this session
}

type taskLimits struct {
	CPU      int64 `json:"cpu"`
	MemMiB   int64 `json:"memMiB"`
	GPUCount int64 `json:"gpuCount"` // 0 where no GPU is asked for
}

// taskRun tells of a task's last run.
type taskRun struct {
	Outcome task.Outcome `json:"outcome"`
	Summary string       `json:"summary"`
	As      task.View    `json:"as"`
	Peak    int64        `json:"peakBytes,omitzero"` // 0 where it was not measured
	Stale   bool         `json:"stale"`              // the folder has changed since
}

// tasks lists the tasks in the order of their paths.
func (s *snapshot) tasks() taskList {
	list := taskList{Tasks: []taskItem{}}
	for p := range s.places.all() {
		list.Tasks = append(list.Tasks, taskItem{
			Folder: p.uri, Path: s.shownDir(p.dir), Name: nameOf(p), Limits: limitsOf(p.folder.Limits()), Last: taskRunOf(p),
		})
	}
	slices.SortFunc(list.Tasks, func(a, b taskItem) int {
		switch {
		case a.Folder < b.Folder:
			return -1
		case a.Folder > b.Folder:
			return 1
		default:
			return 0
		}
	})
	return list
}

func limitsOf(l schema.Limits) taskLimits {
	limits := taskLimits{CPU: l.CPU, MemMiB: l.MemMiB}
	if l.UseGPU {
		limits.GPUCount = l.GPUCount
	}
	return limits
}

func taskRunOf(p *place) *taskRun {
	if p.report == nil {
		return nil
	}
	last := &taskRun{Outcome: p.report.Outcome, Summary: p.report.Summary(), As: p.report.As, Stale: p.stale}
	if p.report.PeakMemory != nil {
		last.Peak = *p.report.PeakMemory
	}
	return last
}

// taskTeller remembers what was told of the tasks, so that nothing is told twice.
type taskTeller struct {
	mu   sync.Mutex // held while the tasks are told: an older list never follows a newer one
	last []byte
}

// tellTasks tells the client of the tasks, if what there is to tell has changed.
func (s *server) tellTasks() {
	if c := s.client.Load(); c == nil || !c.options.tasks {
		return
	}
	s.tasks.mu.Lock()
	defer s.tasks.mu.Unlock()
	list := s.session.snapshot().tasks()
	if raw := encode(list); !bytes.Equal(raw, s.tasks.last) {
		s.tasks.last = raw
		s.wire.notify(methodTasks, methodTasks, &list)
	}
}

// runFinding is what a run found out, and where in the task folder that shows.
type runFinding struct {
	Code     string                      `json:"code"`
	Severity protocol.DiagnosticSeverity `json:"severity"`
	URI      string                      `json:"uri"`
	Range    protocol.Range              `json:"range"`
	Message  string                      `json:"message"`
}

// runFindings are the findings that a folder has by a run alone, those of the first view before those of a host of today. They are of
// the folder as it is now, for they are shown in it.
func (s *server) runFindings(r *run, reports []*task.Report) []runFinding {
	at, c := s.session.snapshot(), s.client.Load()
	p := at.places.get(r.dir)
	if p == nil {
		return nil
	}
	judged := *p
	judged.report, judged.today = reports[0], nil
	if len(reports) > 1 {
		judged.today = reports[1]
	}
	var list []runFinding
	for _, f := range judged.judge() {
		if !afterRun(f.Code) {
			continue
		}
		uri := at.fileURI(p, f.path)
		list = append(list, runFinding{f.Code, protocol.DiagnosticSeverity(f.Severity), uri, c.rangeOf(f.File, f.Span), f.Message})
	}
	return list
}

func afterRun(code string) bool {
	return slices.ContainsFunc(diagnostics.Rules(), func(r diagnostics.Rule) bool { return r.Code == code && r.AfterRun })
}
