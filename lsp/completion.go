package lsp

import (
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// completion offers what can stand at a place of config.json, of a settings file, or of the Dockerfile.
func (s *server) completion(ctx context.Context, at *snapshot, params *protocol.CompletionParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	c := s.client.Load()
	if one == nil {
		return []protocol.CompletionItem{}, nil
	}
	off := c.offset(one.file, params.Position)
	switch {
	case one.isSet:
		return c.completionItems(one.file, off, one.json.WithCommas(completeSettings(one.file, off)), protocol.CompletionItemKindProperty), nil
	case one.json != nil:
		return c.completionItems(one.file, off, schema.Complete(one.json, off), protocol.CompletionItemKindProperty), nil
	case one.docker() != nil:
		return c.completionItems(one.file, off, completeDocker(one.place.folder, one.docker(), off), protocol.CompletionItemKindKeyword), nil
	default:
		return []protocol.CompletionItem{}, nil
	}
}

func (c *client) completionItems(f *text.File, off int, list []schema.Completion, kind protocol.CompletionItemKind) []protocol.CompletionItem {
	items := []protocol.CompletionItem{}
	for i, offered := range list {
		offered.Edit.Span = clip(offered.Edit.Span, f.Line(f.LineOf(off)))
		items = append(items, c.completionItem(f, i, offered, kind))
	}
	return items
}

func (c *client) completionItem(f *text.File, order int, offered schema.Completion, kind protocol.CompletionItemKind) protocol.CompletionItem {
	item := protocol.CompletionItem{
		Label:            offered.Label,
		Kind:             kind,
		Documentation:    markup(offered.Documentation, c.completionMarkdown),
		SortText:         protocol.NewOptional(fmt.Sprintf("%02d", order)), // the order of the contract
		FilterText:       protocol.NewOptional(filterText(f.Slice(offered.Edit.Span), offered.Label)),
		InsertTextFormat: protocol.InsertTextFormatPlainText,
	}
	if offered.Detail != "" {
		item.Detail = protocol.NewOptional(offered.Detail)
	}
	edit := protocol.TextEdit{Range: c.rangeOf(f, offered.Edit.Span), NewText: offered.Edit.New}
	if offered.IsValue {
		item.Kind = protocol.CompletionItemKindValue
	}
	if c.snippets && offered.Snippet != "" {
		edit.NewText, item.InsertTextFormat = offered.Snippet, protocol.InsertTextFormatSnippet
	}
	if c.insertAsIs && strings.ContainsAny(edit.NewText, "\r\n") {
		item.InsertTextMode = protocol.InsertTextModeAsIs // it is indented already
	}
	item.TextEdit = &edit
	if len(offered.Extra) > 0 {
		item.AdditionalTextEdits = c.textEdits(f, offered.Extra)
	}
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
