package lsp

import (
	"context"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// The bounds of an outline: a list that is longer, or deeper, helps nobody.
const (
	maxSymbols     = 2_000
	maxSymbolLevel = 20
	maxSymbolName  = 80 // bytes
)

// symbol is one entry of an outline, in bytes.
type symbol struct {
	name, detail string
	kind         protocol.SymbolKind
	whole, name1 text.Span // all of it, and its name
	children     []symbol
}

// documentSymbol gives the outline of config.json, of a settings file, or of the Dockerfile: a tree where the client shows trees.
func (s *server) documentSymbol(ctx context.Context, at *snapshot, params *protocol.DocumentSymbolParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	c := s.client.Load()
	var list []symbol
	left := maxSymbols
	switch {
	case one == nil:
	case one.outlined(c) != nil:
		list = jsonSymbols(one.json, one.json.Root, 0, &left)
	case one.docker() != nil:
		list = dockerSymbols(one.docker(), &left)
	}
	if c.nestedSymbols {
		tree := []protocol.DocumentSymbol{}
		if one != nil {
			tree = c.symbolTree(one.file, list)
		}
		return tree, nil
	}
	flat := []protocol.SymbolInformation{}
	if one != nil {
		flat = c.flatSymbols(flat, one.file, uri.URI(one.at.fileURI(one.place, one.rel)), "", list)
	}
	return flat, nil
}

func (c *client) symbolTree(f *text.File, list []symbol) []protocol.DocumentSymbol {
	tree := make([]protocol.DocumentSymbol, len(list))
	for i, one := range list {
		tree[i] = protocol.DocumentSymbol{Name: one.name, Kind: one.kind, Range: c.rangeOf(f, one.whole), SelectionRange: c.rangeOf(f, one.name1)}
		if one.detail != "" {
			tree[i].Detail = &one.detail
		}
		if len(one.children) > 0 {
			tree[i].Children = c.symbolTree(f, one.children)
		}
	}
	return tree
}

func (c *client) flatSymbols(flat []protocol.SymbolInformation, f *text.File, u uri.URI, container string, list []symbol) []protocol.SymbolInformation {
	for _, one := range list {
		info := protocol.SymbolInformation{
			BaseSymbolInformation: protocol.BaseSymbolInformation{Name: one.name, Kind: one.kind},
			Location:              protocol.Location{URI: u, Range: c.rangeOf(f, one.whole)},
		}
		if container != "" {
			info.ContainerName = &container
		}
		flat = c.flatSymbols(append(flat, info), f, u, one.name, one.children)
	}
	return flat
}

// jsonSymbols are the members of an object with those below them, as long as there are some left.
func jsonSymbols(d *schema.Document, v *schema.Value, level int, left *int) []symbol {
	var list []symbol
	if level >= maxSymbolLevel {
		return nil
	}
	for _, m := range v.Members {
		if *left--; *left < 0 {
			return list
		}
		one := symbol{
			name: text.Clip(m.Key, maxSymbolName), kind: symbolKinds[m.Value.Kind], name1: m.KeySpan,
			whole: text.Span{Start: m.KeySpan.Start, End: max(m.KeySpan.End, m.Value.Span.End)},
		}
		if strings.TrimSpace(one.name) == "" { // a client refuses such a name
			one.name = `"` + one.name + `"`
		}
		if m.Value.Kind != schema.Object && m.Value.Kind != schema.Array {
			one.detail = text.Clip(d.File.Slice(m.Value.Span), maxSymbolName)
		}
		one.children = jsonSymbols(d, m.Value, level+1, left)
		list = append(list, one)
	}
	return list
}

var symbolKinds = map[schema.Kind]protocol.SymbolKind{
	schema.Missing: protocol.SymbolKindKey, schema.Invalid: protocol.SymbolKindKey, schema.Object: protocol.SymbolKindObject,
	schema.Array: protocol.SymbolKindArray, schema.String: protocol.SymbolKindString, schema.Number: protocol.SymbolKindNumber,
	schema.True: protocol.SymbolKindBoolean, schema.False: protocol.SymbolKindBoolean, schema.Null: protocol.SymbolKindNull,
}

// dockerSymbols are the stages with their instructions, and what stands before the first stage.
func dockerSymbols(f *dockerfile.File, left *int) []symbol {
	var list []symbol
	stages := map[*dockerfile.Instruction]*dockerfile.Stage{}
	for _, stage := range f.Stages {
		stages[stage.From] = stage
	}
	inStage := false
	for _, in := range f.Instructions {
		if *left--; *left < 0 {
			break
		}
		one := instructionSymbol(f, in)
		stage := stages[in]
		switch {
		case stage != nil:
			one.whole, one.kind = f.Span(stage), protocol.SymbolKindModule
			list, inStage = append(list, one), true
		case inStage:
			last := &list[len(list)-1]
			last.children = append(last.children, one)
		default:
			list = append(list, one)
		}
	}
	return list
}

func instructionSymbol(f *dockerfile.File, in *dockerfile.Instruction) symbol {
	one := symbol{name: in.Title(maxSymbolName), kind: protocol.SymbolKindMethod, whole: f.Whole(in), name1: in.Keyword}
	switch in.Name {
	case "ARG", "ENV", "LABEL":
		one.kind = protocol.SymbolKindVariable
	case "COPY", "ADD", "VOLUME", "WORKDIR":
		one.kind = protocol.SymbolKindFile
	case "EXPOSE":
		one.kind = protocol.SymbolKindInterface
	case "CMD", "ENTRYPOINT":
		one.kind = protocol.SymbolKindFunction
	}
	if strings.TrimSpace(one.name) == "" {
		one.name = `""`
	}
	return one
}
