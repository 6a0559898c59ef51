package lsp

import (
	"context"
	"slices"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// codeAction offers the fixes of the findings at a place, or of those that the client names. The findings are judged anew, so that an
// edit always fits the text that the client has.
func (s *server) codeAction(ctx context.Context, at *snapshot, params *protocol.CodeActionParams) (any, error) {
	where := string(params.TextDocument.URI)
	if where == "" {
		return nil, invalidParams("codeAction names no document")
	}
	actions := []protocol.CommandOrCodeAction{}
	if name := keyOf(where); isSettings(name) {
		return s.client.Load().settingsActions(at, at.settings[name], params), nil
	}
	only := params.Context.Only
	quick, all := wants(only, protocol.CodeActionKindQuickFix), len(only) > 0 && wants(only, kindFixAll)
	if !quick && !all {
		return actions, nil
	}
	at, p := s.settled(ctx, at, where)
	if p == nil {
		return actions, nil
	}
	rel, _ := relative(p.dir, keyOf(where))
	c := s.client.Load()
	if quick {
		actions = c.quickFixes(ctx, at, p, rel, params)
	}
	add := func(kind protocol.CodeActionKind, least int) {
		if a := c.fixAll(ctx, at, p, rel, kind, least); a != nil {
			actions = append(actions, a)
		}
	}
	if len(actions) > 0 && c.actionLiterals {
		add(protocol.CodeActionKindQuickFix, 2)
	}
	if all && c.actionLiterals {
		add(kindFixAll, 1)
	}
	return actions, ctx.Err()
}

// quickFixes are the fixes of the findings that a request is about.
func (c *client) quickFixes(ctx context.Context, at *snapshot, p *place, rel string, params *protocol.CodeActionParams) []protocol.CommandOrCodeAction {
	actions := []protocol.CommandOrCodeAction{}
	for _, f := range p.judge() {
		if ctx.Err() != nil {
			break
		}
		if f.path != rel || !c.asked(f, params) {
			continue
		}
		d := c.diagnostic(at, p, f)
		for _, fix := range f.Fixes {
			if a := c.action(at, p, f, fix, d); a != nil {
				actions = append(actions, a)
			}
		}
	}
	return actions
}

// wants reports whether a client asks for a kind of actions: by name, by one above it, or by naming none.
func wants(only []protocol.CodeActionKind, kind protocol.CodeActionKind) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(k protocol.CodeActionKind) bool {
		return k == "" || k == kind || strings.HasPrefix(string(kind), string(k)+".")
	})
}

// asked reports whether a finding lies in the range of a request, or is one of its diagnostics.
func (c *client) asked(f finding, params *protocol.CodeActionParams) bool {
	if touches(f.Span, c.spanOf(f.File, params.Range)) {
		return true
	}
	for _, d := range params.Context.Diagnostics {
		var data diagnosticData
		if err := protocol.Unmarshal(d.Data, &data); err == nil && data == (diagnosticData{f.Code, f.nth}) {
			return true
		}
	}
	return false
}

// action is one fix in the words that the client understands; nil where it understands none.
func (c *client) action(at *snapshot, p *place, f finding, fix diagnostics.Fix, d protocol.Diagnostic) protocol.CommandOrCodeAction {
	edit := c.workspaceEdit(at, p, fix)
	var command protocol.Command
	switch {
	case edit == nil && !c.options.trusted:
		return nil // what is left are commands that write
	case edit == nil && hidesMark(fix):
		command = protocol.Command{Title: fix.Title, Command: commandRemoveMark, Arguments: []protocol.LSPAny{encode(fileArgs{p.uri, fix.Edits[0].File.Path})}}
	case onlyReplaces(fix):
		edit = nil
		command = protocol.Command{Title: fix.Title, Command: commandAccept, Arguments: []protocol.LSPAny{encode(folderArgs{p.uri})}}
	case edit == nil && onlyCreates(fix):
		command = protocol.Command{Title: fix.Title, Command: commandCreate, Arguments: []protocol.LSPAny{encode(fileArgs{p.uri, fix.Creates[0].Path})}}
	case edit == nil:
		return nil
	case !c.actionLiterals:
		command = protocol.Command{Title: fix.Title, Command: commandApplyFix, Arguments: []protocol.LSPAny{
			encode(fixArgs{Folder: p.uri, Path: f.path, Code: f.Code, Index: f.nth, Title: fix.Title}),
		}}
	}
	if !c.actionLiterals {
		return &command
	}
	return &protocol.CodeAction{
		Title:       fix.Title,
		Kind:        new(protocol.CodeActionKindQuickFix),
		Diagnostics: []protocol.Diagnostic{d},
		IsPreferred: new(fix.Preferred),
		Edit:        edit,
		Command:     command,
	}
}

