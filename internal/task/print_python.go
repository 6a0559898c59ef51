package task

import (
	"regexp"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var (
	pythonPrint   = regexp.MustCompile(`(?:^|[^\w.])print\(\s*[bBuUfF]?$`)
	pythonWrite   = regexp.MustCompile(`(?:^|[^\w.])sys\.(?:stdout|stdout\.buffer)\.write\(\s*[bBuUfF]?$`)
	pythonErrors  = regexp.MustCompile(`(?:^|[^\w.])sys\.(stderr)(?:\.buffer)?\.write\(\s*[bBuUfF]?$`)
	pythonLog     = regexp.MustCompile(`(?:^|[^\w.])(\w+)\.(?:debug|info|warning|warn|error|critical)\(\s*[uUfF]?$`)
	ownPython     = regexp.MustCompile(`\bdef\s+print\b|\bprint\s*=|import\s+print\b|sys\.std(?:out|err)\s*=|redirect_std|\bimport\s+\w+\s+as\s+sys\b`)
	pythonKeyword = regexp.MustCompile(`^(\w+)\s*=\s*(.*)$`)
	emptyString   = regexp.MustCompile(`^(?:"[^"\\\n{]*"|'[^'\\\n{]*')$`)
)

// pythonPrint reads a Python call.
func (m MarkPlace) pythonPrint() Print {
	before := m.before()
	if !strings.HasSuffix(strings.TrimRight(before, " \t\r\nbBuUfF"), "(") {
		return Print{}
	}
	if pythonPrint.MatchString(before) {
		return m.pythonCall()
	}
	if group := pythonErrors.FindStringSubmatchIndex(before); group != nil {
		p := Print{Lost: OnStderr, At: m.literal}
		if m.endsLine() {
			p.Title, p.Mend = "Change to stdout", m.replaced(before, group[2:4], "stdout")
		}
		return p
	}
	if pythonWrite.MatchString(before) {
		if !m.mayEndLine() && callEnds.MatchString(m.after()) {
			return m.withLineEnd()
		}
		return Print{}
	}
	if group := pythonLog.FindStringSubmatch(before); group != nil && m.isStandardLogger(group[1]) {
		return Print{Lost: OnStderr, At: m.literal}
	}
	return Print{}
}

// isStandardLogger reports whether a name is the logging module, or a logger of it, which writes to standard error unless it is told
// otherwise.
func (m MarkPlace) isStandardLogger(name string) bool {
	if name == "logging" {
		return regexp.MustCompile(`(?m)^\s*import\s+[\w, ]*\blogging\b`).MatchString(m.File.Text)
	}
	return regexp.MustCompile(`(?m)^\s*` + name + `\s*=\s*logging\.getLogger\(`).MatchString(m.File.Text)
}

// pythonCall reads the arguments behind the string of a print.
func (m MarkPlace) pythonCall() Print {
	list, ok := argumentsAfter(m.File.Text, m.literal.End)
	if !ok {
		return Print{}
	}
	var end, file *argument
	for i := range list {
		switch a := &list[i]; a.name {
		case "end":
			end = a
		case "file":
			file = a
		case "flush", "sep":
		default:
			return Print{}
		}
	}
	if file != nil {
		switch {
		case file.value == "sys.stderr", file.value == "stderr" && strings.Contains(m.File.Text, "from sys import stderr"):
			p := Print{Lost: OnStderr, At: file.span}
			if end == nil {
				p.Title, p.Mend = "Remove "+text.Clip(text.Plain(m.File.Slice(file.span)), 40), text.Edit{Span: file.whole}
			}
			return p
		case file.value != "sys.stdout":
			return Print{}
		}
	}
	if end == nil || m.mayEndLine() || !emptyString.MatchString(end.value) {
		return Print{}
	}
	return Print{Lost: NoLineEnd, At: end.span, Title: "Remove " + text.Clip(text.Plain(m.File.Slice(end.span)), 40), Mend: text.Edit{Span: end.whole}}
}

// argument is one named argument of a call.
type argument struct {
	name, value string
	span        text.Span
	whole       text.Span // with the comma before it
}

// maxArguments is how far the arguments of a call are read, in bytes.
const maxArguments = 500

// argumentsAfter reads the arguments behind a first one that ends at off, up to the call's closing bracket. It is not ok where the text
// there is anything else.
func argumentsAfter(s string, off int) (list []argument, ok bool) {
	end := min(len(s), off+maxArguments)
	tokens := commentsOf(".py")
	comma, start := -1, off
	add := func(to int) bool {
		part := strings.TrimSpace(s[start:to])
		if comma < 0 || part == "" {
			return part == "" // the first argument itself ends here; or a comma before the closing bracket
		}
		match := pythonKeyword.FindStringSubmatch(part)
		if match == nil {
			return false
		}
		at := start + strings.Index(s[start:to], part)
		span := text.Span{Start: at, End: at + len(part)}
		list = append(list, argument{name: match[1], value: match[2], span: span, whole: text.Span{Start: comma, End: span.End}})
		return true
	}
	for i, depth := off, 0; i < end; {
		t := tokens.next(s, i)
		if t.kind == comment {
			return nil, false
		}
		i = t.end
		if t.kind != plain {
			continue
		}
		switch b := s[t.start]; {
		case b == '(' || b == '[' || b == '{':
			depth++
		case depth > 0 && (b == ')' || b == ']' || b == '}'):
			depth--
		case b == ')':
			return list, add(t.start)
		case b == ',' && depth == 0:
			if !add(t.start) {
				return nil, false
			}
			comma, start = t.start, t.end
		}
	}
	return nil, false
}
