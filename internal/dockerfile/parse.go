package dockerfile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// The bounds of the reader: a text beyond them gets a problem that says so.
const (
	maxSize     = 256 << 10 // bytes
	maxLine     = 65535     // bytes without the line end; BuildKit's own
	maxProblems = 100
	maxFaults   = 1_000   // of syntax; what follows the last of them is not read
	maxReread   = 8 << 20 // bytes that are read again behind here-documents without an end, for each of which the whole rest is read
)

// parse fills Instructions, and Problems with the faults of syntax.
func (f *File) parse() {
	if len(f.Source.Text) > maxSize {
		f.problem(text.Span{}, fmt.Sprintf("the file is larger than %d KiB and is not read", maxSize>>10))
		return
	}
	if !text.IsText(f.Source.Text) {
		f.problem(text.Span{}, "the file is not UTF-8 text")
		return
	}
	f.loneReturns()
	spans := lines(f.text)
	f.dropLongLines(spans)
	source := make([]string, len(spans))
	for i, at := range spans {
		source[i] = f.text[at.Start:at.End]
	}
	result, err := parseSafely(strings.Join(source, "\n"))
	if err != nil {
		f.blankFaults(source, spans)
		result, err = parseSafely(strings.Join(source, "\n"))
	}
	if err != nil {
		if len(f.Problems) == 0 {
			f.problem(f.firstText(), cause(err))
		}
		return
	}
	f.Escape = result.EscapeToken
	f.addInstructions(result, spans)
}

// blankFaults reports the faults of syntax and empties their lines. BuildKit stops at the first: it is asked again from behind each.
func (f *File) blankFaults(source []string, spans []text.Span) {
	reread, whole, starts := 0, strings.Join(source, "\n"), make([]int, len(source))
	for i := 1; i < len(source); i++ {
		starts[i] = starts[i-1] + len(source[i-1]) + 1
	}
	for from, faults := 0, 0; from < len(source); faults++ {
		head := ""
		if from > 0 { // the blank line ends the directives, which stand at the top alone
			head = "# escape=" + string(f.Escape) + "\n\n"
		}
		_, err := parseSafely(head, whole[starts[from]:])
		if err == nil {
			return
		}
		if from == 0 {
			f.Escape = escapeOf(source)
		}
		above := from - strings.Count(head, "\n")
		first, last, ok := faultyLines(err, above, len(spans))
		if !ok || first < from || !blank(source[first:last]) {
			return
		}
		if strings.Contains(err.Error(), "unterminated heredoc") {
			if f.openHeredoc == 0 {
				f.openHeredoc = spans[first].Start
			}
			reread += len(f.text) - spans[first].Start
		}
		f.problem(f.trimmed(text.Span{Start: spans[first].Start, End: spans[last-1].End}), cause(err))
		if from = last; faults+1 == maxFaults || reread > maxReread {
			f.problem(spans[first], "there are too many faults above, and what follows is not read")
			blank(source[from:])
			return
		}
	}
}

// escapeOf is the escape character that the directives at the top of a text set.
func escapeOf(source []string) rune {
	top := slices.IndexFunc(source, func(line string) bool { return !strings.HasPrefix(strings.TrimSpace(line), "#") })
	if top < 0 {
		top = len(source)
	}
	result, err := parseSafely(strings.Join(source[:top], "\n"), "\nFROM a\n")
	if err != nil {
		return parser.DefaultEscapeToken
	}
	return result.EscapeToken
}

// loneReturns reports carriage returns without a newline, which a builder takes for a part of their line, and reads on as if they
// ended it. At the end of a line they do no harm.
func (f *File) loneReturns() {
	f.text = f.Source.Text
	if !strings.Contains(f.text, "\r") {
		return
	}
	if !strings.Contains(f.text, "\n") {
		f.text = strings.ReplaceAll(f.text, "\r", "\n")
		whole := text.Span{End: len(f.text)}
		f.problemFix(f.firstText(), "the lines end with a carriage return alone, which is no line end for a builder",
			"Change the line ends", text.Edit{Span: whole, New: f.text})
		return
	}
	mended, nl := []byte(f.text), "\n"
	if strings.Contains(f.text, "\r\n") {
		nl = "\r\n"
	}
	for _, line := range lines(f.text) {
		for i := line.Start; i < line.End; i++ {
			if mended[i] != '\r' {
				continue
			}
			mended[i] = '\n'
			at := text.Span{Start: i, End: i + 1}
			f.add(Problem{
				Span: at, Message: "a carriage return alone is no line end",
				Consequence: "A host's builder takes what follows for a part of this line, so that an instruction there is lost.",
				Fix:         "Change to a line end", Edit: text.Edit{Span: at, New: nl},
			})
		}
	}
	f.text = string(mended)
}

// parseSafely is BuildKit's parser, for a text in parts; a panic of it is an error like any other.
func parseSafely(parts ...string) (result *parser.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, fmt.Errorf("the Dockerfile cannot be read: %v", r)
		}
	}()
	readers := []io.Reader{strings.NewReader(text.BOM)} // it takes one mark off, and f.Source has done so already
	for _, part := range parts {
		readers = append(readers, strings.NewReader(part))
	}
	return parser.Parse(io.MultiReader(readers...))
}

// dropLongLines takes the lines that make BuildKit give up on the rest of the file for empty ones.
func (f *File) dropLongLines(spans []text.Span) {
	for i, at := range spans {
		end := len(f.text)
		if i+1 < len(spans) {
			end = spans[i+1].Start - 1
		}
		if end-at.Start > maxLine {
			f.problem(text.Span{Start: at.Start, End: at.Start + 20}, fmt.Sprintf("the line is longer than the %d bytes that a builder reads", maxLine))
			spans[i].End = at.Start
		}
	}
}

