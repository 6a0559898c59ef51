package schema

import (
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// The bounds of formatting: a text beyond them is left as it is. Deeper or larger ones are no config.json that a person reads.
const (
	maxFormatSize  = 32 << 10 // bytes
	maxFormatDepth = 100
	maxUnit        = 8 // blanks of one step of indentation
)

// FormatOptions are an editor's wishes for what the file itself does not show.
type FormatOptions struct {
	TabSize            int  // blanks of one step of indentation; 0 counts as 2
	InsertSpaces       bool // else a step is a tab
	InsertFinalNewline bool // end the file with a line end
	TrimFinalNewlines  bool // and with no more than one
}

// Sound reports whether the text is strict JSON. A byte order mark before it does not count.
func (d *Document) Sound() bool {
	for _, p := range d.Problems {
		if p.Span != text.BOMSpan {
			return false
		}
	}
	return d.Root.Kind != Missing
}

// Format gives the edits that indent the text: each member and each item on its own line, a blank behind each colon. The edits touch
// white space between tokens and nothing else; they are as small as they can be, in order, and none where the text is not strict JSON.
// The file keeps its unit of indentation where it shows one, its line ends, its byte order mark, one blank line between members, and
// the line ends at its end unless the options say otherwise.
func (d *Document) Format(o FormatOptions) []text.Edit {
	if !d.Sound() || len(d.File.Text) > maxFormatSize {
		return nil
	}
	f := formatter{src: d.File.Text, unit: d.unit(o), newline: d.File.Newline(), options: o}
	return f.run()
}

// FormatLines gives those of Format's edits that lie in the lines of one of the spans.
func (d *Document) FormatLines(o FormatOptions, within ...text.Span) []text.Edit {
	var list []text.Edit
	for _, e := range d.Format(o) {
		if slices.ContainsFunc(within, func(s text.Span) bool {
			return d.File.Line(d.File.LineOf(s.Start)).Start <= e.Span.Start && e.Span.End <= d.File.Line(d.File.LineOf(s.End)).End
		}) {
			list = append(list, e)
		}
	}
	return list
}

// unit is one step of indentation: the white space of the first indented line, where it is of one kind and not too wide.
func (d *Document) unit(o FormatOptions) string {
	for line := 1; line < d.File.LineCount(); line++ {
		content := d.File.Slice(d.File.Line(line))
		rest := strings.TrimLeft(content, " \t")
		shown := content[:len(content)-len(rest)]
		if rest == "" || shown == "" {
			continue
		}
		if len(shown) <= maxUnit && strings.Trim(shown, shown[:1]) == "" {
			return shown
		}
		break
	}
	switch {
	case !o.InsertSpaces && o.TabSize > 0:
		return "\t"
	case o.TabSize <= 0:
		return "  "
	default:
		return strings.Repeat(" ", min(o.TabSize, maxUnit))
	}
}

// formatter walks over the tokens of strict JSON.
type formatter struct {
	src     string
	unit    string
	newline string
	options FormatOptions
	edits   []text.Edit
}

func (f *formatter) run() []text.Edit {
	depth, last, before := 0, 0, byte(0) // before is the first byte of the token before
	for at := skipSpace(f.src, 0); at < len(f.src); at = skipSpace(f.src, last) {
		gap := text.Span{Start: last, End: at}
		c := f.src[at]
		closes := c == '}' || c == ']'
		if closes {
			depth--
		}
		switch {
		case before == 0 || c == ',' || c == ':' || closes && (before == '{' || before == '['):
			f.want(gap, "")
		case before == ':':
			f.want(gap, " ")
		default:
			f.want(gap, f.lineBreak(gap, before == ',')+strings.Repeat(f.unit, depth))
		}
		if c == '{' || c == '[' {
			depth++
		}
		if depth > maxFormatDepth {
			return nil
		}
		last, before = tokenEnd(f.src, at), c
	}
	f.tail(text.Span{Start: last, End: len(f.src)})
	return f.edits
}

func skipSpace(s string, at int) int {
	for at < len(s) && isSpace(s[at]) {
		at++
	}
	return at
}

// tokenEnd is the end of a token of strict JSON.
func tokenEnd(s string, at int) int {
	if strings.IndexByte("{}[],:", s[at]) >= 0 {
		return at + 1
	}
	if s[at] != '"' {
		for at < len(s) && !isSpace(s[at]) && strings.IndexByte("{}[],:", s[at]) < 0 {
			at++
		}
		return at
	}
	for at++; at < len(s) && s[at] != '"'; at++ {
		if s[at] == '\\' {
			at++
		}
	}
	return min(at+1, len(s))
}

// lineBreak is the line end for a gap: its own where it has one, twice where a blank line may stay and there is one.
func (f *formatter) lineBreak(gap text.Span, mayStandApart bool) string {
	nl, n := f.breaks(gap)
	if mayStandApart && n > 1 {
		return nl + nl
	}
	return nl
}

// breaks gives the first line end of a gap, else the file's, and how many there are.
func (f *formatter) breaks(gap text.Span) (newline string, n int) {
	within := text.New("", f.src[gap.Start:gap.End])
	if n = within.LineCount() - 1; n == 0 {
		return f.newline, 0
	}
	return within.Newline(), n
}

// tail keeps the line ends behind the last token, as far as the options do not want others.
func (f *formatter) tail(gap text.Span) {
	nl, n := f.breaks(gap)
	if f.options.TrimFinalNewlines {
		n = min(n, 1)
	}
	if f.options.InsertFinalNewline {
		n = max(n, 1)
	}
	f.want(gap, strings.Repeat(nl, n))
}

// want replaces what differs between a gap and what should stand there. An edit never begins or ends within a line end, where an
// editor has no place.
func (f *formatter) want(gap text.Span, wanted string) {
	old := f.src[gap.Start:gap.End]
	if old == wanted {
		return
	}
	start := 0
	for start < min(len(old), len(wanted)) && old[start] == wanted[start] {
		start++
	}
	if splitsLineEnd(old, start) {
		start--
	}
	end, stop := len(old), len(wanted)
	for end > start && stop > start && old[end-1] == wanted[stop-1] {
		end, stop = end-1, stop-1
	}
	if splitsLineEnd(old, end) {
		end, stop = end+1, stop+1
	}
	f.edits = append(f.edits, text.Edit{Span: text.Span{Start: gap.Start + start, End: gap.Start + end}, New: wanted[start:stop]})
}

func splitsLineEnd(s string, at int) bool {
	return at > 0 && at < len(s) && s[at-1] == '\r' && s[at] == '\n'
}
