package diagnostics

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// A language is how a source writes what the arguments of a call are read for.
type language struct {
	named       *regexp.Regexp // an argument, on bare code: its name, and the beginning of its value
	environment *regexp.Regexp // an expression: a variable of the environment and its default, in groups
	// binds is how a line of bare code binds a NAME, with the value in a group; rebinds is what else may give the name another value.
	binds   string
	rebinds []string
}

// maxCallSource is how large a source may be for its calls to be looked at, in bytes. A larger one is no app of a person's own.
const maxCallSource = 64 << 10

// maxBlocks is how many blocks a call may stand within. What stands deeper is not known to be come to.
const maxBlocks = 20

// A sourceCall is a call in a source, and what its arguments say.
type sourceCall struct {
	*language
	file      *text.File
	code      string    // its text without comments
	bare      string    // and without strings
	name      text.Span // of what is called
	open, end int       // where the arguments begin, and their closing bracket
	args      []argument
	strange   bool // the app may get variables of the environment that the Dockerfile does not say
}

type argument struct {
	name string // "" where it has none
	at   text.Span
}

// callsOf gives the names that a source calls, with where the arguments begin.
func callsOf(bare string) iter.Seq2[text.Span, int] {
	return func(yield func(text.Span, int) bool) {
		for i := 0; ; {
			n := strings.IndexByte(bare[i:], '(')
			if n < 0 {
				return
			}
			end := len(strings.TrimRight(bare[:i+n], " \t"))
			start := 1 + strings.LastIndexFunc(bare[i:end], func(c rune) bool { return c != '.' && c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
			if at := (text.Span{Start: i + start, End: end}); at.Len() > 0 && !yield(at, i+n+1) {
				return
			}
			i += n + 1
		}
	}
}

// split reads the arguments. It reports whether all of them are there, each by its name or place.
func (c *sourceCall) split() bool {
	depth, start := 0, c.open
	for i := c.open; i < len(c.bare); i++ {
		switch c.bare[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth < 0 {
				c.end = i
				return c.argument(start, i)
			}
		case ',':
			if depth > 0 {
				continue
			}
			if !c.argument(start, i) {
				return false
			}
			start = i + 1
		}
	}
	return false
}

// argument takes what stands between two commas. Several in one are not followed.
func (c *sourceCall) argument(start, end int) bool {
	var a argument
	if m := c.named.FindStringSubmatchIndex(c.bare[start:end]); m != nil {
		a.name = c.bare[start+m[2] : start+m[3]]
		start += m[4]
	}
	a.at = c.trimmed(start, end)
	if a.at.Len() == 0 {
		return a.name == "" // behind the last comma, or between brackets
	}
	c.args = append(c.args, a)
	return !strings.HasPrefix(c.file.Slice(a.at), "*") && !strings.HasPrefix(c.file.Slice(a.at), "...")
}

// trimmed is a place without the blanks and comments around it.
func (c *sourceCall) trimmed(start, end int) text.Span {
	end = start + len(strings.TrimRight(c.code[start:end], " \t\r\n"))
	start = end - len(strings.TrimLeft(c.code[start:end], " \t\r\n"))
	return text.Span{Start: start, End: end}
}

// value is what the argument says that has this name, or stands at this place without one; it is set, with no value, where that is not
// known.
func (c *sourceCall) value(name string, index int, d *dockerfile.File, st start) place {
	for i, a := range c.args {
		if a.name == name || a.name == "" && i == index {
			return c.read(a.at, d, st, true)
		}
	}
	return place{}
}

// has reports whether one of some arguments is given by its name.
func (c *sourceCall) has(names []string) bool {
	return slices.ContainsFunc(c.args, func(a argument) bool { return slices.Contains(names, a.name) })
}

var (
	literal    = regexp.MustCompile(`^(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([0-9]+))$`)
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// read reads an expression: a literal, a variable of the environment with a default, or a name that stands for one of them.
func (c *sourceCall) read(at text.Span, d *dockerfile.File, st start, follow bool) place {
	expression := c.file.Slice(at)
	said := func(from, to int) place {
		inside := text.Span{Start: at.Start + from, End: at.Start + to}
		return place{value: c.file.Slice(inside), at: inside, file: c.file, set: true}
	}
	if m := literal.FindStringSubmatchIndex(expression); m != nil {
		group := 2 * slices.IndexFunc([]int{m[2], m[4], m[6]}, func(start int) bool { return start >= 0 })
		return said(m[2+group], m[3+group])
	}
	if m := c.environment.FindStringSubmatchIndex(expression); m != nil {
		name := expression[m[2]:m[3]]
		switch v := st.variable(d, name); {
		case c.setsVariable(name), !v.set && (c.strange || name == "HOSTNAME"): // which the engine sets
			return place{set: true}
		case v.set:
			return v
		}
		return said(m[4], m[5])
	}
	if follow && identifier.MatchString(expression) {
		if to, ok := c.bound(expression); ok {
			return c.read(to, d, st, false)
		}
	}
	return place{set: true}
}

// setsVariable reports whether a source may give a variable of the environment another value before it reads it.
func (c *sourceCall) setsVariable(name string) bool {
	return task.SetsEnvironment(c.code) ||
		regexp.MustCompile(`\benv(?:iron)?\s*(?:\[\s*["']`+name+`["']\s*\]|\.`+name+`)\s*(?:\|\||\?\?)?=[^=>]`).MatchString(c.code)
}

// readsPort is how a source reads PORT from the environment, or has a library read it.
var readsPort = regexp.MustCompile("env\\.PORT\\b|[\"'`]PORT[\"'`]|\\bPORT\\b[^\\n]*\\bprocess\\.env\\b|Settings\\b")

// asksPort reports whether the source leaves its port to PORT, and that variable to the Dockerfile.
func (c *sourceCall) asksPort() bool { return readsPort.MatchString(c.code) && !c.setsVariable("PORT") }

// strangeEnvironment reports whether an app may get variables that the Dockerfile does not say: from a file, or from a base image that is
// no official one of a language.
func (p *Pass) strangeEnvironment(d *dockerfile.File) bool {
	base := d.Final()
	for base.Parent != nil {
		base = base.Parent
	}
	name := strings.TrimPrefix(strings.TrimPrefix(base.Base, "docker.io/"), "library/")
	return strings.ContainsAny(name, "/$") || slices.ContainsFunc(p.Folder.Files(), func(f task.FileInfo) bool { return strings.HasPrefix(path.Base(f.Path), ".env") })
}

// bound is the expression that a name stands for, where one line binds it and nothing else does.
func (c *sourceCall) bound(name string) (to text.Span, ok bool) {
	binds := ofName(name, c.binds).FindAllStringSubmatchIndex(c.bare, 2)
	if len(binds) != 1 || ofName(name, c.rebinds...).MatchString(c.bare) || c.language == python && !c.sameBlock(binds[0][0]) {
		return text.Span{}, false
	}
	return c.trimmed(binds[0][2], binds[0][3]), true
}

// ofName makes an expression of patterns that have NAME in the place of a name.
func ofName(name string, patterns ...string) *regexp.Regexp {
	return regexp.MustCompile("(?m)" + strings.ReplaceAll(strings.Join(patterns, "|"), "NAME", name))
}

// sameBlock reports whether a line of Python stands in the block of the call, or in one around it.
func (c *sourceCall) sameBlock(start int) bool {
	indent := len(c.file.Indent(start))
	for line := c.file.LineOf(start); indent > 0 && line <= c.file.LineOf(c.name.Start); line++ {
		at := c.file.Line(line)
		if strings.TrimSpace(c.bare[at.Start:at.End]) != "" && len(c.file.Indent(at.Start)) < indent {
			return false
		}
	}
	return indent == 0 || start < c.name.Start
}

// add puts arguments behind the last one.
func (c *sourceCall) add(arguments string) text.Edit {
	if len(c.args) == 0 {
		return text.Edit{Span: text.Span{Start: c.open, End: c.open}, New: arguments}
	}
	at := c.args[len(c.args)-1].at.End
	if comma := strings.IndexByte(c.bare[at:c.end], ','); comma >= 0 {
		at, arguments = at+comma+1, " "+arguments+","
	} else {
		arguments = ", " + arguments
	}
	return text.Edit{Span: text.Span{Start: at, End: at}, New: arguments}
}

// startsPrograms reports whether a script may start a proxy, or put another program in its own place.
func startsPrograms(code string) bool {
	return namesAny(code, proxies) || strings.Contains(code, "os.exec")
}

// edits are programs that write files anew, which a pattern may name.
var edits = regexp.MustCompile(`\b(?:sed|perl|envsubst|patch|git apply)\b`)

// editsFile reports whether the build may write a source anew: where it names it, or edits files that are not the system's.
func editsFile(d *dockerfile.File, f *text.File) bool {
	return slices.ContainsFunc(d.Instructions, func(in *dockerfile.Instruction) bool {
		body := d.Source.Slice(text.Span{Start: in.Span.Start, End: in.End})
		return in.Name == "RUN" && (strings.Contains(body, path.Base(f.Path)) || edits.MatchString(body) && !strings.Contains(body, "/etc/"))
	})
}
