package dockerfile

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// logical is an instruction's text as the builder sees it: continued lines joined, the comments between them gone. at gives the
// source's byte offset of each of its bytes.
type logical struct {
	text string
	at   []int
	end  int // byte offset of the end of its last line in the source, without the line end
}

// joinLines follows BuildKit's reading of continued lines from one line on.
func (f *File) joinLines(first int, spans []text.Span) logical {
	var l logical
	var b strings.Builder
	for i := first; i < len(spans); i++ {
		line := f.text[spans[i].Start:spans[i].End]
		trimmed := strings.TrimSpace(line)
		if i > first && (trimmed == "" || trimmed[0] == '#') {
			continue
		}
		start := spans[i].Start
		if i == first { // BuildKit takes the blanks off the first line alone
			line = strings.TrimLeftFunc(line, unicode.IsSpace)
			start = spans[i].End - len(line)
		}
		l.end = spans[i].End
		content, goesOn := f.cutEscape(line)
		for j := range len(content) {
			l.at = append(l.at, start+j)
		}
		b.WriteString(content)
		if !goesOn {
			break
		}
	}
	l.text = strings.TrimRightFunc(b.String(), unicode.IsSpace)
	return l
}

// cutEscape takes the escape character off a line that goes on. As for BuildKit, one behind another escape character does not count.
func (f *File) cutEscape(line string) (content string, goesOn bool) {
	trimmed := strings.TrimRight(line, " \t")
	rest, found := strings.CutSuffix(trimmed, string(f.Escape))
	if !found || strings.HasSuffix(rest, string(f.Escape)) {
		return line, false
	}
	return rest, true
}

// span gives the source's span of the logical bytes from start to end.
func (l logical) span(start, end int) text.Span {
	if start >= end {
		return text.Span{Start: l.end, End: l.end}
	}
	return text.Span{Start: l.at[start], End: l.at[end-1] + 1}
}

// scan finds the words of a node's instruction.
func (f *File) scan(node *parser.Node, spans []text.Span) *Instruction {
	l := f.joinLines(node.StartLine-1, spans)
	in := &Instruction{Line: node.StartLine, JSON: node.Attributes["json"], Heredocs: node.Heredocs}
	in.End = len(f.Source.Text)
	if node.EndLine < len(spans) {
		in.End = spans[node.EndLine].Start
	}
	in.Name = strings.ToUpper(node.Value)
	words := l.words(0)
	if len(words) == 0 { // nothing but escape characters
		in.Keyword = f.trimmed(spans[node.StartLine-1])
		in.Span = in.Keyword
		return in
	}
	in.Keyword = words[0].Span
	in.Span = text.Span{Start: in.Keyword.Start, End: words[len(words)-1].Span.End}
	rest := words[1:]
	for len(rest) > 0 && len(in.Flags) < len(node.Flags) && strings.HasPrefix(rest[0].Text, "--") {
		in.Flags = append(in.Flags, rest[0])
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0].Text == "--" { // it ends the flags
		rest = rest[1:]
	}
	in.Args = rest
	if in.JSON && len(rest) > 0 {
		in.Args = l.jsonStrings(rest[0].Span.Start)
	}
	return in
}

// words splits at white space.
func (l logical) words(from int) []Word {
	var list []Word
	for i := from; i < len(l.text); {
		if isBlank(l.text[i]) {
			i++
			continue
		}
		start := i
		for i < len(l.text) && !isBlank(l.text[i]) {
			i++
		}
		list = append(list, Word{Text: l.text[start:i], Span: l.span(start, i)})
	}
	return list
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// jsonStrings finds the strings of a JSON array that starts at a source offset.
func (l logical) jsonStrings(off int) []Word {
	var list []Word
	for i := 0; i < len(l.text); i++ {
		if l.at[i] < off || l.text[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(l.text) && l.text[end] != '"' {
			if l.text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(l.text))
		var s string
		if json.Unmarshal([]byte(l.text[i:end]), &s) == nil {
			list = append(list, Word{Text: s, Span: l.span(i, end)})
		}
		i = end - 1
	}
	return list
}
