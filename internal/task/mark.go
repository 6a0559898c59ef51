package task

import (
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// MarkPlace is one place where a source prints the mark, as far as its text tells.
type MarkPlace struct {
	File *text.File
	Span text.Span // of the mark itself

	literal text.Span // of the string that holds it, its quotes included; empty where it stands in none
	quote   string    // the quote of that string
}

// printsOutput is false for the files of a task folder that may speak of the mark and never print it: documents, the contract's own
// texts and examples.
func printsOutput(name string) bool {
	switch name {
	case ConfigFile, NameFile, DescriptionFile, InputFile, OutputFile, IgnoreFile, DockerfileName:
		return false
	}
	base := strings.ToLower(path.Base(name))
	if strings.HasPrefix(base, "readme") || strings.HasPrefix(base, "changelog") || strings.HasPrefix(base, "license") {
		return false
	}
	switch path.Ext(base) {
	case ".md", ".rst", ".adoc", ".txt", ".log":
		return false
	}
	return true
}

// findMarks finds the mark where it stands outside a comment, and is no string that Python drops unread.
func findMarks(f *text.File) []MarkPlace {
	if f == nil || !printsOutput(f.Path) || !strings.Contains(f.Text, Mark) {
		return nil
	}
	language := languageOf(f)
	var places []MarkPlace
	tokenAt := commentsOf(language).scanner(f.Text)
	for at := 0; ; {
		n := strings.Index(f.Text[at:], Mark)
		if n < 0 {
			return places
		}
		at += n
		t := tokenAt(at)
		if t.kind != comment && !(language == ".py" && t.kind == quoted && t.depth == 0 && standsAlone(f.Text, t)) {
			m := MarkPlace{File: f, Span: text.Span{Start: at, End: at + len(Mark)}}
			if t.kind == quoted {
				m.literal, m.quote = text.Span{Start: t.start, End: t.end}, t.quote
			}
			places = append(places, m)
		}
		at += len(Mark)
	}
}

// standsAlone reports whether a Python string is a statement of its own, as a docstring is: it prints nothing.
func standsAlone(s string, t token) bool {
	line := s[strings.LastIndexByte(s[:t.start], '\n')+1 : t.start]
	if strings.Trim(line, " \t\r\frRuUbB") != "" {
		return false
	}
	if above := strings.TrimRight(s[:t.start-len(line)], "\r\n"); strings.HasSuffix(above, `\`) {
		return false
	}
	rest, _, _ := strings.Cut(s[t.end:], "\n")
	rest = strings.TrimSpace(rest)
	return rest == "" || rest[0] == '#' || rest[0] == ';'
}

// languageOf is a file's ending in small letters, or the one that its first line stands for where it has none.
func languageOf(f *text.File) string {
	ext := strings.ToLower(path.Ext(f.Path))
	first, _, _ := strings.Cut(f.Text, "\n")
	if ext != "" || !strings.HasPrefix(first, "#!") {
		return ext
	}
	switch {
	case strings.Contains(first, "python"):
		return ".py"
	case strings.Contains(first, "node"):
		return ".js"
	default:
		return ".sh"
	}
}

// comments is how a language writes its comments and strings, as far as that is needed to tell one from the other.
type comments struct {
	line   []string // start of a comment that ends with its line
	block  [][2]string
	quotes []string // longest first
}

// commentsOf knows the languages that tasks are written in, by their files' endings. A file of another kind has no comments: whatever
// stands in it counts.
func commentsOf(language string) comments {
	switch language {
	case ".py", ".pyw":
		return comments{line: []string{"#"}, quotes: []string{`"""`, "'''", `"`, "'"}}
	case ".sh", ".bash", ".rb", ".pl", ".r", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".conf":
		return comments{line: []string{"#"}, quotes: []string{`"`, "'"}}
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".go", ".kt", ".swift", ".php", ".dart":
		return comments{line: []string{"//"}, block: [][2]string{{"/*", "*/"}}, quotes: []string{`"`, "'", "`"}}
	case ".rs", ".java", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cs", ".scala":
		return comments{line: []string{"//"}, block: [][2]string{{"/*", "*/"}}, quotes: []string{`"`}}
	default:
		return comments{}
	}
}

// token is a comment, a string, or one byte of a source.
type token struct {
	start, end int
	kind       tokenKind
	quote      string // of a quoted one
	depth      int    // how many brackets are open before it
}

type tokenKind int

const (
	plain tokenKind = iota
	comment
	quoted
)

// scanner gives a function that finds the token of an offset. It must be asked in rising order.
func (c comments) scanner(s string) func(off int) token {
	var t token
	return func(off int) token {
		for t.end <= off && t.end < len(s) {
			depth := t.depth
			if t.kind == plain && t.end > t.start {
				switch s[t.start] {
				case '(', '[', '{':
					depth++
				case ')', ']', '}':
					depth = max(0, depth-1)
				}
			}
			t = c.next(s, t.end)
			t.depth = depth
		}
		return t
	}
}

// next is the token that starts at i.
func (c comments) next(s string, i int) token {
	for _, start := range c.line {
		if strings.HasPrefix(s[i:], start) && !(start == "#" && i > 0 && !isBreak(s[i-1])) {
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				return token{start: i, end: i + n, kind: comment}
			}
			return token{start: i, end: len(s), kind: comment}
		}
	}
	for _, b := range c.block {
		if strings.HasPrefix(s[i:], b[0]) {
			if n := strings.Index(s[i+len(b[0]):], b[1]); n >= 0 {
				return token{start: i, end: i + len(b[0]) + n + len(b[1]), kind: comment}
			}
			return token{start: i, end: len(s), kind: comment}
		}
	}
	for _, q := range c.quotes {
		if strings.HasPrefix(s[i:], q) {
			return token{start: i, end: stringEnd(s, i, q), kind: quoted, quote: q}
		}
	}
	return token{start: i, end: i + 1}
}

// isBreak reports whether a # behind this byte starts a comment in a shell, too.
func isBreak(c byte) bool { return strings.IndexByte(" \t\r\n;&|()[],:", c) >= 0 }

// stringEnd is the end of a string that starts at i. One in single marks ends with its line at the latest, a backtick's aside.
func stringEnd(s string, i int, quote string) int {
	for j := i + len(quote); j < len(s); j++ {
		switch {
		case s[j] == '\\':
			j++
		case strings.HasPrefix(s[j:], quote):
			return j + len(quote)
		case s[j] == '\n' && len(quote) == 1 && quote != "`":
			return j
		}
	}
	return len(s)
}

// Uncommented is a source with blanks in place of its comments, so that all else stays where it is.
func Uncommented(f *text.File) string {
	code, _ := Code(f)
	return code
}

// Code is a source with blanks in place of its comments, and bare is the same with blanks in place of its strings, too: what is code,
// where it is.
func Code(f *text.File) (code, bare string) {
	c := commentsOf(languageOf(f))
	starts := c.starts()
	coded, bared := []byte(f.Text), []byte(f.Text)
	for i := 0; i < len(coded); {
		n := strings.IndexAny(f.Text[i:], starts)
		if n < 0 {
			break
		}
		t := c.next(f.Text, i+n)
		for i = t.start; i < t.end; i++ {
			if t.kind == plain || f.Text[i] == '\n' {
				continue
			}
			bared[i] = ' '
			if t.kind == comment {
				coded[i] = ' '
			}
		}
	}
	return string(coded), string(bared)
}

// starts are the bytes that a comment or a string may start with.
func (c comments) starts() string {
	var b strings.Builder
	for _, s := range slices.Concat(c.line, c.quotes) {
		b.WriteByte(s[0])
	}
	for _, s := range c.block {
		b.WriteByte(s[0][0])
	}
	return b.String()
}