// hidesMark reports whether a fix removes a byte order mark that the editor does not show.
func hidesMark(fix diagnostics.Fix) bool {
	if len(fix.Edits) != 1 || len(fix.Creates)+len(fix.Renames) > 0 {
		return false
	}
	return removesHiddenMark(fix.Edits[0])
}

func removesHiddenMark(e diagnostics.FileEdit) bool {
	return !e.File.BOMInText() && slices.ContainsFunc(e.Edits, func(one text.Edit) bool { return one.Span.Start < 0 })
}

func onlyCreates(fix diagnostics.Fix) bool {
	return len(fix.Creates) > 0 && len(fix.Edits)+len(fix.Renames) == 0
}

// workspaceEdit is a fix as an edit; nil where the client cannot do all of it. A fix is done whole or not at all.
func (c *client) workspaceEdit(at *snapshot, p *place, fix diagnostics.Fix) *protocol.WorkspaceEdit {
	impossible := func(e diagnostics.FileEdit) bool {
		doc := at.document(p, e.File.Path)
		return removesHiddenMark(e) || doc != nil && doc.lost
	}
	if len(fix.Creates) > 0 && !c.createFiles || len(fix.Renames) > 0 && !c.renameFiles || slices.ContainsFunc(fix.Edits, impossible) {
		return nil
	}
	if !c.documentChanges {
		changes := map[uri.URI][]protocol.TextEdit{}
		for _, e := range fix.Edits {
			u := uri.URI(at.fileURI(p, e.File.Path))
			changes[u] = append(changes[u], c.textEdits(e.File, e.Edits)...)
		}
		return &protocol.WorkspaceEdit{Changes: changes}
	}
	var changes []protocol.DocumentChange
	for _, r := range fix.Renames {
		changes = append(changes, &protocol.RenameFile{
			Kind: "rename", OldURI: uri.URI(at.fileURI(p, r.From)), NewURI: uri.URI(join(p.uri, r.To)),
			Options: &protocol.RenameFileOptions{Overwrite: new(false), IgnoreIfExists: new(false)},
		})
	}
	for _, n := range fix.Creates {
		u := uri.URI(join(p.uri, n.Path))
		changes = append(changes, &protocol.CreateFile{
			Kind: "create", URI: u, Options: &protocol.CreateFileOptions{Overwrite: new(false), IgnoreIfExists: new(false)},
		})
		if n.Content != "" {
			content := protocol.TextEdit{NewText: strings.ToValidUTF8(n.Content, "\uFFFD")}
			changes = append(changes, documentEdit(u, nil, []protocol.TextEdit{content}))
		}
	}
	for _, e := range fix.Edits {
		var version *int32
		if doc := at.document(p, e.File.Path); doc != nil {
			if v, ok := doc.version.Get(); ok {
				version = &v
			}
		}
		changes = append(changes, documentEdit(uri.URI(at.fileURI(p, e.File.Path)), version, c.textEdits(e.File, e.Edits)))
	}
	return &protocol.WorkspaceEdit{DocumentChanges: changes}
}

// documentEdit changes one document; version is nil for one that is not open.
func documentEdit(u uri.URI, version *int32, edits []protocol.TextEdit) *protocol.TextDocumentEdit {
	elements := make([]protocol.TextDocumentEditElement, len(edits))
	for i := range edits {
		elements[i] = &edits[i]
	}
	return &protocol.TextDocumentEdit{
		TextDocument: protocol.OptionalVersionedTextDocumentIdentifier{TextDocumentIdentifier: protocol.TextDocumentIdentifier{URI: u}, Version: version},
		Edits:        elements,
	}
}
