package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// space skips white space and, with a problem each, comments and the blanks that JSON does not know.
func (r *reader) space() {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; {
		case isSpace(c):
			r.pos++
		case r.atComment(r.pos):
			r.comment()
		case oddSpace(r.src[r.pos:]) > 0:
			at := text.Span{Start: r.pos, End: r.pos}
			for n := 1; n > 0; at.End += n {
				n = oddSpace(r.src[at.End:])
			}
			r.pos = at.End
			r.reportFix(at, "Change to a blank", []text.Edit{{Span: at, New: " "}}, "this white space is not one of JSON's")
		default:
			return
		}
	}
}

// oddSpace is the length of the white space, or of the invisible character, that s starts with and that JSON does not know: such as the
// no-break spaces of web pages and word processors.
func oddSpace(s string) int {
	if s == "" || s[0] < utf8.RuneSelf && s[0] != '\v' && s[0] != '\f' {
		return 0
	}
	if r, width := utf8.DecodeRuneInString(s); unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff' {
		return width
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (r *reader) atComment(at int) bool {
	return r.src[at] == '#' || r.src[at] == '/' && at+1 < len(r.src) && (r.src[at+1] == '/' || r.src[at+1] == '*')
}

func (r *reader) comment() {
	start := r.pos
	if strings.HasPrefix(r.src[start:], "/*") {
		n := strings.Index(r.src[start+2:], "*/")
		if n < 0 {
			r.pos = len(r.src)
			r.comments = append(r.comments, text.Span{Start: start, End: r.pos})
			r.report(text.Span{Start: start, End: start + 2}, "JSON has no comments, and this one does not end")
			return
		}
		r.pos = start + 2 + n + 2
	} else {
		r.pos = r.file.Line(r.file.LineOf(start)).End
	}
	at := text.Span{Start: start, End: r.pos}
	r.comments = append(r.comments, at)
	r.reportFix(at, "Remove the comment", []text.Edit{{Span: r.withBlanksBefore(at)}}, "JSON has no comments")
}

// withBlanksBefore widens a span that is to go by the blanks before it, and by the whole line where nothing else stands on it.
func (r *reader) withBlanksBefore(at text.Span) text.Span {
	start := at.Start
	for start > 0 && (r.src[start-1] == ' ' || r.src[start-1] == '\t') {
		start--
	}
	if line := r.file.LineOf(at.Start); start == r.file.Line(line).Start && r.file.Line(r.file.LineOf(at.End)).End == at.End &&
		r.file.LineOf(at.End)+1 < r.file.LineCount() {
		return text.Span{Start: start, End: r.file.Line(r.file.LineOf(at.End) + 1).Start}
	}
	return text.Span{Start: start, End: at.End}
}
