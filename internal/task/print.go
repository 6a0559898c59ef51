package task

import (
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Print is how a source prints the mark, as far as its text plainly tells. The zero value is a mark that a host may see.
type Print struct {
	Lost Loss
	At   text.Span // the argument at fault of a lost one
	// Held says that C holds it back: it goes to standard output with its line end, and nothing in this file flushes it.
	Held bool
	// Title and Mend are the one edit that mends a lost or held one; Title is "" where none surely does.
	Title string
	Mend  text.Edit
}

// Loss is why a host does not see what is printed (docs/hosts.md#start).
type Loss int

// The kinds of loss.
const (
	NotLost   Loss = iota
	NoLineEnd      // an engine logs a line when its end comes, and this one has none
	OnStderr       // a host reads standard output alone
)

// Print reads how the mark is printed. What is not plain counts as seen: a call that is not known, a second argument, a file that prints
// something else later, which may end the line.
func (m MarkPlace) Print() Print {
	if len(m.File.Text) > maxJudged {
		return Print{}
	}
	var p Print
	own := ownPrinter
	switch language := languageOf(m.File); {
	case language == ".sh" || language == ".bash":
		return m.shellPrint()
	case m.literal.Len() == 0:
		return Print{}
	case language == ".py" || language == ".pyw":
		p, own = m.pythonPrint(), ownPython
	default:
		p = m.callPrint(familyOf(language))
	}
	if p == (Print{}) || own.MatchString(m.File.Text) || p.Lost == NoLineEnd && m.talksLater() {
		return Print{}
	}
	return p
}

// maxJudged is how large a source may be for its calls to be read, in bytes. One that is larger is no app of a person's own.
const maxJudged = 64 << 10

// maxBefore is how far before its string a call may start, in bytes.
const maxBefore = 200

// before is the text before the string that holds the mark.
func (m MarkPlace) before() string {
	return m.File.Text[max(0, m.literal.Start-maxBefore):m.literal.Start]
}

// after is the text behind the string.
func (m MarkPlace) after() string { return m.File.Text[m.literal.End:] }

// tail is what the string holds behind the mark.
func (m MarkPlace) tail() string {
	return m.File.Text[m.Span.End:max(m.Span.End, m.literal.End-len(m.quote))]
}

// mayEndLine reports whether something behind the mark in its string may be a line end: an escape, a format, another line.
func (m MarkPlace) mayEndLine() bool { return strings.ContainsAny(m.tail(), "\\%{$\n\r") }

// endsLine reports whether a line end stands right behind the mark in its string.
func (m MarkPlace) endsLine() bool {
	return strings.HasPrefix(m.tail(), `\n`) || strings.HasPrefix(m.tail(), `\r\n`)
}

// withLineEnd is a mark without a line end, and its mend: the escape for one at the end of the string. A string of marks that know no
// escapes gets none.
func (m MarkPlace) withLineEnd() Print {
	p := Print{Lost: NoLineEnd, At: m.literal}
	closed := strings.HasSuffix(m.File.Slice(m.literal), m.quote) && m.literal.Len() > len(Mark)+2*len(m.quote)-1
	if closed && m.quote != "`" {
		at := m.literal.End - len(m.quote)
		p.Title, p.Mend = `Add \n`, text.Edit{Span: text.Span{Start: at, End: at}, New: `\n`}
	}
	return p
}

// replaced is an edit of what a group of a match in before stands for.
func (m MarkPlace) replaced(before string, group []int, with string) text.Edit {
	start := m.literal.Start - len(before)
	return text.Edit{Span: text.Span{Start: start + group[0], End: start + group[1]}, New: with}
}

// talksLater reports whether the file prints something else on standard output that may come behind the mark, or hands the output to
// others. Only what stands above the mark, in a block that is still open at the mark, surely comes before it.
func (m MarkPlace) talksLater() bool {
	language := languageOf(m.File)
	talk := talkOf(language)
	if talk.others.MatchString(m.File.Text) {
		return true
	}
	for _, at := range talk.calls.FindAllStringIndex(m.File.Text, -1) {
		switch {
		case at[0] >= m.Span.End:
			return true
		case at[1] <= m.literal.Start && m.literal.Start-at[1] < maxBefore && !strings.ContainsAny(m.File.Text[at[1]:m.literal.Start], ";)"):
			continue // the mark's own call
		case !blockStaysOpen(language, m.File.Text, at[0], m.Span.Start):
			return true
		}
	}
	return false
}

// blockStaysOpen reports whether the block in which one place stands is still open at a later one.
func blockStaysOpen(language, s string, from, to int) bool {
	if familyOf(language) != otherFamily {
		depth := 0
		for _, c := range []byte(s[from:to]) {
			switch c {
			case '{':
				depth++
			case '}':
				if depth--; depth < 0 {
					return false
				}
			}
		}
		return true
	}
	indent := indentAt(s, from)
	for line := range strings.Lines(s[from:to]) {
		if text := strings.TrimLeft(line, " \t"); from > 0 && s[from-1] == '\n' && strings.TrimSpace(text) != "" && len(line)-len(text) < indent {
			return false
		}
		from += len(line)
	}
	return indentAt(s, to) >= indent
}

// indentAt is the width of the indentation of a place's line.
func indentAt(s string, off int) int {
	line := s[strings.LastIndexByte(s[:off], '\n')+1:]
	return len(line) - len(strings.TrimLeft(line, " \t"))
}

// talk is what prints on standard output in a language, and what prints there unasked, or hands the output to another program.
type talk struct{ calls, others *regexp.Regexp }

var (
	pythonTalk = talk{
		regexp.MustCompile(`\bp?print\(|stdout\.write|stdout\.buffer|writelines\(|click\.echo|os\.write`),
		regexp.MustCompile(`app\.run\(|run_app\(|subprocess|os\.system|popen|(?i:\bflask\b|\bsanic\b|\brich\b|\bdjango\b)`),
	}
	nodeTalk = talk{
		regexp.MustCompile(`console\.(?:log|info|debug|table|dir)\b|stdout\.write|writeSync`),
		regexp.MustCompile(`stdio|\bspawn|\bexec|pino|winston|logger|morgan|\bpipe\(`),
	}
	goTalk = talk{
		regexp.MustCompile(`\bfmt\.Print|os\.Stdout\b(?:[^.]|\.Write)`),
		regexp.MustCompile(`os\.NewFile|exec\.Command|\bgin\.|\bfiber\.|\becho\.|\bzap\.|zerolog|logrus|bufio\.NewWriter`),
	}
	rustTalk = talk{
		regexp.MustCompile(`\bprint(?:ln)?!|stdout\(\)\S*\.write|\bwrite(?:ln)?!\(|\bdbg!`),
		regexp.MustCompile(`Command::new|rocket|tracing_subscriber|env_logger|\blog::`),
	}
	javaTalk = talk{
		regexp.MustCompile(`System\.out\.(?:print|format|append|write)|\bprint(?:ln)?\(`),
		regexp.MustCompile(`(?i:logger|\blog\.|spring|ktor|javalin|quarkus|micronaut)|ProcessBuilder`),
	}
	cTalk = talk{
		regexp.MustCompile(`\b(?:v?printf|puts|putchar|putc|fputc|fputs|fwrite|println|print)\s*\(|\bfprintf\s*\(\s*stdout|\bcout\b|\bwrite\s*\(\s*(?:1|STDOUT_FILENO)\b`),
		regexp.MustCompile(`\b(?:system|popen|dprintf|exec[lv]p?e?)\s*\(`),
	}
)

func talkOf(language string) talk {
	switch familyOf(language) {
	case node:
		return nodeTalk
	case goLang:
		return goTalk
	case rust:
		return rustTalk
	case java:
		return javaTalk
	case c:
		return cTalk
	default:
		return pythonTalk
	}
}

// family is a group of languages that print in the same way.
type family int

const (
	otherFamily family = iota
	node
	goLang
	rust
	java
	c
)

func familyOf(language string) family {
	switch language {
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx":
		return node
	case ".go":
		return goLang
	case ".rs":
		return rust
	case ".java", ".kt":
		return java
	case ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp":
		return c
	}
	return otherFamily
}

// speech is what a source says that may change how another one's output goes.
type speech struct {
	movesStderr bool // it may send to standard output what others print on standard error
	flushesC    bool // it may flush C's standard output
	flushesPy   bool // it may flush Python's standard output, or take its buffer away
	servesPy    bool // it is Python, and may listen
	namesPort   bool // it may read the variable PORT
}

// moves are what may send standard error's text to standard output, in shells, process managers and logging; flushes are what may
// flush C's standard output, or take its buffer away.
var (
	moves = []string{
		">&1", "&>", "|&", "redirect_std", "dup2(", "freopen(", ".SetOutput(", "SetDefault(", "addHandler(", "StreamHandler(", "dictConfig(", "fileConfig(",
		"handlers=", "stream=", "sys.stderr =", "sys.stderr=", "setErr(", "console.error =", "console.error=", "loguru", "capture_output",
	}
	flushes = []string{"flush", "setvbuf", "setbuf", "setlinebuf", "unitbuf", "freopen", "dup2", "endl"}
	// What may flush Python's: a call, another stream over the same file, a child that is forked and ends, what logs to standard output,
	// a library that prints a banner.
	flushesPython = []string{
		"flush", "reconfigure(", "line_buffering", "unbuffered", "fdopen(", "/dev/stdout", "dup2(", "os.write(", "sys.stdout =", "sys.stdout=", "open(1,",
		"multiprocessing", "ProcessPool", "os.fork(", "input(", "breakpoint(",
		"StreamHandler", "stream=", "ext://", "dictConfig", "fileConfig", "loguru", "structlog", "import click", "from click", "import typer", "from typer", "import rich", "from rich", "app.run(", "sanic",
	}
	// What a script may do about it for the Python that it starts.
	unbuffersPython = []string{"PYTHONUNBUFFERED", " -u", "stdbuf", "unbuffer"}
)

func containsAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(s, word) })
}

