package schema

import (
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
	maxSize     = 2 << 20 // bytes
	maxDepth    = 10_000  // as deep as encoding/json goes
	maxProblems = 100
	maxFaults   = 1_000   // what follows the last of them is not read
	maxReread   = 8 << 20 // bytes that are read again behind quotes without an end, for each of which the rest of its line is read
	maxCurly    = 200     // bytes between a word processor's quotes
)

// reader reads strict JSON and recovers from every fault. It is one pass over the text; each production leaves pos behind what it
// took, and always takes something or leaves it to its caller, so that it ends.
type reader struct {
	file     *text.File
	src      string
	pos      int
	depth    int
	tooDeep  bool // the rest was not read: nothing can be said of it
	faults   int  // that were seen, reported or not
	reread   int  // bytes that were read more than once
	problems []Problem
	comments []text.Span
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
	if !text.IsText(r.src) {
		r.report(text.Span{}, "the file is not UTF-8 text")
		return &Value{Kind: Invalid}, r.problems
	}
	if len(r.src) > maxSize {
		r.report(text.Span{}, "the file is larger than %d MiB and is not read", maxSize>>20)
		return &Value{Kind: Invalid}, r.problems
	}
	r.space()
	if r.pos == len(r.src) {
		r.report(text.Span{}, "the file holds no JSON value")
		return &Value{}, r.problems
	}
	root := r.value()
	r.space()
	if r.pos < len(r.src) {
		r.remainder()
	}
	return root, r.problems
}

// remainder reports what stands behind the value. A bracket that is the last thing there can go.
func (r *reader) remainder() {
	at := r.tokenAt(r.pos)
	if c := r.peek(); (c == '}' || c == ']') && strings.TrimSpace(r.src[at.End:]) == "" {
		r.reportFix(at, "Remove the bracket", []text.Edit{{Span: r.withBlanksBefore(at)}}, "this %s closes nothing", text.Quote(string(c)))
		return
	}
	r.report(at, "the JSON value ends before this, and nothing may follow it")
}

func (r *reader) report(at text.Span, format string, args ...any) {
	r.reportFix(at, "", nil, format, args...)
}

func (r *reader) reportFix(at text.Span, fix string, edits []text.Edit, format string, args ...any) {
	if r.faults++; at.Start <= r.claimed || len(r.problems) >= maxProblems || r.tooDeep {
		return
	}
	r.claimed = at.Start
	r.problems = append(r.problems, Problem{Span: at, Message: fmt.Sprintf(format, args...), Fix: fix, Edits: edits})
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
		end := r.file.Line(r.file.LineOf(at)).End
		r.reread += end - at
		return text.Span{Start: at, End: end}
	default:
		return text.Span{Start: at, End: r.wordEnd(at)}
	}
}

// wordEnd is the end of the run of bytes that are neither white space nor a mark of JSON; it is at least one character. Words between
// a word processor's quotes are one.
func (r *reader) wordEnd(at int) int {
	if isCurly(r.src[at:]) {
		line := r.src[at:min(at+maxCurly, r.file.Line(r.file.LineOf(at)).End)]
		if n := strings.IndexAny(line[3:], "“”‘’"); n >= 0 {
			return at + 3 + n + 3
		}
	}
	end := at
	for end < len(r.src) && !isSpace(r.src[end]) && strings.IndexByte(`{}[],:;="'`, r.src[end]) < 0 &&
		(end == at || !r.atComment(end) && oddSpace(r.src[end:]) == 0) {
		end++
	}
	if end == at && end < len(r.src) {
		_, width := utf8.DecodeRuneInString(r.src[end:])
		end += width
	}
	return end
}

// isCurly reports whether s starts with a quote of a word processor: each is three bytes long.
func isCurly(s string) bool {
	return strings.HasPrefix(s, "“") || strings.HasPrefix(s, "”") || strings.HasPrefix(s, "„") || strings.HasPrefix(s, "‘") || strings.HasPrefix(s, "’")
}

