package diagnostics

import (
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Severity is how bad a finding is.
type Severity int

// The severities, worst first, as LSP numbers them.
const (
	Off         Severity = iota // not reported at all
	Error                       // the contract is broken, or a host refuses or fails the task
	Warning                     // it will surprise the author or some host
	Information                 // a fact that the author would want to know
	Hint                        // a silent offer: only the light bulb
)

func (s Severity) String() string {
	return [...]string{"off", "error", "warning", "information", "hint"}[s]
}

// Finding is one thing that a rule has to say of a folder.
type Finding struct {
	Code     string
	Severity Severity
	File     *text.File // never nil; its Path is relative to the folder, "." where the finding stands on the folder itself
	Span     text.Span
	Message  string // what is wrong, what a host does with it, what to do
	Related  []Related
	Fixes    []Fix
	Stale    bool // it comes from a run of the folder as it was before its last change
}

// Related is another place that matters to a finding.
type Related struct {
	File    *text.File
	Span    text.Span
	Message string
}

// Fix is one way to mend a finding, whole or not at all. It applies to the texts that the finding was made for.
type Fix struct {
	Title     string
	Preferred bool // the one that a person most likely wants
	// Safe says that the fix needs no look: what it writes is what the author wrote in other words, or the contract's default. Fix on
	// save makes the safe ones, and `meca-lsp fix --safe`. Invariant: a safe fix is Preferred, and only edits the finding's own file.
	Safe     bool
	Edits    []FileEdit
	Creates  []NewFile
	Renames  []Rename
	Replaces []NewFile // files that are there already, written anew whatever bytes they hold: not for what an edit can do
}

// FileEdit changes the text of one file of the folder.
type FileEdit struct {
	File  *text.File
	Edits []text.Edit
}

// NewFile is a file to create. It must not be there yet: no fix overwrites a file.
type NewFile struct {
	Path    string // slash-separated, relative to the folder
	Content string
}

// Rename moves a file of the folder to a name that must not be there yet.
type Rename struct{ From, To string }
