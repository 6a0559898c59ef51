package task

import (
	"path"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// MarkPlace is one place where a source prints the mark, as far as its text tells.
type MarkPlace struct {
	File *text.File
	Span text.Span // of the mark itself
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

// findMarks finds the mark where it stands outside a comment.
func findMarks(f *text.File) []MarkPlace {
	if f == nil || !printsOutput(f.Path) || !strings.Contains(f.Text, Mark) {
		return nil
	}
	syntax := commentsOf(f.Path)
	var places []MarkPlace
	inComment := syntax.scanner(f.Text)
	for at := 0; ; {
		n := strings.Index(f.Text[at:], Mark)
		if n < 0 {
			return places
		}
		at += n
		if !inComment(at) {
			places = append(places, MarkPlace{File: f, Span: text.Span{Start: at, End: at + len(Mark)}})
		}
		at += len(Mark)
	}
}

// comments is how a language writes its comments and strings, as far as that is needed to tell one from the other.
type comments struct {
	line   []string // start of a comment that ends with its line
	block  [][2]string
	quotes []string // longest first
}

// commentsOf knows the languages that tasks are written in. A file of another kind has no comments: whatever stands in it counts.
func commentsOf(name string) comments {
	switch strings.ToLower(path.Ext(name)) {
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

// scanner gives a function that says whether an offset lies in a comment. It must be asked in rising order.
func (c comments) scanner(s string) func(off int) bool {
	i, comment := 0, false
	return func(off int) bool {
		for i <= off && i < len(s) {
			i, comment = c.next(s, i)
		}
		return comment && i > off
	}
}

// next skips one thing at i: a comment, a string, or a byte.
func (c comments) next(s string, i int) (end int, comment bool) {
	for _, start := range c.line {
		if strings.HasPrefix(s[i:], start) && !(start == "#" && i > 0 && !isBreak(s[i-1])) {
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				return i + n, true
			}
			return len(s), true
		}
	}
	for _, b := range c.block {
		if strings.HasPrefix(s[i:], b[0]) {
			if n := strings.Index(s[i+len(b[0]):], b[1]); n >= 0 {
				return i + len(b[0]) + n + len(b[1]), true
			}
			return len(s), true
		}
	}
	for _, q := range c.quotes {
		if strings.HasPrefix(s[i:], q) {
			return stringEnd(s, i, q), false
		}
	}
	return i + 1, false
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