// speechOf reads the languages that have comments; others say nothing of output.
func speechOf(f *text.File) speech {
	language := languageOf(f)
	if len(commentsOf(language).line) == 0 {
		return speech{}
	}
	return speech{
		movesStderr: containsAny(f.Text, moves), flushesC: familyOf(language) == c && containsAny(f.Text, flushes), flushesPy: mayFlushPython(f, language),
		servesPy: language == ".py" && mayServe(f), namesPort: containsAny(f.Text, portReaders),
	}
}

// mayFlushPython looks at what stands outside comments.
func mayFlushPython(f *text.File, language string) bool {
	words := unbuffersPython
	switch language {
	case ".py", ".pyw":
		words = flushesPython
	case ".sh", ".bash":
	default:
		return false
	}
	return containsAny(f.Text, words) && containsAny(Uncommented(f), words)
}

// MovesStderr reports whether a file of the folder, or the Dockerfile, may send to standard output what others print on standard error.
func (f *Folder) MovesStderr() bool {
	if d := f.Dockerfile(); d != nil && containsAny(d.Source.Text, moves) {
		return true
	}
	return f.speaks(func(_ string, s speech) bool { return s.movesStderr })
}

// FlushesC reports whether a C or C++ file of the folder may flush standard output, or takes its buffer away.
func (f *Folder) FlushesC() bool {
	return f.speaks(func(_ string, s speech) bool { return s.flushesC })
}

// FlushesPython reports whether one of the files that reach the image may flush Python's standard output, or takes its buffer away.
func (f *Folder) FlushesPython(reaches func(path string) bool) bool {
	return f.speaks(func(path string, s speech) bool { return s.flushesPy && reaches(path) })
}

func (f *Folder) speaks(of func(path string, says speech) bool) bool {
	return slices.ContainsFunc(f.Files(), func(info FileInfo) bool { return of(info.Path, f.speechOf(info)) })
}

// speechOf is what a file says now.
func (f *Folder) speechOf(info FileInfo) speech {
	if _, open := f.open[info.Path]; open {
		return speechOf(f.File(info.Path))
	}
	return info.speech
}
