package lsp

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
)

// The commands of the server. Each takes one object as its only argument, whose type stands in commandTable.
const (
	commandRun        = "meca.run"                 // runArgs → runAnswer
	commandBuild      = "meca.build"               // runArgs → runAnswer
	commandRunAll     = "meca.runAll"              // runAllArgs → runAllAnswer
	commandStop       = "meca.stop"                // folderArgs → runAnswer, or null where no run goes on
	commandCreate     = "meca.createFile"          // fileArgs → null
	commandRemoveMark = "meca.removeByteOrderMark" // fileArgs → null
	commandApplyFix   = "meca.applyFix"            // fixArgs → null
	commandAccept     = "meca.acceptAnswer"        // folderArgs → null; replaced, where the server wrote the file and the client takes meca/run
	commandVerdict    = "meca.showVerdict"         // folderArgs → null
)

// folderArgs names a task folder.
type folderArgs struct {
	Folder string `json:"folder"` // URI
}

// fileArgs names a file of a task folder.
type fileArgs struct {
	Folder string `json:"folder"` // URI
	Path   string `json:"path"`   // slash-separated, relative to the folder
}

// fixArgs names a fix of a finding, for clients that know no code action literals.
type fixArgs struct {
	Folder string `json:"folder"` // URI
	Path   string `json:"path"`
	Code   string `json:"code"`
	Index  int    `json:"index"` // of the finding among those of its code in its file
	Title  string `json:"title"`
}

// command takes up one command in the order of the wire. args is the one argument.
type command func(at *snapshot, args jsontext.Value) (work, error)

func (s *server) commandTable() map[string]command {
	return map[string]command{
		commandRun:        typed(func(at *snapshot, a runArgs) (work, error) { return s.startRun(at, a, jobRun) }),
		commandBuild:      typed(func(at *snapshot, a runArgs) (work, error) { return s.startRun(at, a, jobBuild) }),
		commandRunAll:     typed(s.runAll),
		commandStop:       typed(s.stopRun),
		commandCreate:     typed(s.createFile),
		commandRemoveMark: typed(s.removeMark),
		commandApplyFix:   typed(s.applyFix),
		commandAccept:     typed(s.acceptAnswer),
		commandVerdict:    typed(s.showVerdict),
	}
}

// typed makes a command of a function.
func typed[A any](do func(at *snapshot, args A) (work, error)) command {
	return func(at *snapshot, raw jsontext.Value) (work, error) {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, invalidParams("the argument is wrong: %v", err)
		}
		return do(at, args)
	}
}

// executeCommand takes up a command. Nothing happens where anything about it is wrong.
func (s *server) executeCommand(at *snapshot, params jsontext.Value) (work, error) {
	var p struct {
		Command   string           `json:"command"`
		Arguments []jsontext.Value `json:"arguments"`
	}
	if err := decode(params, &p); err != nil {
		return nil, err
	}
	do, known := s.commands[p.Command]
	switch {
	case !known:
		return nil, invalidParams("there is no command %.100q", p.Command)
	case len(p.Arguments) != 1 || p.Arguments[0].Kind() != '{':
		return nil, invalidParams("%s takes one object as its argument", p.Command)
	}
	return do(at, p.Arguments[0])
}

// placeOf finds the task folder that an argument names.
func (s *snapshot) placeOf(folder string) (*place, error) {
	name, ok := pathOf(folder)
	if !ok || climbs(folder) {
		return nil, invalidParams("%q is no folder of this machine", folder)
	}
	p := s.places.get(name)
	if p == nil {
		return nil, invalidParams("%q is no task folder of this workspace", folder)
	}
	return p, nil
}

// fixOf finds a fix that the server offers at this moment: it writes nothing else.
func fixOf(p *place, match func(f finding, fix diagnostics.Fix) bool) *diagnostics.Fix {
	for _, f := range p.judge() {
		for i := range f.Fixes {
			if match(f, f.Fixes[i]) {
				return &f.Fixes[i]
			}
		}
	}
	return nil
}

// createFile creates a missing file, for a client that cannot.
func (s *server) createFile(at *snapshot, args fileArgs) (work, error) {
	p, err := s.writable(at, args)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (any, error) {
		fix := fixOf(p, func(_ finding, fix diagnostics.Fix) bool {
			return onlyCreates(fix) && fix.Creates[0].Path == args.Path
		})
		if fix == nil {
			return nil, invalidParams("no fix creates %q", args.Path)
		}
		for _, n := range fix.Creates {
			if err := createBelow(p.dir, n); errors.Is(err, fs.ErrExist) {
				return nil, requestFailed("%s is there already: it stays as it is", n.Path)
			} else if err != nil {
				return nil, requestFailed("%s could not be created: %v", n.Path, err)
			}
		}
		s.loads.add(p.dir, true)
		return nil, nil
	}, nil
}

// removeMark rewrites a file without its byte order mark, which the editor hides and so cannot remove.
func (s *server) removeMark(at *snapshot, args fileArgs) (work, error) {
	p, err := s.writable(at, args)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (any, error) {
		fix := fixOf(p, func(_ finding, fix diagnostics.Fix) bool {
			return hidesMark(fix) && fix.Edits[0].File.Path == args.Path
		})
		if fix == nil {
			return nil, invalidParams("no fix removes a byte order mark of %q", args.Path)
		}
		if err := dropMark(p.dir, args.Path); err != nil {
			return nil, requestFailed("the byte order mark of %s could not be removed: %v", args.Path, err)
		}
		s.loads.add(p.dir, true)
		return nil, nil
	}, nil
}

// writable finds the task folder of a command that writes a file in it.
func (s *server) writable(at *snapshot, args fileArgs) (*place, error) {
	p, err := at.placeOf(args.Folder)
	switch {
	case err != nil:
		return nil, err
	case !fs.ValidPath(args.Path) || args.Path == "." || strings.ContainsAny(args.Path, `\`) && filepath.Separator == '\\':
		return nil, invalidParams("%q is no path in a task folder", args.Path)
	case !s.client.Load().options.trusted:
		return nil, requestFailed("this workspace is not trusted: nothing is written in it")
	}
	return p, nil
}

// applyFix does a fix by asking the client to edit.
func (s *server) applyFix(at *snapshot, args fixArgs) (work, error) {
	p, err := at.placeOf(args.Folder)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (any, error) {
		c := s.client.Load()
		if !c.applyEdit {
			return nil, requestFailed("the editor does not let a server edit")
		}
		fix := fixOf(p, func(f finding, fix diagnostics.Fix) bool {
			return f.path == args.Path && f.Code == args.Code && f.nth == args.Index && fix.Title == args.Title
		})
		if fix == nil {
			return nil, protocol.ErrContentModified
		}
		edit := c.workspaceEdit(at, p, *fix)
		if edit == nil {
			return nil, requestFailed("the editor cannot do this fix")
		}
		return nil, s.applyEdit(ctx, fix.Title, edit)
	}, nil
}