// quoted is a bare word as a JSON string, without the quotes of other kinds around it.
func quoted(word string) string { return encode(strings.Trim(word, "“”„‘’`")) }

// atKey reports whether a key and its colon stand next, on one line.
func (r *reader) atKey() bool {
	at := r.tokenAt(r.pos)
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		if at.Len() < 2 || r.src[at.End-1] != c {
			return false
		}
	case c == '_' || c >= utf8.RuneSelf || c|0x20 >= 'a' && c|0x20 <= 'z':
	default:
		return false
	}
	return strings.HasPrefix(strings.TrimLeft(r.src[at.End:], " \t"), ":")
}

// isBeyond reports whether there were too many faults, or too much was read more than once, and then gives the rest up.
func (r *reader) isBeyond() bool {
	if (r.faults > maxFaults || r.reread > maxReread) && !r.tooDeep {
		r.problems = append(r.problems[:min(len(r.problems), maxProblems-1)], Problem{Span: r.tokenAt(r.pos), Message: "there are too many faults above, and what follows is not read"})
		r.pos, r.tooDeep = len(r.src), true
	}
	return r.tooDeep
}

// value reads a value where one is expected. It takes nothing where a bracket, comma or colon stands.
func (r *reader) value() *Value {
	start := r.pos
	switch c := r.peek(); c {
	case '{', '[':
		if r.depth >= maxDepth {
			r.report(text.Span{Start: start, End: start + 1}, "the values are nested more than %d deep", maxDepth)
			r.pos, r.tooDeep = len(r.src), true
			return &Value{Span: text.Span{Start: start, End: start}}
		}
		r.depth++
		defer func() { r.depth-- }()
		if c == '{' {
			return r.object()
		}
		return r.array()
	case '"', '\'':
		s := r.string(false)
		v := &Value{Kind: String, Span: text.Span{Start: start, End: r.pos}, Text: s}
		if v.Span.Len() < 2 || r.src[r.pos-1] != c {
			v.Kind = Invalid // not closed: where it ends is a guess
		}
		return v
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
			r.report(at, "%s is not a JSON number", text.Quote(word))
			return &Value{Kind: Invalid, Span: at}
		}
		return &Value{Kind: Number, Span: at, Text: word}
	}
	literal, exact := nearestLiteral(word)
	switch lower := strings.ToLower(word); {
	case literal != "":
		r.reportFix(at, "Change to "+literal, []text.Edit{{Span: at, New: literal}}, "%s is not a JSON value: it is written %s", text.Quote(word), literal)
		if !exact {
			return &Value{Kind: Invalid, Span: at}
		}
		return &Value{Kind: map[string]Kind{"true": True, "false": False, "null": Null}[literal], Span: at}
	case lower == "none" || lower == "undefined" || lower == "nan" || lower == "infinity":
		r.report(at, "%s is not a JSON value", text.Quote(word))
		return &Value{Kind: Invalid, Span: at}
	case !utf8.ValidString(word):
		r.report(at, "these bytes are not UTF-8")
		return &Value{Kind: Invalid, Span: at}
	default:
		r.reportFix(at, "Put it in double quotes", []text.Edit{{Span: at, New: quoted(word)}},
			"%s is not a JSON value: a string needs double quotes", text.Quote(word))
		return &Value{Kind: Invalid, Span: at}
	}
}

// nearestLiteral is true, false or null, where a word is one of them in other letters, or nearly one; "" where it is not.
func nearestLiteral(word string) (literal string, exact bool) {
	lower := strings.ToLower(word)
	for _, l := range []string{"true", "false", "null"} {
		if lower == l {
			return l, true
		}
		if len(word) > 1 && len(word) <= len(l)+1 && (strings.HasPrefix(l, lower) || text.Distance(lower, l) == 1) {
			return l, false
		}
	}
	return "", false
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
