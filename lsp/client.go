package lsp

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// client is what the editor said of itself in initialize. It is immutable.
type client struct {
	encoding     text.Encoding
	encodingName protocol.PositionEncodingKind

	relatedInformation   bool // in diagnostics
	actionLiterals       bool // code actions, not only commands
	documentChanges      bool // versioned edits
	createFiles          bool // as part of an edit
	renameFiles          bool
	applyEdit            bool // edits that the server begins
	hoverMarkdown        bool
	completionMarkdown   bool
	snippets             bool
	progress             bool // that the server begins
	watchFiles           bool // by dynamic registration
	refreshLenses        bool
	configuration        bool // can be asked for settings
	configurationChanges bool // tells of changed settings, by dynamic registration
	pullsDiagnostics     bool // asks for them; they are published to others
	refreshDiagnostics   bool
	showDocument         bool
	messageActions       bool // buttons in a message
	abilities

	options options
	process int64    // the editor's process id; 0 where it gave none
	roots   []string // URIs of the workspace's folders
}

// options are the initializationOptions.
type options struct {
	trusted   bool // false: this workspace's code must not be built, run, or written by the server
	runEvents bool // the client takes meca/run notifications
	tasks     bool // and meca/tasks
	publish   bool // diagnostics are published, also to a client that could ask for them
	plainJSON bool // outline, folds, selection ranges and formatting of JSON texts; false: the editor has its own
	settings  node // the options as they are: settings stand beside the others
}

// readClient reads the parameters of initialize. Only what is no object at all is refused: a capability of the wrong type is one
// that the client does not have.
func readClient(params jsontext.Value) (*client, error) {
	var tree any
	if params.Kind() != '{' {
		return nil, invalidParams("initialize needs an object")
	}
	if err := protocol.Unmarshal(params, &tree); err != nil {
		return nil, invalidParams("initialize: %v", err)
	}
	p := node{tree}
	caps := p.at("capabilities")
	c := &client{
		relatedInformation:   caps.at("textDocument", "publishDiagnostics", "relatedInformation").is(true),
		pullsDiagnostics:     caps.at("textDocument", "diagnostic").object(),
		refreshDiagnostics:   caps.at("workspace", "diagnostics", "refreshSupport").is(true),
		actionLiterals:       caps.at("textDocument", "codeAction", "codeActionLiteralSupport").object(),
		documentChanges:      caps.at("workspace", "workspaceEdit", "documentChanges").is(true),
		applyEdit:            caps.at("workspace", "applyEdit").is(true),
		hoverMarkdown:        caps.at("textDocument", "hover", "contentFormat").has("markdown"),
		completionMarkdown:   caps.at("textDocument", "completion", "completionItem", "documentationFormat").has("markdown"),
		snippets:             caps.at("textDocument", "completion", "completionItem", "snippetSupport").is(true),
		progress:             caps.at("window", "workDoneProgress").is(true),
		watchFiles:           caps.at("workspace", "didChangeWatchedFiles", "dynamicRegistration").is(true),
		refreshLenses:        caps.at("workspace", "codeLens", "refreshSupport").is(true),
		configuration:        caps.at("workspace", "configuration").is(true),
		configurationChanges: caps.at("workspace", "didChangeConfiguration", "dynamicRegistration").is(true),
		showDocument:         caps.at("window", "showDocument", "support").is(true),
		messageActions:       caps.at("window", "showMessage").object(),
		process:              p.at("processId").integer(),
		options: options{
			trusted:   !p.at("initializationOptions", "trusted").is(false),
			runEvents: p.at("initializationOptions", "runEvents").is(true),
			settings:  p.at("initializationOptions"),
			tasks:     p.at("initializationOptions", "tasks").is(true),
			publish:   p.at("initializationOptions", "publishDiagnostics").is(true),
			plainJSON: !p.at("initializationOptions", "plainJson").is(false),
		},
		roots:     readRoots(p),
		abilities: readAbilities(caps),
	}
	c.pullsDiagnostics = c.pullsDiagnostics && !c.options.publish
	if c.pullsDiagnostics && caps.at("textDocument", "diagnostic", "relatedInformation").is(true) {
		c.relatedInformation = true
	}
	operations := caps.at("workspace", "workspaceEdit", "resourceOperations")
	c.createFiles = c.documentChanges && operations.has("create")
	c.renameFiles = c.documentChanges && operations.has("rename")
	c.chooseEncoding(caps.at("general", "positionEncodings"))
	return c, nil
}

// chooseEncoding takes the first of the client's encodings that there is; they come in the order of its liking.
func (c *client) chooseEncoding(offered node) {
	c.encoding, c.encodingName = text.UTF16, protocol.PositionEncodingKindUTF16
	known := map[string]text.Encoding{"utf-8": text.UTF8, "utf-16": text.UTF16, "utf-32": text.UTF32}
	for _, name := range offered.list() {
		if enc, ok := known[name.text()]; ok {
			c.encoding, c.encodingName = enc, protocol.PositionEncodingKind(name.text())
			return
		}
	}
}

// readRoots takes the workspace's folders, else the one root of older clients.
func readRoots(p node) []string {
	if folders, ok := p.at("workspaceFolders").value.([]any); ok {
		var roots []string
		for _, f := range folders {
			if u := (node{f}).at("uri").text(); u != "" {
				roots = append(roots, u)
			}
		}
		return roots
	}
	if u := p.at("rootUri").text(); u != "" {
		return []string{u}
	}
	if name := p.at("rootPath").text(); name != "" {
		return []string{uriOf(strings.Clone(name))}
	}
	return nil
}

// node is a place in a JSON value of unknown shape. Every look at it is total.
type node struct{ value any }

// at goes down by keys; where a key is missing, the node is nothing.
func (n node) at(keys ...string) node {
	for _, key := range keys {
		object, _ := n.value.(map[string]any)
		n = node{object[key]}
	}
	return n
}

func (n node) is(want bool) bool {
	b, ok := n.value.(bool)
	return ok && b == want
}

func (n node) object() bool {
	_, ok := n.value.(map[string]any)
	return ok
}

func (n node) text() string {
	s, _ := n.value.(string)
	return s
}

func (n node) integer() int64 {
	f, _ := n.value.(float64)
	return int64(f)
}

func (n node) list() []node {
	values, _ := n.value.([]any)
	nodes := make([]node, len(values))
	for i, v := range values {
		nodes[i] = node{v}
	}
	return nodes
}

func (n node) has(want string) bool {
	return slices.ContainsFunc(n.list(), func(e node) bool { return e.text() == want })
}
