package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// formatting indents config.json, or a settings file. A text that is no JSON is left as it is.
func (s *server) formatting(ctx context.Context, at *snapshot, params *protocol.DocumentFormattingParams) (any, error) {
	return s.format(ctx, at, string(params.TextDocument.URI), func(f *text.File, d *schema.Document) []text.Edit {
		return d.Format(formatOptions(params.Options))
	})
}

// rangeFormatting indents the lines of a range.
func (s *server) rangeFormatting(ctx context.Context, at *snapshot, params *protocol.DocumentRangeFormattingParams) (any, error) {
	return s.format(ctx, at, string(params.TextDocument.URI), func(f *text.File, d *schema.Document) []text.Edit {
		return d.FormatLines(formatOptions(params.Options), s.client.Load().spanOf(f, params.Range))
	})
}

// rangesFormatting indents the lines of several ranges.
func (s *server) rangesFormatting(ctx context.Context, at *snapshot, params *protocol.DocumentRangesFormattingParams) (any, error) {
	return s.format(ctx, at, string(params.TextDocument.URI), func(f *text.File, d *schema.Document) []text.Edit {
		var spans []text.Span
		for _, r := range params.Ranges {
			spans = append(spans, s.client.Load().spanOf(f, r))
		}
		return d.FormatLines(formatOptions(params.Options), spans...)
	})
}

func (s *server) format(ctx context.Context, at *snapshot, uri string, edits func(f *text.File, d *schema.Document) []text.Edit) (any, error) {
	one, err := s.spotOf(ctx, at, uri)
	if err != nil {
		return nil, err
	}
	c := s.client.Load()
	if one == nil || one.json == nil || !c.options.plainJSON {
		return []protocol.TextEdit{}, nil
	}
	return c.textEdits(one.file, edits(one.file, one.json)), ctx.Err()
}

func formatOptions(o protocol.FormattingOptions) schema.FormatOptions {
	is := func(b *bool) bool { return b != nil && *b }
	return schema.FormatOptions{
		TabSize: int(min(o.TabSize, 100)), InsertSpaces: o.InsertSpaces,
		InsertFinalNewline: is(o.InsertFinalNewline), TrimFinalNewlines: is(o.TrimFinalNewlines),
	}
}
