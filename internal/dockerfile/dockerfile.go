// Package dockerfile reads a Dockerfile with BuildKit's own parser and keeps what that parser throws away: the exact place of every
// word, and every fault, not only the first.
//
// BuildKit knows lines only and stops at the first error. [Read] therefore goes on behind each fault until nothing new is found, parses
// what is left without the faulty lines, hands the instructions to BuildKit's instruction parser one by one, and lays its own scan of the words over the result.
package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Word is one word of an instruction. Its span may run over a continued line, so that Text is not always the slice of its span.
type Word struct {
	Text string
	Span text.Span
	// Gone is a variable of a start command's word that ARG alone sets, so that it is gone when the container starts; else "".
	Gone string
}

// Instruction is one instruction with its places. A faulty one has them too.
type Instruction struct {
	Name    string    // in capitals: "COPY"
	Keyword text.Span // of the name
	Span    text.Span // from the name to the end of the last word, without heredoc bodies
	Flags   []Word    // --from=x
	Args    []Word    // split at white space; of the JSON form the strings, unquoted, with their quotes in the span
	JSON    bool      // the arguments are a JSON array
	Line    int       // one-based, of the name
	End     int       // byte offset just behind the instruction's last line, its line end included

	// Typed is BuildKit's own reading, such as *instructions.CopyCommand; nil where BuildKit refuses the instruction.
	Typed any
	// Heredocs are the here-documents that belong to the instruction.
	Heredocs []parser.Heredoc
}

// Problem is one fault, with its mend where there is a plain one.
type Problem struct {
	Span    text.Span
	Message string
	// Consequence is what a builder makes of it, as a sentence; "" where it refuses the file.
	Consequence string
	Fix         string // the title of Edit; "" where there is no mend
	Edit        text.Edit
	Unsure      bool // the mend needs a look
}

// File is a Dockerfile, read. Any text gives one.
type File struct {
	Source       *text.File
	Instructions []*Instruction
	Stages       []*Stage
	Problems     []Problem
	MoreProblems int  // faults that are not in Problems, which is bounded
	Escape       rune // the escape character, a backslash unless a directive says otherwise

	args        map[string]bool // the variables that an ARG before the first stage declares
	openHeredoc int             // where the first instruction stands whose here-document has no end; 0 where there is none

	text string // Source's text, with line ends that a builder knows; of the same length
}

// Final is the stage that becomes the image; nil where there is no stage at all.
func (f *File) Final() *Stage {
	if len(f.Stages) == 0 {
		return nil
	}
	return f.Stages[len(f.Stages)-1]
}

// Read reads any text.
func Read(source *text.File) *File {
	f := &File{Source: source, Escape: parser.DefaultEscapeToken, args: map[string]bool{}}
	f.parse()
	f.checkWords()
	f.checkArrays()
	f.checkNotes()
	f.findStages()
	if s := f.Final(); s != nil {
		s.run = s.atRun()
	}
	f.refusePorts()
	f.sortProblems()
	return f
}

func (f *File) problem(at text.Span, message string) {
	f.problemFix(at, message, "", text.Edit{})
}

func (f *File) problemFix(at text.Span, message, fix string, edit text.Edit) {
	f.add(Problem{Span: at, Message: message, Fix: fix, Edit: edit})
}

func (f *File) add(p Problem) {
	if len(f.Problems) == maxProblems {
		f.MoreProblems++
		return
	}
	f.Problems = append(f.Problems, p)
}

// lines are the text's lines as BuildKit splits them, at \n only, each as its span without the line end.
func lines(s string) []text.Span {
	var list []text.Span
	for start := 0; ; {
		n := strings.IndexByte(s[start:], '\n')
		end := start + n
		if n < 0 {
			end = len(s)
		}
		list = append(list, text.Span{Start: start, End: start + len(strings.TrimRight(s[start:end], "\r"))})
		if n < 0 {
			return list
		}
		start = end + 1
	}
}
