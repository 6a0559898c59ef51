package lsp

import (
	"cmp"
	"context"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// maxFolds is how many ranges are given to a client that sets no limit.
const maxFolds = 5_000

// fold is a folding range with how deep it lies.
type fold struct {
	protocol.FoldingRange
	level int
}

// foldingRange gives what can be folded. Where the client wants fewer, the outer ones are given.
func (s *server) foldingRange(ctx context.Context, at *snapshot, params *protocol.FoldingRangeParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	c := s.client.Load()
	var folds []fold
	switch {
	case one == nil:
	case one.outlined(c) != nil:
		folds = c.jsonFolds(one.json)
	case one.docker() != nil:
		folds = dockerFolds(one.docker())
	}
	slices.SortStableFunc(folds, func(a, b fold) int { return cmp.Compare(a.level, b.level) })
	limit := maxFolds
	if c.foldLimit > 0 {
		limit = min(limit, c.foldLimit)
	}
	list := []protocol.FoldingRange{}
	for _, f := range folds[:min(len(folds), limit)] {
		list = append(list, f.FoldingRange)
	}
	slices.SortStableFunc(list, func(a, b protocol.FoldingRange) int { return cmp.Compare(a.StartLine, b.StartLine) })
	return list, nil
}

// jsonFolds folds what is between brackets: up to the closing one, which stays to be seen where only whole lines are folded.
func (c *client) jsonFolds(d *schema.Document) []fold {
	var list []fold
	for _, container := range d.Containers() {
		inner := text.Span{Start: container.Span.Start + 1, End: container.Span.End - 1}
		if d.File.LineOf(inner.Start) == d.File.LineOf(inner.End) {
			continue
		}
		start, end := c.position(d.File, inner.Start), c.position(d.File, inner.End)
		if c.foldsLines {
			end.Line--
		}
		if end.Line <= start.Line {
			continue
		}
		f := fold{protocol.FoldingRange{StartLine: start.Line, EndLine: end.Line}, container.Level}
		if !c.foldsLines {
			f.StartCharacter, f.EndCharacter = &start.Character, &end.Character
		}
		if n := len(list); c.foldsLines && n > 0 && list[n-1].StartLine == f.StartLine {
			continue // the outer one begins on this line
		}
		list = append(list, f)
	}
	return list
}

// dockerFolds folds whole lines.
func dockerFolds(d *dockerfile.File) []fold {
	var list []fold
	var open []int // the last lines of the ranges around
	for _, f := range d.Folds() {
		for len(open) > 0 && open[len(open)-1] < f.First {
			open = open[:len(open)-1]
		}
		one := fold{protocol.FoldingRange{StartLine: uint32(f.First), EndLine: uint32(f.Last)}, len(open)}
		if f.Comment {
			one.Kind = protocol.FoldingRangeKindComment
		}
		list = append(list, one)
		open = append(open, f.Last)
	}
	return list
}
