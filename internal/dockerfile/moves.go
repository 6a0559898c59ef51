package dockerfile

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Move says that a file or a folder gets another path; both are slash-separated and relative to the task folder.
type Move struct{ From, To string }

// moved is the path of what lies at or below From; not ok for anything else.
func (m Move) moved(name string) (string, bool) {
	rest, below := strings.CutPrefix(name, m.From)
	if !below || rest != "" && rest[0] != '/' {
		return "", false
	}
	return m.To + rest, true
}

// Moved are the edits that let the Dockerfile follow files that move: the sources of COPY and ADD, and the words of the start command
// that name a file whose place in the image changes with it. What is written with variables, and what cannot be written where it
// stands, is left as it is.
func (f *File) Moved(moves []Move) []text.Edit {
	var edits []text.Edit
	for _, s := range f.Stages {
		for _, c := range f.Sources(s) {
			if e, ok := f.movedSource(c, moves); ok {
				edits = append(edits, e)
			}
		}
	}
	return append(edits, f.movedStart(moves, edits)...)
}

// movedSource follows the move of the longest path that a source is, or lies below.
func (f *File) movedSource(c Copy, moves []Move) (text.Edit, bool) {
	name, tail := c.ContextPath(), ""
	if !c.Known || c.Path != c.Source.Text || name == "." {
		return text.Edit{}, false
	}
	if c.IsPattern() { // the folder before the first sign of a pattern can move
		at := strings.LastIndexByte(name[:strings.IndexAny(name, `*?[\`)], '/')
		if at < 0 {
			return text.Edit{}, false
		}
		name, tail = name[:at], name[at:]
	}
	best, found := Move{}, false
	for _, m := range moves {
		if _, ok := m.moved(name); ok && len(m.From) > len(best.From) {
			best, found = m, true
		}
	}
	to, _ := best.moved(name)
	if !found || to == name || strings.ContainsAny(to, `*?[]\$`) {
		return text.Edit{}, false
	}
	to += tail
	switch {
	case strings.HasPrefix(c.Path, "/"):
		to = "/" + to
	case strings.HasPrefix(c.Path, "./"):
		to = "./" + to
	}
	if strings.HasSuffix(c.Path, "/") {
		to += "/"
	}
	return f.rewritten(c.Instruction, c.Source, to)
}

// rewritten gives a word another text; it is not ok where the text cannot stand there.
func (f *File) rewritten(in *Instruction, w Word, to string) (text.Edit, bool) {
	if in.JSON {
		literal, err := json.Marshal(to)
		return text.Edit{Span: w.Span, New: string(literal)}, err == nil
	}
	if f.Source.Slice(w.Span) != w.Text || strings.ContainsAny(to, " \t\r\n\v\f\"'`#&;|<>()") || strings.ContainsRune(to, f.Escape) {
		return text.Edit{}, false
	}
	return text.Edit{Span: w.Span, New: to}, true
}

// movedStart follows the files that the start command names: it compares where they lie in the image before and after the moves.
func (f *File) movedStart(moves []Move, sources []text.Edit) []text.Edit {
	final := f.Final()
	if final == nil {
		return nil
	}
	content, err := f.Source.Apply(sources)
	if err != nil {
		return nil
	}
	after := Read(text.New(f.Source.Path, content))
	now, then := f.Image(final), after.Image(after.Final())
	var edits []text.Edit
	entrypoint, cmd := final.Start()
	for _, in := range []*Instruction{entrypoint, cmd} {
		if in == nil {
			continue
		}
		for _, w := range in.Args {
			to, ok := movedWord(w.Text, moves, now, then)
			if !ok || to == w.Text {
				continue
			}
			if e, ok := f.rewritten(in, w, to); ok {
				edits = append(edits, e)
			}
		}
	}
	return edits
}

// movedWord is how a word calls its file after the moves.
func movedWord(word string, moves []Move, now, then *Image) (string, bool) {
	for _, m := range moves {
		file, ok := now.fileOf(word, m.From)
		if !ok {
			continue
		}
		to, _ := m.moved(file)
		name, ok := then.PathOf(to)
		if !ok {
			return "", false
		}
		if path.IsAbs(word) {
			return name, !strings.HasPrefix(name, unknownDir)
		}
		short, ok := then.FromWorkdir(name)
		if strings.HasPrefix(word, "./") && !path.IsAbs(short) {
			short = "./" + short
		}
		return short, ok
	}
	return "", false
}

// fileOf is the file of the folder that a word means, where that is from itself or lies below it.
func (m *Image) fileOf(word, from string) (file string, ok bool) {
	if word == "" {
		return "", false
	}
	if name, copied := m.PathOf(from); copied && m.Means(word, name) {
		return from, true
	}
	inside, copied := m.PathOf(from + "/x")
	if !copied {
		return "", false
	}
	rest, below := strings.CutPrefix(m.absolute(word), strings.TrimSuffix(inside, "x"))
	return from + "/" + rest, below && rest != ""
}
