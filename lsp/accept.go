package lsp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// accepts is the fix that takes the last run's answer for the example's; nil where there is none.
func accepts(p *place) *diagnostics.Fix {
	return fixOf(p, func(_ finding, fix diagnostics.Fix) bool { return onlyReplaces(fix) })
}

func onlyReplaces(fix diagnostics.Fix) bool {
	return len(fix.Replaces) == 1 && len(fix.Edits)+len(fix.Creates)+len(fix.Renames) == 0
}

// acceptAnswer makes the last run's answer the example's. Where the file and the answer are texts that the editor can hold, the editor
// changes it, so that its undo brings the old one back; else the file is rewritten, and the old one is kept outside the folder.
func (s *server) acceptAnswer(at *snapshot, args folderArgs) (work, error) {
	p, err := at.placeOf(args.Folder)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (any, error) {
		fix := accepts(p)
		if fix == nil {
			return nil, requestFailed("the last run gave no answer that could be accepted")
		}
		n := fix.Replaces[0]
		if edit := s.client.Load().replacement(at, p, n); edit != nil {
			return nil, s.applyEdit(ctx, fix.Title, edit)
		}
		if !s.client.Load().options.trusted {
			return nil, requestFailed("this workspace is not trusted: nothing is written in it")
		}
		kept, err := replaceBelow(p.dir, n)
		if err != nil {
			return nil, requestFailed("%s could not be replaced: %v", n.Path, err)
		}
		s.loads.add(p.dir, true)
		if s.client.Load().options.runEvents {
			return replaced{Kept: kept}, nil
		}
		s.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{
			Type: protocol.MessageTypeInfo, Message: fmt.Sprintf("%s is the answer now. What it was before is kept as %s.", n.Path, kept),
		})
		return nil, nil
	}, nil
}

// replaced tells a client that shows by itself what comes of a run where the old content of the file is.
type replaced struct {
	Kept string `json:"kept"`
}

// replacement is an edit that gives a file a new text; nil where the file, the text or the client does not allow one. An editor gives a
// document one kind of line end: a text with others would not come out as it went in.
func (c *client) replacement(at *snapshot, p *place, n diagnostics.NewFile) *protocol.WorkspaceEdit {
	file := p.folder.File(n.Path)
	doc := at.document(p, n.Path)
	switch {
	case file == nil || !c.applyEdit || doc != nil && doc.lost:
		return nil
	case file.BOM || strings.HasPrefix(n.Content, text.BOM) || !text.IsText(file.Text) || !text.IsText(n.Content):
		return nil
	case strings.Contains(n.Content, "\r") || strings.Contains(file.Text, "\r"):
		return nil
	}
	edits := []text.Edit{{Span: text.Span{End: len(file.Text)}, New: n.Content}}
	return c.workspaceEdit(at, p, diagnostics.Fix{Edits: []diagnostics.FileEdit{{File: file, Edits: edits}}})
}

// applyEdit has the client make an edit.
func (s *server) applyEdit(ctx context.Context, label string, edit *protocol.WorkspaceEdit) error {
	var answer protocol.ApplyWorkspaceEditResult
	params := &protocol.ApplyWorkspaceEditParams{Label: &label, Edit: *edit}
	if err := s.call(ctx, protocol.MethodWorkspaceApplyEdit, params, &answer); err != nil {
		return requestFailed("the editor did not apply the fix: %v", err)
	}
	if answer.Applied {
		return nil
	}
	reason := "it gave no reason"
	if answer.FailureReason != nil {
		reason = *answer.FailureReason
	}
	return requestFailed("the editor did not apply the fix: %s", reason)
}

// maxReplaced is how large a file may be that is replaced, in bytes: its old content is kept.
const maxReplaced = 64 << 20

// replaceBelow gives a file of a task folder a new content, and keeps the old one outside the folder, which is published with all that
// is in it.
func replaceBelow(dir string, n diagnostics.NewFile) (kept string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }() // the files are closed by themselves
	name := filepath.FromSlash(n.Path)
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", errors.New("it is no regular file")
	case info.Size() > maxReplaced:
		return "", fmt.Errorf("it is larger than %d bytes", maxReplaced)
	}
	old, err := root.ReadFile(name)
	if err != nil {
		return "", err
	}
	if kept, err = keepAside(filepath.Base(dir)+"-"+filepath.Base(name), old); err != nil {
		return "", fmt.Errorf("what it holds now could not be kept: %w", err)
	}
	return kept, replace(root, name, []byte(n.Content), info.Mode().Perm())
}

// keepAside writes a file of its own in the user's cache.
func keepAside(name string, content []byte) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "meca-lsp", "replaced")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(folder, time.Now().Format("20060102-150405-")+"*-"+name)
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return f.Name(), err
}

// showVerdict shows the last run's verdict, and offers what can be done about it.
func (s *server) showVerdict(at *snapshot, args folderArgs) (work, error) {
	p, err := at.placeOf(args.Folder)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (any, error) {
		if p.report == nil {
			return nil, requestFailed("this task was not run yet")
		}
		const accept, again, look = "Accept answer", "Run again", "Show example_output.bin"
		actions := []protocol.MessageActionItem{{Title: again}}
		if accepts(p) != nil {
			actions = append(actions, protocol.MessageActionItem{Title: look}, protocol.MessageActionItem{Title: accept})
		}
		var chosen *protocol.MessageActionItem
		params := &protocol.ShowMessageRequestParams{Type: messageType(p.report.Outcome), Message: p.report.Message, Actions: actions}
		if err := s.call(ctx, protocol.MethodWindowShowMessageRequest, params, &chosen); err != nil {
			return nil, requestFailed("the editor did not show the verdict: %v", err)
		}
		if chosen == nil {
			return nil, nil // a person need not choose
		}
		now := s.session.snapshot()
		var next work
		switch chosen.Title {
		case again:
			next, err = s.startRun(now, runArgs{Folder: args.Folder}, jobRun)
		case accept:
			next, err = s.acceptAnswer(now, args)
		case look:
			return nil, s.showDocument(ctx, now.fileURI(p, task.OutputFile))
		}
		if err != nil || next == nil {
			return nil, err
		}
		_, err = next(ctx)
		return nil, err
	}, nil
}

// showDocument has the client open a file, where it can.
func (s *server) showDocument(ctx context.Context, u string) error {
	if !s.client.Load().showDocument {
		return nil
	}
	var answer protocol.ShowDocumentResult
	return s.call(ctx, protocol.MethodWindowShowDocument, &protocol.ShowDocumentParams{URI: uri.URI(u), TakeFocus: new(true)}, &answer)
}