// blank empties lines, so that all others stay where they are. It is false where nothing was there.
func blank(lines []string) bool {
	changed := false
	for i := range lines {
		changed = changed || lines[i] != ""
		lines[i] = ""
	}
	return changed
}

// faultyLines are the lines that a parser's error names, from first to before last; above is how many lines of n stand before the ones
// that it was given. It is not ok where the error names none of them.
func faultyLines(err error, above, n int) (first, last int, ok bool) {
	var located *parser.LocationError
	if !errors.As(err, &located) || len(located.Locations) == 0 || len(located.Locations[0]) == 0 {
		return 0, 0, false
	}
	message, ranges := err.Error(), located.Locations[0]
	first, last = above+ranges[0].Start.Line-1, above+ranges[len(ranges)-1].End.Line
	if strings.Contains(message, "parser directive") || strings.Contains(message, "escape token") {
		first, last = first+1, last+1 // BuildKit counts the lines before a directive
	}
	if strings.Contains(message, "file with no instructions") || first < 0 || last > n || first >= last {
		return 0, 0, false
	}
	if strings.Contains(message, "unterminated heredoc") {
		last = first + 1 // what follows may well be instructions
	}
	return first, last, true
}

// firstText is the first line with anything on it, for a fault of the whole file.
func (f *File) firstText() text.Span {
	for line := range f.Source.LineCount() {
		if s := f.trimmed(f.Source.Line(line)); s.Len() > 0 {
			return s
		}
	}
	return text.Span{}
}

// trimmed takes white space off both ends of a span.
func (f *File) trimmed(s text.Span) text.Span {
	content := f.Source.Slice(s)
	left := len(content) - len(strings.TrimLeft(content, " \t\r\n"))
	return text.Span{Start: s.Start + left, End: s.Start + max(left, len(strings.TrimRight(content, " \t\r\n")))}
}

// cause is the innermost sentence of a builder's error.
func cause(err error) string {
	message := err.Error()
	var located *parser.LocationError
	if errors.As(err, &located) {
		message = located.Unwrap().Error()
	}
	if plain := map[string]string{
		"file with no instructions": "there is no instruction in the file",
		"unterminated heredoc":      "the here-document has no end",
	}[message]; plain != "" {
		return plain
	}
	message, _, _ = strings.Cut(message, " (did you mean")
	return text.Clip(strings.TrimRight(message, ". "), 200)
}

// addInstructions lays the words over the parser's nodes and lets the instruction parser judge each node by itself.
func (f *File) addInstructions(result *parser.Result, spans []text.Span) {
	refused := 0
	for _, node := range result.AST.Children {
		in := f.scan(node, spans)
		if _, known := command.Commands[strings.ToLower(node.Value)]; !known { // the parser takes long to say so
			f.unknownInstruction(in)
			refused++
		} else if typed, err := instructionSafely(node); err != nil {
			f.refused(in, err)
			refused++
		} else {
			in.Typed = typed
		}
		if f.Instructions = append(f.Instructions, in); refused == maxFaults {
			f.problem(in.Keyword, "there are too many faults above, and what follows is not read")
			return
		}
	}
}

func instructionSafely(node *parser.Node) (typed any, err error) {
	defer func() {
		if r := recover(); r != nil {
			typed, err = nil, fmt.Errorf("the instruction cannot be read: %v", r)
		}
	}()
	return instructions.ParseInstruction(node)
}

// refused reports what the instruction parser has against an instruction, on the word that it is about.
func (f *File) refused(in *Instruction, err error) {
	message := cause(err)
	at := in.Keyword
	for _, flag := range in.Flags {
		name, _, _ := strings.Cut(flag.Text, "=")
		garbled := asLatin1(name)
		if strings.Contains(message, strings.TrimLeft(garbled, "-")) {
			at = flag.Span
			message = strings.Replace(message, garbled, text.Plain(name), 1)
		}
	}
	f.problem(at, message)
}

// asLatin1 is what BuildKit makes of a flag, which it reads byte by byte.
func asLatin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func (f *File) unknownInstruction(in *Instruction) {
	switch {
	case in.Name == "":
		f.problem(in.Keyword, "the line goes on, and nothing follows")
		return
	case f.openHeredoc > 0 && in.Span.Start > f.openHeredoc:
		return // most likely a line of the here-document that has no end
	case len(f.Problems) == maxProblems: // it is only counted
		f.MoreProblems++
		return
	}
	typed := f.Source.Slice(in.Keyword)
	message := text.Quote(typed) + " is not an instruction of a Dockerfile"
	nearest := NearestInstruction(in.Name)
	if nearest == "" {
		f.problem(in.Keyword, message)
		return
	}
	if typed == strings.ToLower(typed) {
		nearest = strings.ToLower(nearest)
	}
	f.problemFix(in.Keyword, message, "Change to "+nearest, text.Edit{Span: in.Keyword, New: nearest})
}

// NearestInstruction is the instruction that a misspelt name most likely means; "" where none is near.
func NearestInstruction(name string) string {
	best, distance := "", 3
	if len(name) <= 4 {
		distance = 2
	}
	name = strings.ToUpper(name)
	for _, c := range commandNames() {
		if d := len(name) - len(c); d >= distance || -d >= distance {
			continue
		}
		if d := text.Distance(name, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// commandNames are the names of all instructions, in capitals, sorted.
var commandNames = sync.OnceValue(func() []string {
	names := make([]string, 0, len(command.Commands))
	for name := range command.Commands {
		names = append(names, strings.ToUpper(name))
	}
	slices.Sort(names)
	return names
})

func (f *File) sortProblems() {
	slices.SortStableFunc(f.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
}
