package dockerfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Title is the instruction on one line of at most so many bytes, for a list of them: `EXPOSE 8080`, `FROM python:3.9-slim AS build`.
func (in *Instruction) Title(most int) string {
	words := []string{in.Name}
	for _, w := range slices.Concat(in.Flags, in.Args) {
		words = append(words, w.Text)
	}
	return text.Clip(strings.Join(words, " "), most)
}

// Whole is the span of an instruction with its here-documents, without the line end behind it.
func (f *File) Whole(in *Instruction) text.Span {
	end := max(in.Span.Start, min(in.End, len(f.Source.Text)))
	end = in.Span.Start + len(strings.TrimRight(f.Source.Slice(text.Span{Start: in.Span.Start, End: end}), " \t\r\n"))
	if len(in.Heredocs) == 0 {
		end = in.Span.End
	}
	return text.Span{Start: in.Span.Start, End: max(in.Span.End, end)}
}

// Span runs from FROM to the end of the stage's last instruction.
func (f *File) Span(s *Stage) text.Span {
	span := f.Whole(s.From)
	if n := len(s.Instructions); n > 0 {
		span.End = max(span.End, f.Whole(s.Instructions[n-1]).End)
	}
	return span
}

// Fold is a run of lines that an editor can show as one.
type Fold struct {
	First, Last int // zero-based lines
	Comment     bool
}

// Folds are the stages, the instructions of several lines, their here-documents, and the blocks of comments, by their first line; the
// longest where several begin on one line.
func (f *File) Folds() []Fold {
	var list []Fold
	add := func(first, last int, comment bool) {
		if first < last {
			list = append(list, Fold{first, last, comment})
		}
	}
	ours := map[int]bool{} // lines of here-documents: what looks like a comment there is none
	for _, s := range f.Stages {
		at := f.Span(s)
		add(f.Source.LineOf(at.Start), f.Source.LineOf(at.End), false)
	}
	for _, in := range f.Instructions {
		at := f.Whole(in)
		add(f.Source.LineOf(at.Start), f.Source.LineOf(at.End), false)
		for _, body := range f.heredocs(in) {
			add(body.First, body.Last, false)
			for line := body.First + 1; line <= body.Last; line++ {
				ours[line] = true
			}
		}
	}
	first := -1
	for line := range f.Source.LineCount() + 1 {
		comment := line < f.Source.LineCount() && !ours[line] && strings.HasPrefix(strings.TrimLeft(f.Source.Slice(f.Source.Line(line)), " \t"), "#")
		switch {
		case comment && first < 0:
			first = line
		case !comment && first >= 0:
			add(first, line-1, true)
			first = -1
		}
	}
	slices.SortStableFunc(list, func(a, b Fold) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(b.Last, a.Last)) })
	return slices.CompactFunc(list, func(a, b Fold) bool { return a.First == b.First })
}

// heredocs are an instruction's here-documents: from the line before the body to the line of the closing word.
func (f *File) heredocs(in *Instruction) []Fold {
	var list []Fold
	line, last := f.Source.LineOf(in.Span.End), f.Source.LineOf(f.Whole(in).End)
	for _, h := range in.Heredocs {
		first := line
		for line++; line < last; line++ {
			content := f.Source.Slice(f.Source.Line(line))
			if h.Chomp {
				content = strings.TrimLeft(content, "\t")
			}
			if content == h.Name {
				break
			}
		}
		if line > last {
			break
		}
		list = append(list, Fold{First: first, Last: line})
	}
	return list
}

// Around are the spans of what stands around a byte offset, the innermost first, each within the next: the word, the argument, all
// arguments, the instruction, the stage, the whole text. In a comment or a here-document it is the line first.
func (f *File) Around(off int) []text.Span {
	spans := []text.Span{{End: len(f.Source.Text)}}
	for _, s := range f.Stages {
		spans = append(spans, f.Span(s))
	}
	line := f.Source.Line(f.Source.LineOf(off))
	spans = append(spans, f.wordAt(off))
	onWord := false
	for _, in := range f.Instructions {
		whole := f.Whole(in)
		if !whole.Contains(off) {
			continue
		}
		spans = append(spans, whole, in.Span, in.Keyword)
		if n := len(in.Args); n > 0 {
			spans = append(spans, text.Span{Start: in.Args[0].Span.Start, End: in.Args[n-1].Span.End})
		}
		onWord = onWord || in.Keyword.Contains(off)
		for _, w := range slices.Concat(in.Flags, in.Args) {
			if w.Span.Contains(off) {
				onWord = true
				spans = append(spans, w.Span, f.valueIn(w), f.unquoted(w))
			}
		}
	}
	if !onWord {
		spans = append(spans, f.trimmed(line))
	}
	return text.Nested(spans, off)
}

// valueIn is what stands behind the = of a word.
func (f *File) valueIn(w Word) text.Span {
	if at := strings.IndexByte(f.Source.Slice(w.Span), '='); at >= 0 {
		return text.Span{Start: w.Span.Start + at + 1, End: w.Span.End}
	}
	return w.Span
}

// unquoted is a word without the quotes around it.
func (f *File) unquoted(w Word) text.Span {
	if s := f.Source.Slice(w.Span); len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return text.Span{Start: w.Span.Start + 1, End: w.Span.End - 1}
	}
	return w.Span
}

// wordAt is the run of letters, digits and underscores around an offset.
func (f *File) wordAt(off int) text.Span {
	s := f.Source.Text
	off = max(0, min(off, len(s)))
	at := text.Span{Start: off, End: off}
	for at.Start > 0 && isWordByte(s[at.Start-1]) {
		at.Start--
	}
	for at.End < len(s) && isWordByte(s[at.End]) {
		at.End++
	}
	return at
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
