package editortest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// document is one that the editor has open.
type document struct {
	text       string
	version    int
	anyVersion bool // its versions began anew, or the test writes them itself
}

// Open opens a document with a text.
func (e *Editor) Open(path, content string) string {
	e.t.Helper()
	uri := URI(path)
	e.mu.Lock()
	_, known := e.state.Diagnostics[uri]
	e.documents[uri] = &document{text: content, version: 1, anyVersion: known || e.closed[uri]}
	e.mu.Unlock()
	e.Notify("textDocument/didOpen", map[string]any{
		"textDocument": map[string]any{"uri": uri, "languageId": "plaintext", "version": 1, "text": content},
	})
	e.pull(uri)
	return uri
}

// AnyVersion says that the test writes the versions of an open document itself: their order is not watched over.
func (e *Editor) AnyVersion(uri string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.documents[uri].anyVersion = true
}

// OpenFile opens a document with its text on the disk.
func (e *Editor) OpenFile(path string) string {
	e.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.Open(path, string(content))
}

// Change gives a document a new text, and gives its new version.
func (e *Editor) Change(uri, content string) int {
	e.t.Helper()
	version := e.edit(uri, content)
	e.Notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": version},
		"contentChanges": []any{map[string]any{"text": content}},
	})
	e.pull(uri)
	return version
}

// ChangeRange replaces a range, as a client does that sends changes although whole texts are asked for.
func (e *Editor) ChangeRange(uri string, r Range, content string) {
	e.t.Helper()
	f := text.NewOpen("", e.Text(uri), false)
	next, err := f.Apply([]text.Edit{{Span: e.span(f, r), New: content}})
	if err != nil {
		e.t.Fatal(err)
	}
	version := e.edit(uri, next)
	e.Notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": version},
		"contentChanges": []any{map[string]any{"range": r, "text": content}},
	})
	e.pull(uri)
}

func (e *Editor) edit(uri, content string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	doc := e.documents[uri]
	doc.text = content
	doc.version++
	return doc.version
}

