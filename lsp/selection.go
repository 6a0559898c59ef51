package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// maxSelections is for how many places of one request the ranges are looked for; the rest get the place itself.
const maxSelections = 200

// selectionRange gives what a selection grows to, from each of the places.
func (s *server) selectionRange(ctx context.Context, at *snapshot, params *protocol.SelectionRangeParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	c := s.client.Load()
	if one == nil || one.outlined(c) == nil && one.docker() == nil {
		return nil, nil
	}
	list := []protocol.SelectionRange{}
	for i, p := range params.Positions {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		off := c.offset(one.file, p)
		spans := []text.Span{{Start: off, End: off}}
		switch {
		case i >= maxSelections:
		case one.outlined(c) != nil:
			spans = one.json.Around(off)
		default:
			spans = one.docker().Around(off)
		}
		list = append(list, *c.growing(one.file, spans))
	}
	return list, nil
}

// growing links ranges, the innermost first. There is at least one.
func (c *client) growing(f *text.File, spans []text.Span) *protocol.SelectionRange {
	var parent *protocol.SelectionRange
	for i := len(spans) - 1; i >= 0; i-- {
		parent = &protocol.SelectionRange{Range: c.rangeOf(f, spans[i]), Parent: parent}
	}
	return parent
}
