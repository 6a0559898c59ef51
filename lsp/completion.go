package lsp

import (
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// completion offers what can stand at a place of config.json, or of a settings file.
func (s *server) completion(ctx context.Context, at *snapshot, params *protocol.CompletionParams) (any, error) {
	c := s.client.Load()
	if f := at.settings[keyOf(string(params.TextDocument.URI))]; f != nil {
		off := c.offset(f.file, params.Position)
		return c.completionItems(f.file, off, completeSettings(f.file, off)), nil
	}
	p, f, off, err := s.pointed(ctx, at, &params.TextDocumentPositionParams)
	if err != nil {
		return nil, err
	}
	if f == nil || f.Path != task.ConfigFile || p.folder.Config() == nil {
		return []protocol.CompletionItem{}, nil
	}
	return c.completionItems(f, off, schema.Complete(p.folder.Config(), off)), nil
}

func (c *client) completionItems(f *text.File, off int, list []schema.Completion) []protocol.CompletionItem {
	items := []protocol.CompletionItem{}
	for i, offered := range list {
		offered.Edit.Span = clip(offered.Edit.Span, f.Line(f.LineOf(off)))
		items = append(items, c.completionItem(f, i, offered))
	}
	return items
}

func (c *client) completionItem(f *text.File, order int, offered schema.Completion) protocol.CompletionItem {
	item := protocol.CompletionItem{
		Label:            offered.Label,
		Kind:             protocol.CompletionItemKindProperty,
		Detail:           protocol.NewOptional(offered.Detail),
		Documentation:    markup(offered.Documentation, c.completionMarkdown),
		SortText:         protocol.NewOptional(fmt.Sprintf("%02d", order)), // the order of the contract
		FilterText:       protocol.NewOptional(filterText(f.Slice(offered.Edit.Span), offered.Label)),
		InsertTextFormat: protocol.InsertTextFormatPlainText,
	}
	edit := protocol.TextEdit{Range: c.rangeOf(f, offered.Edit.Span), NewText: offered.Edit.New}
	if offered.IsValue {
		item.Kind = protocol.CompletionItemKindValue
	}
	if c.snippets && offered.Snippet != "" {
		edit.NewText, item.InsertTextFormat = offered.Snippet, protocol.InsertTextFormatSnippet
	}
	item.TextEdit = &edit
	return item
}

// filterText is what an editor compares with the text before the cursor, from the start of the edit on: that may be an open quote.
func filterText(replaced, label string) string {
	switch {
	case strings.TrimSpace(replaced) == "":
		return replaced + label
	case replaced[0] == '"':
		return `"` + label + `"`
	default:
		return label
	}
}

// clip keeps an edit in the cursor's line, as the protocol wants of a completion.
func clip(s, line text.Span) text.Span {
	return text.Span{Start: max(s.Start, line.Start), End: min(s.End, line.End)}
}
