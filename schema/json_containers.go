package schema

import (
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// object reads an object from its opening brace.
func (r *reader) object() *Value {
	v := &Value{Kind: Object, Span: text.Span{Start: r.pos, End: r.pos + 1}}
	r.pos++
	comma := -1 // where the last comma stands, while nothing followed it
	for {
		r.space()
		switch c := r.peek(); {
		case r.isBeyond() || r.pos == len(r.src) || c == ']' && r.depth > 1 && r.closesOuterArray():
			r.unclosedContainer(v, '}')
			return v
		case c == '}':
			r.trailingComma(comma)
			r.close(v)
			return v
		case c == ',':
			r.strayComma()
			continue
		case c == ']' || c == ':':
			r.report(r.tokenAt(r.pos), "%s does not belong here", text.Quote(string(c)))
			r.pos++
			continue
		}
		before := r.pos
		m, ok := r.member()
		if ok {
			v.Members = append(v.Members, m)
		}
		comma = r.separator('}')
		if r.pos == before {
			r.pos++ // unreachable: member takes at least a token
		}
	}
}

// closesOuterArray reports whether a ] in an object most likely ends the array around it: no } follows on the way.
func (r *reader) closesOuterArray() bool {
	for i := r.pos + 1; i < len(r.src); i++ {
		switch {
		case isSpace(r.src[i]):
		default:
			return r.src[i] != '}'
		}
	}
	return true
}

// member reads `"key": value`. It is not ok where there is no key to speak of; then it took one value instead.
func (r *reader) member() (Member, bool) {
	start := r.pos
	m := Member{Value: &Value{}}
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		m.Key = r.string(true)
	case c == '{' || c == '[':
		r.report(text.Span{Start: start, End: start + 1}, "a key in double quotes is missing before this value")
		r.value()
		return m, false
	default:
		m.Key = r.bareKey()
	}
	m.KeySpan = text.Span{Start: start, End: r.pos}
	colon := r.colon(m)
	behind := m.KeySpan.End
	if colon {
		behind = r.pos
	}
	r.space()
	if !colon || r.noValue() {
		r.reportValueless(m)
		m.Value = &Value{Span: text.Span{Start: behind, End: behind}}
		return m, true
	}
	m.Value = r.value()
	return m, true
}

// bareKey reads a key that lacks its quotes, or only the opening one.
func (r *reader) bareKey() string {
	start := r.pos
	r.pos = r.wordEnd(start)
	at := text.Span{Start: start, End: r.pos}
	key := r.src[start:r.pos]
	if c := r.peek(); (c == '"' || c == '\'') && strings.HasPrefix(strings.TrimLeft(r.src[r.pos+1:], " \t"), ":") {
		r.pos++
		at.End++
		r.reportFix(at, "Insert the opening quote", []text.Edit{{Span: at, New: encode(key)}}, "the key %s lacks its opening quote", text.Quote(key))
		return key
	}
	r.reportFix(at, "Put the key in double quotes", []text.Edit{{Span: at, New: quoted(key)}}, "the key %s needs double quotes", text.Quote(key))
	return strings.Trim(key, "“”„‘’`")
}

// noValue reports whether no value stands where one belongs: the object goes on or ends.
func (r *reader) noValue() bool {
	return r.pos == len(r.src) || strings.IndexByte(",}]", r.src[r.pos]) >= 0 || r.atKey()
}

// reportValueless reports a key without a value. A key with another fault is left to that one.
func (r *reader) reportValueless(m Member) {
	for i := len(r.problems) - 1; i >= 0 && r.problems[i].Span.Start >= m.KeySpan.Start; i-- {
		if r.problems[i].Span.Start == m.KeySpan.Start {
			return
		}
	}
	if len(r.problems) < maxProblems && !r.tooDeep {
		r.problems = append(r.problems, Problem{Span: m.KeySpan, Message: "the key " + text.Quote(m.Key) + " has no value"})
		r.claimed = max(r.claimed, m.KeySpan.Start)
	}
}

