package dockerfile

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var (
	looksLikeArray = regexp.MustCompile(`^\[(?:["']|\s*[“”‘„]|\s+["'].*["']\s*,?\s*\]$)`)
	noteBehind     = regexp.MustCompile(`^(\[[^#]*\])[ \t]+(#.*)$`)
)

// checkArrays reports the start commands that are meant as a JSON array and are none: a builder hands them to a shell as they are.
func (f *File) checkArrays() {
	for _, in := range f.Instructions {
		if in.JSON || len(in.Args) == 0 || in.Name != "CMD" && in.Name != "ENTRYPOINT" {
			continue
		}
		at := text.Span{Start: in.Args[0].Span.Start, End: in.Span.End}
		written := f.Source.Slice(at)
		if !looksLikeArray.MatchString(written) {
			continue
		}
		p := Problem{
			Span: at, Message: "`" + in.Name + "` looks like a JSON array, and is none",
			Consequence: "A host's shell takes it for a command as it stands, finds none, and the container ends at once.",
		}
		if note := noteBehind.FindStringSubmatch(written); note != nil && isArray(note[1]) {
			line := f.Source.Line(f.Source.LineOf(in.Keyword.Start))
			p.Message = "a comment cannot stand behind an instruction: `" + in.Name + "` is no JSON array then"
			p.Fix = "Move the comment to a line of its own"
			head := f.Source.Slice(text.Span{Start: in.Keyword.Start, End: at.Start})
			p.Edit = text.Edit{
				Span: text.Span{Start: in.Keyword.Start, End: at.End},
				New:  note[2] + f.Source.Newline() + f.Source.Indent(line.Start) + head + note[1],
			}
			if strings.Contains(head, "\n") {
				p.Fix = ""
			}
		} else if mended := mendedArray(written); mended != "" {
			p.Fix, p.Edit = "Write it as a JSON array", text.Edit{Span: at, New: mended}
		}
		if p.Fix == "" {
			p.Consequence += " Write it with double quotes, commas and its closing bracket."
		}
		f.add(p)
	}
}

// mendedArray is an array with double quotes in place of single ones, and without a comma before its end; "" where that gives none.
func mendedArray(s string) string {
	s = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'").Replace(s)
	if !strings.Contains(s, `"`) {
		s = strings.ReplaceAll(s, "'", `"`)
	}
	if head, comma := strings.CutSuffix(strings.TrimRight(strings.TrimSuffix(s, "]"), " \t"), ","); comma && strings.HasSuffix(s, "]") {
		s = head + "]"
	}
	if strings.ContainsAny(s, "\\\n") || !isArray(s) {
		return ""
	}
	return s
}

func isArray(s string) bool {
	var list []string
	return json.Unmarshal([]byte(s), &list) == nil && len(list) > 0
}

// noteAt is the word of an instruction with which a comment begins behind its arguments; it is not there for most. A builder takes it,
// and what follows it, for arguments.
func (in *Instruction) noteAt() (first Word, there bool) {
	if in.JSON || in.Name != "COPY" && in.Name != "ADD" && in.Name != "FROM" {
		return Word{}, false
	}
	for i, w := range in.Args {
		if i > 0 && w.Text == "#" {
			return w, true
		}
	}
	return Word{}, false
}

// checkNotes reports the comments behind what else than ports.
func (f *File) checkNotes() {
	for _, in := range f.Instructions {
		if w, there := in.noteAt(); there {
			f.dropProblems(in.Span)
			at := text.Span{Start: w.Span.Start, End: in.Span.End}
			f.refuseNote(in, w, Word{Text: f.Source.Slice(at), Span: at}, "an argument")
		}
	}
}

// dropProblems takes back what was reported of an instruction that has a plainer fault.
func (f *File) dropProblems(of text.Span) {
	kept := f.Problems[:0]
	for _, p := range f.Problems {
		if p.Span.Start < of.Start || p.Span.Start > of.End {
			kept = append(kept, p)
		}
	}
	f.Problems = kept
}