// Close closes a document.
func (e *Editor) Close(uri string) {
	e.t.Helper()
	e.mu.Lock()
	delete(e.documents, uri)
	e.closed[uri] = true
	e.pulls.close(uri)
	e.mu.Unlock()
	e.Notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// Save tells that a document was saved.
func (e *Editor) Save(uri string) {
	e.t.Helper()
	e.Notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// Changed tells of changes on the disk: 1 created, 2 changed, 3 deleted.
func (e *Editor) Changed(kind int, paths ...string) {
	e.t.Helper()
	changes := []any{}
	for _, p := range paths {
		changes = append(changes, map[string]any{"uri": URI(p), "type": kind})
	}
	e.Notify("workspace/didChangeWatchedFiles", map[string]any{"changes": changes})
}

// Text is the text of an open document.
func (e *Editor) Text(uri string) string {
	e.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.documents[uri] == nil {
		e.t.Fatalf("%s is not open", uri)
	}
	return e.documents[uri].text
}

// Underlined is the text in a range of an open document.
func (e *Editor) Underlined(uri string, r Range) string {
	e.t.Helper()
	f := text.NewOpen("", e.Text(uri), false)
	return f.Slice(e.span(f, r))
}

// span reads a range in the encoding that the server chose.
func (e *Editor) span(f *text.File, r Range) text.Span {
	e.mu.Lock()
	enc := map[string]text.Encoding{"utf-8": text.UTF8, "utf-16": text.UTF16, "utf-32": text.UTF32}[e.encoding]
	e.mu.Unlock()
	at := func(p Position) int {
		if f.BOMInText() && p.Line == 0 && p.Character == 0 {
			return text.BOMSpan.Start
		}
		return f.Offset(text.Position{Line: p.Line, Column: p.Character}, enc)
	}
	return text.Span{Start: at(r.Start), End: at(r.End)}
}

// TextEdit is one edit of a document.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// WorkspaceEdit is an edit of many documents.
type WorkspaceEdit struct {
	Changes         map[string][]TextEdit `json:"changes"`
	DocumentChanges []DocumentChange      `json:"documentChanges"`
}

// DocumentChange is an edit of one document, or what Kind says.
type DocumentChange struct {
	Kind         string         `json:"kind"`
	URI          string         `json:"uri"`
	OldURI       string         `json:"oldUri"`
	NewURI       string         `json:"newUri"`
	Options      map[string]any `json:"options"`
	TextDocument struct {
		URI     string `json:"uri"`
		Version *int   `json:"version"`
	} `json:"textDocument"`
	Edits []TextEdit `json:"edits"`
}

// Apply does an edit as an editor does: on open documents, with a didChange each. Files it creates in memory only.
func (e *Editor) Apply(w WorkspaceEdit) {
	e.t.Helper()
	for uri, edits := range w.Changes {
		e.applyTo(uri, edits)
	}
	for _, c := range w.DocumentChanges {
		switch c.Kind {
		case "":
			e.checkVersion(c)
			e.applyTo(c.TextDocument.URI, c.Edits)
		case "create":
			e.mu.Lock()
			if e.documents[c.URI] != nil {
				e.t.Errorf("%s is created, and is there", c.URI)
			}
			e.documents[c.URI] = &document{version: 0}
			e.mu.Unlock()
		}
	}
}

func (e *Editor) checkVersion(c DocumentChange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	doc := e.documents[c.TextDocument.URI]
	if v := c.TextDocument.Version; v != nil && (doc == nil || doc.version != *v) {
		e.t.Errorf("an edit for version %d of %s", *v, c.TextDocument.URI)
	}
}

func (e *Editor) applyTo(uri string, edits []TextEdit) {
	e.t.Helper()
	f := text.NewOpen("", e.Text(uri), false)
	var list []text.Edit
	for _, one := range edits {
		list = append(list, text.Edit{Span: e.span(f, one.Range), New: one.NewText})
	}
	next, err := f.Apply(list)
	if err != nil {
		e.t.Errorf("edits of %s: %v", uri, err)
	}
	e.Change(uri, next)
}

// applyEdit answers workspace/applyEdit.
func (e *Editor) applyEdit(params json.RawMessage) any {
	var p struct {
		Edit WorkspaceEdit `json:"edit"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		e.t.Error(err)
		return map[string]any{"applied": false}
	}
	e.Apply(p.Edit)
	return map[string]any{"applied": true}
}

// Action is a code action, or a command.
type Action struct {
	Title       string          `json:"title"`
	Kind        string          `json:"kind"`
	IsPreferred bool            `json:"isPreferred"`
	Diagnostics []Diagnostic    `json:"diagnostics"`
	Edit        *WorkspaceEdit  `json:"edit"`
	Command     json.RawMessage `json:"command"`
	Arguments   []any           `json:"arguments"`
}

// Actions asks for the code actions of a range.
func (e *Editor) Actions(uri string, r Range, context map[string]any) []Action {
	e.t.Helper()
	if context == nil {
		context = map[string]any{"diagnostics": []any{}}
	}
	var list []Action
	e.Call("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": r, "context": context}, &list)
	return list
}

// Action is the one action of a range with this title.
func (e *Editor) Action(uri string, r Range, title string) Action {
	e.t.Helper()
	list := e.Actions(uri, r, nil)
	at := slices.IndexFunc(list, func(a Action) bool { return a.Title == title })
	if at < 0 {
		e.t.Fatalf("there is no action %q for %s, only %+v", title, filepath.Base(uri), list)
	}
	return list[at]
}

// Lens is a code lens.
type Lens struct {
	Range   Range `json:"range"`
	Command struct {
		Title     string `json:"title"`
		Command   string `json:"command"`
		Arguments []any  `json:"arguments"`
	} `json:"command"`
}

// Lenses asks for the code lenses of a document.
func (e *Editor) Lenses(uri string) []Lens {
	e.t.Helper()
	var list []Lens
	e.Call("textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": uri}}, &list)
	return list
}

// Titles are the titles of lenses.
func Titles(list []Lens) []string {
	titles := []string{}
	for _, l := range list {
		titles = append(titles, l.Command.Title)
	}
	return titles
}

// Execute runs a command of the server.
func (e *Editor) Execute(command string, args ...any) *Pending {
	e.t.Helper()
	if args == nil {
		args = []any{}
	}
	return e.Request("workspace/executeCommand", map[string]any{"command": command, "arguments": args})
}