// colon takes the colon after a key. It is false where neither a colon nor a value follows.
func (r *reader) colon(m Member) bool {
	r.space()
	end := text.Span{Start: m.KeySpan.End, End: m.KeySpan.End}
	switch c := r.peek(); {
	case c == ':':
		r.pos++
		return true
	case c == '=':
		at := text.Span{Start: r.pos, End: r.pos + 1}
		r.pos++
		r.reportFix(at, "Change to :", []text.Edit{{Span: at, New: ":"}}, "a colon belongs between key and value")
		return true
	case r.noValue():
		return false
	default:
		at := r.tokenAt(r.pos)
		r.reportFix(at, "Insert the missing colon", []text.Edit{{Span: end, New: ":"}}, "a colon is missing before %s", r.quoteAt(at))
		return true
	}
}

// quoteAt shows a token in a message.
func (r *reader) quoteAt(at text.Span) string { return text.Quote(r.src[at.Start:at.End]) }

// separator takes what stands after a member or an item: a comma, whose place it gives, or nothing before the closing bracket.
func (r *reader) separator(closing byte) int {
	end := r.behindLastToken()
	r.space()
	switch c := r.peek(); {
	case c == ',':
		r.pos++
		return r.pos - 1
	case r.pos == len(r.src) || c == closing || c == '}' || c == ']':
	case c == ':':
		r.report(r.tokenAt(r.pos), "this colon does not belong here")
		r.pos++
	case c == ';':
		at := text.Span{Start: r.pos, End: r.pos + 1}
		r.pos++
		r.reportFix(at, "Change to a comma", []text.Edit{{Span: at, New: ","}}, "a comma belongs here")
	default:
		at := r.tokenAt(r.pos)
		r.reportFix(at, "Insert the missing comma", []text.Edit{{Span: text.Span{Start: end, End: end}, New: ","}}, "a comma is missing before %s", r.quoteAt(at))
	}
	return -1
}

// array reads an array from its opening bracket.
func (r *reader) array() *Value {
	v := &Value{Kind: Array, Span: text.Span{Start: r.pos, End: r.pos + 1}}
	r.pos++
	comma := -1
	for {
		r.space()
		switch c := r.peek(); {
		case r.isBeyond() || r.pos == len(r.src) || c == '}':
			r.unclosedContainer(v, ']')
			return v
		case c == ']':
			r.trailingComma(comma)
			r.close(v)
			return v
		case c == ',':
			r.strayComma()
			continue
		case c == ':':
			r.report(r.tokenAt(r.pos), "this colon does not belong here")
			r.pos++
			continue
		}
		v.Items = append(v.Items, r.value())
		comma = r.separator(']')
	}
}

func (r *reader) close(v *Value) {
	r.pos++
	v.Closed = true
	v.Span.End = r.pos
}

// unclosedContainer reports the opening bracket: it is the token that lacks its fellow. The end stays with whoever it belongs to.
func (r *reader) unclosedContainer(v *Value, closing byte) {
	v.Span.End = r.pos
	if len(r.problems) >= maxProblems || r.tooDeep {
		return
	}
	end := r.behindLastToken()
	// Reported out of order: the opening bracket stands before what was reported inside it.
	r.problems = append(r.problems, Problem{
		Span: text.Span{Start: v.Span.Start, End: v.Span.Start + 1}, Message: "this " + text.Quote(string(r.src[v.Span.Start])) + " is not closed",
		Fix: "Insert the missing " + string(closing), Edits: []text.Edit{{Span: text.Span{Start: end, End: end}, New: string(closing)}},
	})
}

func (r *reader) trailingComma(comma int) {
	if comma < 0 {
		return
	}
	at := text.Span{Start: comma, End: comma + 1}
	if r.claimed < comma {
		r.claimed = comma
	}
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{
			Span: at, Message: "a comma before the closing bracket is not allowed", Fix: "Remove the comma", Edits: []text.Edit{{Span: at}},
		})
	}
}

func (r *reader) strayComma() {
	at := text.Span{Start: r.pos, End: r.pos + 1}
	r.pos++
	r.reportFix(at, "Remove the comma", []text.Edit{{Span: at}}, "a value is missing before this comma")
}

// behindLastToken is where something goes that belongs behind what was read so far: before the white space and the comments.
func (r *reader) behindLastToken() int {
	end := r.pos
	for i := len(r.comments); end > 0; {
		switch {
		case i > 0 && r.comments[i-1].End == end:
			i--
			end = r.comments[i].Start
		case isSpace(r.src[end-1]):
			end--
		default:
			return end
		}
	}
	return end
}
