package task

import (
	"regexp"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// printer is a call that prints its string.
type printer struct {
	call   *regexp.Regexp // the text before the string; group 1 is what stdout replaces
	stderr bool           // it prints on standard error
	line   bool           // it ends the line by itself
	stdout string         // what prints the same on standard output; "" where no such word is sure
	needs  string         // the file must hold this for the call to be the one that it looks like
}

// printers are the calls that lose the mark, by family. Calls that do not stand here are taken to print it well.
var printers = map[family][]printer{
	node: {
		{call: regexp.MustCompile(`(?:^|[^\w.$])(console\.(?:error|warn|trace))\(\s*$`), stderr: true, line: true, stdout: "console.log"},
		{call: regexp.MustCompile(`\b(process\.stderr)\.write\(\s*$`), stderr: true, stdout: "process.stdout"},
		{call: regexp.MustCompile(`\bprocess\.stdout\.write\(\s*$`)},
	},
	goLang: {
		{call: regexp.MustCompile(`\bfmt\.Fprintln\(\s*(os\.Stderr),\s*$`), stderr: true, line: true, stdout: "os.Stdout"},
		{call: regexp.MustCompile(`\bfmt\.Fprintf?\(\s*(os\.Stderr),\s*$`), stderr: true, stdout: "os.Stdout"},
		{call: regexp.MustCompile(`\b(os\.Stderr)\.Write(?:String\(|\(\[\]byte\()\s*$`), stderr: true, stdout: "os.Stdout"},
		{call: regexp.MustCompile(`(?:^|[^\w.])log\.Print(?:ln|f)?\(\s*$`), stderr: true, needs: `"log"`},
		{call: regexp.MustCompile(`(?:^|[^\w.])slog\.(?:Info|Warn|Error)\(\s*$`), stderr: true, needs: `"log/slog"`},
		{call: regexp.MustCompile(`(?:^|[;{}\s])(println)\(\s*$`), stderr: true, line: true, stdout: "fmt.Println", needs: `"fmt"`},
		{call: regexp.MustCompile(`(?:^|[;{}\s])print(?:ln)?\(\s*$`), stderr: true, needs: "package "},
		{call: regexp.MustCompile(`\bfmt\.(?:Printf?|Fprintf?\(\s*os\.Stdout,)\(?\s*$`)},
		{call: regexp.MustCompile(`\bos\.Stdout\.Write(?:String\(|\(\[\]byte\()\s*$`)},
	},
	rust: {
		{call: regexp.MustCompile(`(?:^|[^\w])(eprint(?:ln)?!)\s*[(\[{]\s*$`), stderr: true, line: true, stdout: "println!"},
		{call: regexp.MustCompile(`(?:^|[^\w])print!\s*[(\[{]\s*$`)},
		{call: regexp.MustCompile(`\bstdout\(\)(?:\.lock\(\))?\.write(?:_all)?\(\s*b$`)},
	},
	java: {
		{call: regexp.MustCompile(`\b(System\.err)\.println\(\s*$`), stderr: true, line: true, stdout: "System.out"},
		{call: regexp.MustCompile(`\b(System\.err)\.(?:print|printf|format)\(\s*$`), stderr: true, stdout: "System.out"},
		{call: regexp.MustCompile(`\bSystem\.out\.(?:print|printf|format|append)\(\s*$`)},
		{call: regexp.MustCompile(`(?:^|[;{}\s])print\(\s*$`), needs: "fun "},
	},
	c: {
		{call: regexp.MustCompile(`\bfprintf\s*\(\s*(stderr)\s*,\s*$`), stderr: true, stdout: "stdout"},
		{call: regexp.MustCompile(`(?:^|[^\w])((?:std::)?(?:cerr|clog))\s*<<\s*$`), stderr: true, stdout: "std::cout"},
		{call: regexp.MustCompile(`(?:^|[^\w:])(?:std::)?printf\s*\(\s*$`)},
		{call: regexp.MustCompile(`\bfprintf\s*\(\s*stdout\s*,\s*$`)},
		{call: regexp.MustCompile(`\bfputs\s*\(\s*$`)},
		{call: regexp.MustCompile(`(?:^|[^\w])(?:std::)?cout\s*<<\s*$`)},
	},
}

// ownPrinter is what a file says that has a println of its own, or moves what Java's prints.
var ownPrinter = regexp.MustCompile(`(?:\b(?:func|fun|fn|function|macro_rules!)|#\s*define)\s+(?:print|println|printf|eprintln|eprint)\b|System\.set(?:Out|Err)\(`)

// callPrint reads a call of the languages with braces.
func (m MarkPlace) callPrint(family family) Print {
	before := m.before()
	for _, known := range printers[family] {
		group := known.call.FindStringSubmatchIndex(before)
		if group == nil || !strings.Contains(m.File.Text, known.needs) {
			continue
		}
		if known.stderr {
			return m.stderrCall(known, before, group)
		}
		return m.stdoutCall(family)
	}
	if family == c {
		return m.heldByC()
	}
	return Print{}
}

func (m MarkPlace) stderrCall(known printer, before string, group []int) Print {
	p := Print{Lost: OnStderr, At: m.literal}
	line := known.line || m.endsLine() || lineEndFollows.MatchString(m.after())
	if known.stdout != "" && line {
		p.Title, p.Mend = "Change to "+known.stdout, m.replaced(before, group[2:4], known.stdout)
	}
	return p
}

var (
	callEnds       = regexp.MustCompile(`^\s*,?\s*(?:,\s*stdout\s*)?\)`)
	streamEnds     = regexp.MustCompile(`^\s*(?:<<\s*(?:std::)?flush\s*)?;`)
	toStderr       = regexp.MustCompile(`^\s*,\s*(stderr)\s*\)`)
	lineEndFollows = regexp.MustCompile(`^\s*<<\s*(?:(?:std::)?endl|"\\n"|'\\n')`)
)

// stdoutCall reads a call that ends no line by itself.
func (m MarkPlace) stdoutCall(family family) Print {
	if family == c {
		if to := toStderr.FindStringSubmatchIndex(m.after()); to != nil {
			p := Print{Lost: OnStderr, At: m.literal}
			if m.endsLine() {
				at := text.Span{Start: m.literal.End + to[2], End: m.literal.End + to[3]}
				p.Title, p.Mend = "Change to stdout", text.Edit{Span: at, New: "stdout"}
			}
			return p
		}
	}
	switch {
	case m.endsLine() && family == c:
		return m.heldByC()
	case m.mayEndLine():
		return Print{}
	case callEnds.MatchString(m.after()), family == c && streamEnds.MatchString(m.after()):
		return m.withLineEnd()
	case family == c:
		return m.heldByC()
	}
	return Print{}
}

var (
	cPrints   = regexp.MustCompile(`(?:^|[^\w:])(?:printf|puts|fputs)\s*\(\s*$`)
	cPuts     = regexp.MustCompile(`\bputs\s*\(\s*$`)
	cCallEnds = regexp.MustCompile(`^\s*(?:,\s*stdout\s*)?\)\s*;`)
)

// heldByC reads a whole line that C's own output holds back.
func (m MarkPlace) heldByC() Print {
	before := m.before()
	if !cPrints.MatchString(before) || containsAny(m.File.Text, flushes) {
		return Print{}
	}
	ends := cCallEnds.FindString(m.after())
	if ends == "" || !m.endsLine() && !cPuts.MatchString(before) {
		return Print{}
	}
	at, p := m.literal.End+len(ends), Print{Held: true, At: m.literal}
	if !strings.HasPrefix(strings.TrimSpace(m.File.Text[at:]), "else") { // a second statement would come between an if and its else
		p.Title, p.Mend = "Add fflush(stdout)", text.Edit{Span: text.Span{Start: at, End: at}, New: " fflush(stdout);"}
	}
	return p
}
