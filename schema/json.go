package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Kind is what a JSON value is.
type Kind uint8

// The kinds of values. Missing stands where the text has none.
const (
	Missing Kind = iota
	Object
	Array
	String
	Number
	True
	False
	Null
	Invalid // something stands there that is no JSON value
)

func (k Kind) String() string {
	return [...]string{"nothing", "an object", "an array", "a string", "a number", "true", "false", "null", "no value"}[k]
}

// Value is one JSON value with its place.
type Value struct {
	Kind    Kind
	Span    text.Span
	Text    string   // a string's characters, or a number's literal
	Members []Member // of an Object, in the text's order, duplicates included
	Items   []*Value // of an Array
	// Closed says that an Object or Array ends with its own bracket.
	Closed bool
}

// Member is one member of an object.
type Member struct {
	Key     string
	KeySpan text.Span // with its quotes
	Value   *Value    // never nil
}

// Member finds the member that counts: the last one with this very key. It is nil where there is none.
func (v *Value) Member(key string) *Member {
	if v == nil {
		return nil
	}
	for i := len(v.Members) - 1; i >= 0; i-- {
		if v.Members[i].Key == key {
			return &v.Members[i]
		}
	}
	return nil
}

// Problem is one fault of a text, with its mend where there is a plain one.
type Problem struct {
	Span    text.Span
	Message string // what is wrong: a clause without a period
	Fix     string // the title of Edits; "" where there is no mend
	Edits   []text.Edit
}

// The bounds of the reader: a text beyond them gets a problem that says so.
const (
	maxDepth    = 200
	maxProblems = 100
)

// reader reads strict JSON and recovers from every fault. It is one pass over the text; each production leaves pos behind what it
// took, and always takes something or leaves it to its caller, so that it ends.
type reader struct {
	file     *text.File
	src      string
	pos      int
	depth    int
	problems []Problem
	// claimed is the highest offset at which a problem was reported: one fault is reported once, by whoever sees it first.
	claimed int
}

// read gives the tree of any text. The root is Missing where there is no value at all.
func read(f *text.File) (*Value, []Problem) {
	r := &reader{file: f, src: f.Text, claimed: -1}
	if f.BOM {
		r.problems = append(r.problems, Problem{
			Span: text.BOMSpan, Message: "the file starts with a byte order mark",
			Fix: "Remove the byte order mark", Edits: []text.Edit{{Span: text.BOMSpan}},
		})
	}
	r.space()
	if r.pos == len(r.src) {
		r.report(text.Span{}, "the file holds no JSON value")
		return &Value{}, r.problems
	}
	root := r.value()
	r.space()
	if r.pos < len(r.src) {
		r.report(r.tokenAt(r.pos), "nothing may follow the value")
	}
	return root, r.problems
}

func (r *reader) report(at text.Span, format string, args ...any) {
	r.reportFix(at, "", nil, format, args...)
}

func (r *reader) reportFix(at text.Span, fix string, edits []text.Edit, format string, args ...any) {
	if at.Start <= r.claimed || len(r.problems) >= maxProblems {
		return
	}
	r.claimed = at.Start
	r.problems = append(r.problems, Problem{Span: at, Message: fmt.Sprintf(format, args...), Fix: fix, Edits: edits})
}

