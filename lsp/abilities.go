package lsp

import (
	"slices"

	"go.lsp.dev/protocol"
)

// abilities are what the client can of the features that only read. Those that it cannot are not offered.
type abilities struct {
	symbols           bool
	nestedSymbols     bool // a tree, not a list
	workspaceSymbols  bool
	links             bool
	linkTooltips      bool
	folding           bool
	foldsLines        bool // whole lines only
	foldLimit         int  // how many the client wants; 0 for all
	selection         bool
	rangesFormatting  bool // several ranges at once
	definition        bool
	definitionLinks   bool // with the place that the link stands at
	references        bool
	highlights        bool
	inlayHints        bool
	refreshInlayHints bool
	insertAsIs        bool // completions of several lines, without indenting them
	willRenameFiles   bool
}

func readAbilities(caps node) abilities {
	document, workspace := caps.at("textDocument"), caps.at("workspace")
	return abilities{
		symbols:           document.at("documentSymbol").object(),
		nestedSymbols:     document.at("documentSymbol", "hierarchicalDocumentSymbolSupport").is(true),
		workspaceSymbols:  workspace.at("symbol").object(),
		links:             document.at("documentLink").object(),
		linkTooltips:      document.at("documentLink", "tooltipSupport").is(true),
		folding:           document.at("foldingRange").object(),
		foldsLines:        document.at("foldingRange", "lineFoldingOnly").is(true),
		foldLimit:         int(max(0, document.at("foldingRange", "rangeLimit").integer())),
		selection:         document.at("selectionRange").object(),
		rangesFormatting:  document.at("rangeFormatting", "rangesSupport").is(true),
		definition:        document.at("definition").object(),
		definitionLinks:   document.at("definition", "linkSupport").is(true),
		references:        document.at("references").object(),
		highlights:        document.at("documentHighlight").object(),
		inlayHints:        document.at("inlayHint").object(),
		refreshInlayHints: workspace.at("inlayHint", "refreshSupport").is(true),
		insertAsIs:        slices.ContainsFunc(document.at("completion", "completionItem", "insertTextModeSupport", "valueSet").list(), func(n node) bool { return n.integer() == 1 }),
		willRenameFiles:   workspace.at("fileOperations", "willRename").is(true),
	}
}

// offer adds what the client can take of these features.
func (c *client) offer(caps *protocol.ServerCapabilities) {
	if c.symbols {
		caps.DocumentSymbolProvider = protocol.Boolean(true)
	}
	if c.workspaceSymbols {
		caps.WorkspaceSymbolProvider = protocol.Boolean(true)
	}
	if c.links {
		caps.DocumentLinkProvider = &protocol.DocumentLinkOptions{ResolveProvider: new(false)}
	}
	if c.folding {
		caps.FoldingRangeProvider = protocol.Boolean(true)
	}
	if c.selection {
		caps.SelectionRangeProvider = protocol.Boolean(true)
	}
	if c.definition {
		caps.DefinitionProvider = protocol.Boolean(true)
	}
	if c.references {
		caps.ReferencesProvider = protocol.Boolean(true)
	}
	if c.highlights {
		caps.DocumentHighlightProvider = protocol.Boolean(true)
	}
	if c.inlayHints {
		caps.InlayHintProvider = protocol.Boolean(true)
	}
	if c.willRenameFiles {
		everything := protocol.FileOperationFilter{Scheme: new("file"), Pattern: protocol.FileOperationPattern{Glob: "**/*"}}
		caps.Workspace.FileOperations = &protocol.FileOperationOptions{
			WillRename: protocol.FileOperationRegistrationOptions{Filters: []protocol.FileOperationFilter{everything}},
		}
	}
	if !c.options.plainJSON {
		return
	}
	// Formatting asks nothing of a client, and older ones that know it do not say so.
	caps.DocumentFormattingProvider = protocol.Boolean(true)
	ranges := &protocol.DocumentRangeFormattingOptions{}
	if c.rangesFormatting {
		ranges.RangesSupport = new(true)
	}
	caps.DocumentRangeFormattingProvider = ranges
}

// readers are the requests that only read, beside those of the handler's own table.
func (s *server) readers() map[string]prepare {
	return map[string]prepare{
		protocol.MethodTextDocumentDocumentSymbol:    read(s.documentSymbol),
		protocol.MethodWorkspaceWillRenameFiles:      read(s.willRenameFiles),
		protocol.MethodWorkspaceSymbol:               read(s.workspaceSymbol),
		protocol.MethodTextDocumentDocumentLink:      read(s.documentLink),
		protocol.MethodTextDocumentFoldingRange:      read(s.foldingRange),
		protocol.MethodTextDocumentSelectionRange:    read(s.selectionRange),
		protocol.MethodTextDocumentDefinition:        read(s.definition),
		protocol.MethodTextDocumentReferences:        read(s.references),
		protocol.MethodTextDocumentDocumentHighlight: read(s.documentHighlight),
		protocol.MethodTextDocumentInlayHint:         read(s.inlayHint),
		protocol.MethodTextDocumentFormatting:        s.exact(read(s.formatting)),
		protocol.MethodTextDocumentRangeFormatting:   s.exact(read(s.rangeFormatting)),
		protocol.MethodTextDocumentRangesFormatting:  s.exact(read(s.rangesFormatting)),
	}
}
