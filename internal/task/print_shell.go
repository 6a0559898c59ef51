package task

import (
	"regexp"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var (
	shellEcho = regexp.MustCompile(`^\s*(echo(\s+-n)?|printf)\s+(["']?)` + Mark + `(["']?)(\s*1?>\s*(?:&2|/dev/stderr))?\s*;?\s*(?:#.*)?$`)
	// What a script may do behind the mark that prints nothing.
	shellQuiet = regexp.MustCompile(`^\s*(?:(?:wait|sleep|exit|fi|done|else|esac|true|:)\b.*|tail -f /dev/null|[{}]|#.*)?\s*$`)
)

// shellPrint reads a script's echo or printf that stands on a line of its own.
func (m MarkPlace) shellPrint() Print {
	line := m.File.Line(m.File.LineOf(m.Span.Start))
	content := strings.TrimRight(m.File.Slice(line), "\r")
	group := shellEcho.FindStringSubmatchIndex(content)
	if group == nil || content[group[6]:group[7]] != content[group[8]:group[9]] {
		return Print{}
	}
	at := func(n int) text.Span {
		return text.Span{Start: line.Start + group[2*n], End: line.Start + group[2*n+1]}
	}
	word := text.Span{Start: at(3).Start, End: at(4).End}
	noLine := content[group[2]:group[3]] != "echo"
	if group[10] >= 0 {
		p := Print{Lost: OnStderr, At: at(5)}
		p.At.Start += strings.Index(content[group[10]:], strings.TrimSpace(content[group[10]:group[11]]))
		if !noLine {
			p.Title, p.Mend = "Remove "+m.File.Slice(p.At), text.Edit{Span: at(5)}
		}
		return p
	}
	if !noLine || !m.scriptIsQuiet(line.End) {
		return Print{}
	}
	p := Print{Lost: NoLineEnd, At: word}
	if flag := at(2); group[4] >= 0 {
		p.At = text.Span{Start: flag.End - len("-n"), End: flag.End}
		p.Title, p.Mend = "Remove -n", text.Edit{Span: flag}
	} else {
		p.Title, p.Mend = `Add \n`, text.Edit{Span: word, New: "'" + Mark + `\n'`}
	}
	return p
}

// scriptIsQuiet reports whether the rest of a script prints nothing.
func (m MarkPlace) scriptIsQuiet(from int) bool {
	for line := range strings.Lines(m.File.Text[from:]) {
		if !shellQuiet.MatchString(strings.TrimRight(line, "\r\n")) {
			return false
		}
	}
	return true
}