// space skips white space and, with a problem each, comments.
func (r *reader) space() {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; {
		case isSpace(c):
			r.pos++
		case r.atComment(r.pos):
			r.comment()
		default:
			return
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (r *reader) atComment(at int) bool {
	return r.src[at] == '#' || r.src[at] == '/' && at+1 < len(r.src) && (r.src[at+1] == '/' || r.src[at+1] == '*')
}

func (r *reader) comment() {
	start := r.pos
	if strings.HasPrefix(r.src[start:], "/*") {
		if n := strings.Index(r.src[start+2:], "*/"); n >= 0 {
			r.pos = start + 2 + n + 2
		} else {
			r.pos = len(r.src)
		}
	} else {
		r.pos = r.file.Line(r.file.LineOf(start)).End
	}
	at := text.Span{Start: start, End: r.pos}
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

// peek is the next byte, 0 at the end.
func (r *reader) peek() byte {
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

// tokenAt is the span of the token at an offset: a mark, a string up to its line's end, or a word.
func (r *reader) tokenAt(at int) text.Span {
	if at >= len(r.src) {
		return text.Span{Start: len(r.src), End: len(r.src)}
	}
	switch c := r.src[at]; {
	case strings.IndexByte("{}[],:", c) >= 0:
		return text.Span{Start: at, End: at + 1}
	case c == '"' || c == '\'':
		for end := at + 1; end < len(r.src) && r.src[end] != '\n' && r.src[end] != '\r'; end++ {
			if r.src[end] == c {
				return text.Span{Start: at, End: end + 1}
			}
			if r.src[end] == '\\' && end+1 < len(r.src) {
				end++
			}
		}
		return text.Span{Start: at, End: r.file.Line(r.file.LineOf(at)).End}
	default:
		return text.Span{Start: at, End: r.wordEnd(at)}
	}
}

// wordEnd is the end of the run of bytes that are neither white space nor a mark of JSON; it is at least one character.
func (r *reader) wordEnd(at int) int {
	end := at
	for end < len(r.src) && !isSpace(r.src[end]) && strings.IndexByte(`{}[],:"'`, r.src[end]) < 0 && (end == at || !r.atComment(end)) {
		end++
	}
	if end == at && end < len(r.src) {
		_, width := utf8.DecodeRuneInString(r.src[end:])
		end += width
	}
	return end
}

// value reads a value where one is expected. It takes nothing where a bracket, comma or colon stands.
func (r *reader) value() *Value {
	start := r.pos
	switch c := r.peek(); c {
	case '{', '[':
		if r.depth >= maxDepth {
			r.report(text.Span{Start: start, End: start + 1}, "the values are nested more than %d deep", maxDepth)
			r.pos = len(r.src)
			r.claimed = len(r.src)
			return &Value{Span: text.Span{Start: start, End: start}}
		}
		r.depth++
		defer func() { r.depth-- }()
		if c == '{' {
			return r.object()
		}
		return r.array()
	case '"', '\'':
		s := r.string()
		return &Value{Kind: String, Span: text.Span{Start: start, End: r.pos}, Text: s}
	case '}', ']', ',', ':', 0:
		if c != 0 || start == len(r.src) {
			r.report(r.tokenAt(start), "a value is missing here")
			return &Value{Span: text.Span{Start: start, End: start}}
		}
	}
	return r.word()
}

// word reads true, false, null, a number, or something that is none of them.
func (r *reader) word() *Value {
	start := r.pos
	r.pos = r.wordEnd(start)
	at := text.Span{Start: start, End: r.pos}
	word := r.src[start:r.pos]
	switch word {
	case "true":
		return &Value{Kind: True, Span: at}
	case "false":
		return &Value{Kind: False, Span: at}
	case "null":
		return &Value{Kind: Null, Span: at}
	}
	if c := word[0]; c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9' {
		if !isNumber(word) {
			r.report(at, "%s is not a JSON number", quote(word))
			return &Value{Kind: Invalid, Span: at}
		}
		return &Value{Kind: Number, Span: at, Text: word}
	}
	switch lower := strings.ToLower(word); {
	case lower == "true" || lower == "false" || lower == "null":
		r.reportFix(at, "Change to "+lower, []text.Edit{{Span: at, New: lower}}, "%s is not a JSON value: it is written %s", quote(word), lower)
		return &Value{Kind: map[string]Kind{"true": True, "false": False, "null": Null}[lower], Span: at}
	case lower == "none" || lower == "undefined" || lower == "nan" || lower == "infinity":
		r.report(at, "%s is not a JSON value", quote(word))
		return &Value{Kind: Invalid, Span: at}
	case !utf8.ValidString(word):
		r.report(at, "these bytes are not UTF-8")
		return &Value{Kind: Invalid, Span: at}
	default:
		r.reportFix(at, "Put it in double quotes", []text.Edit{{Span: at, New: encode(word)}},
			"%s is not a JSON value: a string needs double quotes", quote(word))
		return &Value{Kind: Invalid, Span: at}
	}
}

// isNumber follows the grammar of RFC 8259.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if s = rest; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// string reads a string in double or single quotes. One that is not closed ends with its line, and gives back the marks that most
// likely do not belong to it.
func (r *reader) string() string {
	start, mark := r.pos, r.src[r.pos]
	for r.pos++; r.pos < len(r.src); {
		switch c := r.src[r.pos]; {
		case c == mark:
			r.pos++
			return r.closed(text.Span{Start: start, End: r.pos})
		case c == '\n' || c == '\r':
			return r.unclosed(start)
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
	return r.unclosed(start)
}

func (r *reader) unclosed(start int) string {
	line := r.file.Line(r.file.LineOf(start))
	end := line.End
	for end > start+1 && strings.IndexByte(" \t,}]:", r.src[end-1]) >= 0 {
		end--
	}
	r.pos = end
	at := text.Span{Start: start, End: end}
	r.claimed = min(r.claimed, start-1) // this fault explains the ones inside it
	r.problems = dropAfter(r.problems, start)
	r.reportFix(at, "Insert the closing quote", []text.Edit{{Span: text.Span{Start: end, End: end}, New: string(r.src[start])}}, "the string is not closed")
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
			"%s is no escape sequence of JSON", quote(r.src[start:r.pos]))
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// quote shows a piece of the text in a message, cut to a readable length.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return "`" + text.Plain(s) + "`"
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
