package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// registerWatchers asks the client to tell of changes on the disk. Folders are only seen by a pattern that any file matches: it is
// asked for creation and deletion alone.
func (s *server) registerWatchers() {
	if !s.client.Load().watchFiles {
		return
	}
	options, err := protocol.Marshal(&protocol.DidChangeWatchedFilesRegistrationOptions{Watchers: []protocol.FileSystemWatcher{
		{GlobPattern: protocol.Pattern("**/{" + strings.Join(append(rootFiles(), task.GitIgnoreFile, diagnostics.SettingsFile), ",") + "}")},
		{GlobPattern: protocol.Pattern("**/" + task.SourceDir + "/**")},
		{GlobPattern: protocol.Pattern("**/*"), Kind: protocol.WatchKindCreate | protocol.WatchKindDelete},
	}})
	if err != nil {
		s.log.Error("the file watchers cannot be encoded", "err", err)
		return
	}
	err = s.call(s.base, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{Registrations: []protocol.Registration{
		{ID: "meca-files", Method: protocol.MethodWorkspaceDidChangeWatchedFiles, RegisterOptions: options},
	}}, nil)
	if err != nil {
		s.log.Warn("the client does not watch files: changes outside the editor are seen when a file is opened or saved", "err", err)
		return
	}
	s.watching.Store(true)
}

// rootFiles are the files of a task folder that rules read.
func rootFiles() []string {
	names := slices.DeleteFunc(task.Required(), func(name string) bool { return name == task.SourceDir })
	return append(names, task.IgnoreFile)
}

// fileEvents are the changes on the disk that were not looked at yet, by path. Many come at once: a checkout touches thousands.
type fileEvents struct {
	mu     sync.Mutex // guards all below
	events map[string]protocol.FileChangeType
	count  int // of all events so far
}

func (f *fileEvents) add(name string, kind protocol.FileChangeType) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.events == nil {
		f.events = map[string]protocol.FileChangeType{}
	}
	f.events[name] = kind
	f.count++
}

func (f *fileEvents) seen() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *fileEvents) take() map[string]protocol.FileChangeType {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := f.events
	f.events = nil
	return events
}

// The chores.
const (
	choreFiles       = "files"       // look at what changed on the disk
	choreLenses      = "lenses"      // have the client ask for code lenses, and for inlay hints, again
	choreHints       = "hints"       // have the client ask for inlay hints again
	choreConfig      = "config"      // ask the client for its settings
	choreMemory      = "memory"      // give memory back that a large search needed
	choreDiagnostics = "diagnostics" // have the client ask for diagnostics again
	choreTasks       = "tasks"       // tell a client that asked for it of the tasks
)

// chore does what is coalesced and concerns more than one folder.
func (s *server) chore(key string) {
	switch key {
	case choreFiles:
		s.awaitQuiet()
		s.changedFiles(s.watched.take())
	case choreLenses:
		s.chores.add(choreHints, true)
		s.refreshLenses()
	case choreHints:
		s.refreshHints()
	case choreConfig:
		s.askConfiguration()
	case choreMemory:
		s.giveBack()
	case choreDiagnostics:
		s.refreshDiagnostics()
	case choreTasks:
		s.tellTasks()
	}
}

// didChangeWatchedFiles only notes what changed; the disk is read in the background.
func (s *server) didChangeWatchedFiles(params jsontext.Value) error {
	var p protocol.DidChangeWatchedFilesParams
	if err := decode(params, &p); err != nil {
		return err
	}
	for _, e := range p.Changes {
		if name, ok := pathOf(string(e.URI)); ok {
			s.watched.add(name, e.Type)
		}
	}
	s.chores.add(choreFiles, false)
	return nil
}

// awaitQuiet waits until the client tells of no further changes on the disk for a moment, but not for long: a checkout is one change, and
// a folder that is read in the middle of it has faults that nobody made.
func (s *server) awaitQuiet() {
	began, seen := time.Now(), -1
	for now := s.watched.seen(); now != seen && time.Since(began) < s.waits.diskLong; now = s.watched.seen() {
		seen = now
		select {
		case <-time.After(s.waits.diskQuiet):
		case <-s.base.Done():
			return
		}
	}
}

// changedFiles has every task folder read again that a change on the disk concerns, each once.
func (s *server) changedFiles(events map[string]protocol.FileChangeType) {
	at := s.session.snapshot()
	search := newSearcher(at)
	defer search.close()
	reload, deleted := map[string]bool{}, false
	for name, kind := range events {
		deleted = deleted || kind == protocol.FileChangeTypeDeleted
		if p := at.homeOf(name); p != nil {
			reload[p.dir] = true
		}
		if isSettings(name) {
			s.loads.add(name, false)
		}
		for _, dir := range candidates(name) {
			reload[dir] = true
		}
		if at.places.get(name) != nil {
			reload[name] = true
		}
		switch {
		case filepath.Base(name) == task.GitIgnoreFile:
			s.reconsider(at, search, filepath.Dir(name))
		case kind == protocol.FileChangeTypeCreated && search.comes(name) && isDirectory(name):
			s.scanBelow(name)
		}
	}
	if deleted {
		for p := range at.places.all() { // below a folder that was deleted or moved, the client tells of nothing
			for dir := filepath.Dir(p.dir); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
				if events[dir] == protocol.FileChangeTypeDeleted {
					reload[p.dir] = true
				}
			}
		}
	}
	for dir := range reload {
		if at.places.get(dir) != nil || search.comes(dir) {
			s.loads.add(dir, false)
		}
	}
}

// candidates are the directories that may have become a task folder, or may be none any more, by a change of a file.
func candidates(name string) (dirs []string) {
	base := filepath.Base(name)
	if base == task.SourceDir || slices.Contains(rootFiles(), base) {
		dirs = append(dirs, filepath.Dir(name))
	}
	parents(name, func(dir string) bool {
		if filepath.Base(dir) == task.SourceDir {
			dirs = append(dirs, filepath.Dir(dir))
		}
		return true
	})
	return dirs
}

func isDirectory(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}
