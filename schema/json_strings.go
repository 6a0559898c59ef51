package schema

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// string reads a string in double or single quotes. One that is not closed ends with its line, and gives back the marks that most
// likely do not belong to it.
func (r *reader) string(isKey bool) string {
	start, mark := r.pos, r.src[r.pos]
	for r.pos++; r.pos < len(r.src); {
		switch c := r.src[r.pos]; {
		case c == mark:
			r.pos++
			return r.closed(text.Span{Start: start, End: r.pos})
		case c == '\n' || c == '\r':
			return r.unclosed(start, isKey)
		case c == '\\':
			r.escape()
		case c < 0x20:
			r.report(text.Span{Start: r.pos, End: r.pos + 1}, `a control character must be written \u%04x in a string`, c)
			r.pos++
		case c < utf8.RuneSelf:
			r.pos++
		default:
			char, width := utf8.DecodeRuneInString(r.src[r.pos:])
			if char == utf8.RuneError && width == 1 {
				r.report(text.Span{Start: r.pos, End: r.pos + 1}, "this byte is not UTF-8")
			}
			r.pos += width
		}
	}
	return r.unclosed(start, isKey)
}

func (r *reader) unclosed(start int, isKey bool) string {
	line := r.file.Line(r.file.LineOf(start))
	end := line.End
	r.reread += end - start
	if n := strings.IndexByte(r.src[start:end], ':'); isKey && n > 1 {
		end = start + n // what follows is the key's value
	}
	for end > start+1 && strings.IndexByte(" \t,}]:", r.src[end-1]) >= 0 {
		end--
	}
	r.pos = end
	at := text.Span{Start: start, End: end}
	r.claimed = min(r.claimed, start-1) // this fault explains the ones inside it
	r.problems = dropAfter(r.problems, start)
	edits := []text.Edit{{Span: text.Span{Start: end, End: end}, New: `"`}}
	if r.src[start] != '"' {
		edits = append(edits, text.Edit{Span: text.Span{Start: start, End: start + 1}, New: `"`})
	}
	r.reportFix(at, "Insert the closing quote", edits, "the string is not closed")
	r.claimed = max(r.claimed, end-1)
	return r.src[start+1 : end]
}

// dropAfter takes back the problems at or after an offset.
func dropAfter(problems []Problem, off int) []Problem {
	for len(problems) > 0 && problems[len(problems)-1].Span.Start >= off {
		problems = problems[:len(problems)-1]
	}
	return problems
}

func (r *reader) closed(at text.Span) string {
	raw := r.src[at.Start:at.End]
	inner := raw[1 : len(raw)-1]
	if raw[0] == '\'' {
		r.problems = dropAfter(r.problems, at.Start)
		r.claimed = min(r.claimed, at.Start-1)
		fixed := encode(strings.ReplaceAll(inner, `\'`, `'`))
		r.reportFix(at, "Change to double quotes", []text.Edit{{Span: at, New: fixed}}, "a string needs double quotes")
		r.claimed = max(r.claimed, at.End-1)
		return inner
	}
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil {
		return inner
	}
	return s
}

func (r *reader) escape() {
	start := r.pos
	if start+1 >= len(r.src) || r.src[start+1] == '\n' || r.src[start+1] == '\r' {
		r.pos++ // the string is not closed: that is the fault
		return
	}
	switch c := r.src[start+1]; {
	case strings.IndexByte(`"\/bfnrt`, c) >= 0:
		r.pos += 2
	case c == 'u':
		end := start + 2
		for end < len(r.src) && end < start+6 && isHex(r.src[end]) {
			end++
		}
		if end < start+6 {
			r.report(text.Span{Start: start, End: end}, `\u needs four hexadecimal digits`)
		}
		r.pos = end
	default:
		_, width := utf8.DecodeRuneInString(r.src[start+1:])
		r.pos = start + 1 + width
		r.reportFix(text.Span{Start: start, End: r.pos}, "Write the backslash twice", []text.Edit{{Span: text.Span{Start: start, End: start}, New: `\`}},
			"%s is no escape sequence of JSON", text.Quote(r.src[start:r.pos]))
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// encode writes a string as JSON, without escaping what needs no escape.
func encode(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""` // unreachable: a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
