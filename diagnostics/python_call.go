package diagnostics

import (
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// A pythonCall is a call that makes a program listen.
type pythonCall struct {
	pythonServer
	file *text.File
	code string    // its text without comments
	bare string    // and without strings
	name text.Span // of what is called
	open int       // where the arguments begin
	end  int       // where they end: at their closing bracket
	args []pythonArgument
}

type pythonArgument struct {
	name string // "" where it has none
	at   text.Span
}

// mainGuard is the one condition that holds for a script that is started.
var mainGuard = regexp.MustCompile(`^if\s+__name__\s*==\s*:`)

// always reports whether a program comes to the call under no condition, as far as the lines tell that it stands within.
func (c *pythonCall) always() bool {
	own := c.file.LineOf(c.name.Start)
	indent := len(c.bare)
	for line := own; line >= 0 && indent > 0; line-- {
		at := c.file.Line(line)
		code := strings.TrimSpace(c.bare[at.Start:at.End])
		depth := len(c.file.Indent(at.Start))
		if code == "" || depth >= indent {
			continue
		}
		indent = depth
		if !c.leadsOn(code, line == own) {
			return false
		}
	}
	return true
}

// leadsOn reports whether what stands within a line is always come to. The call's own line may be any statement.
func (c *pythonCall) leadsOn(code string, own bool) bool {
	word, rest, _ := strings.Cut(strings.TrimPrefix(code, "async "), " ")
	switch strings.TrimSuffix(word, ":") {
	case "if":
		return mainGuard.MatchString(code)
	case "def", "class":
		name, _, _ := strings.Cut(strings.TrimSuffix(rest, ":"), "(")
		return strings.Count(c.bare, name) > 1
	case "with", "try":
		return true
	case "elif", "else", "except", "finally", "for", "while", "match", "case":
		return false
	default:
		return own
	}
}

// split reads the arguments. It reports whether all of them are there, each by its name or place.
func (c *pythonCall) split() bool {
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

var keyword = regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s*=(?:[^=]|$)`)

// argument takes what stands between two commas. Several in one, and what says in another way where to listen, are not followed.
func (c *pythonCall) argument(start, end int) bool {
	var a pythonArgument
	if m := keyword.FindStringSubmatchIndex(c.bare[start:end]); m != nil {
		a.name = c.bare[start+m[2] : start+m[3]]
		start += strings.IndexByte(c.bare[start:end], '=') + 1
	}
	a.at = c.trimmed(start, end)
	if a.at.Len() == 0 {
		return a.name == "" // behind the last comma, or between brackets
	}
	if c.bare[a.at.Start] == '*' || slices.Contains(c.others, a.name) {
		return false
	}
	c.args = append(c.args, a)
	return true
}

// trimmed is a place without the blanks and comments around it.
func (c *pythonCall) trimmed(start, end int) text.Span {
	end = start + len(strings.TrimRight(c.code[start:end], " \t\r\n"))
	start = end - len(strings.TrimLeft(c.code[start:end], " \t\r\n"))
	return text.Span{Start: start, End: end}
}

// value is what an argument says; it is set, with no value, where that is not known.
func (c *pythonCall) value(name string, d *dockerfile.File, st start) place {
	for i, a := range c.args {
		if a.name == name || a.name == "" && i < len(c.positional) && c.positional[i] == name {
			return c.read(a.at, d, st, true)
		}
	}
	return place{}
}

var (
	pythonLiteral = regexp.MustCompile(`^(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([0-9]+))$`)
	pythonEnv     = regexp.MustCompile(`^(?:int\(\s*)?os\.(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*,\s*["']?([\w.:-]*)["']?\s*\)(?:\s*\))?$`)
	pythonName    = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// read reads an expression: a literal, a variable of the environment with a default, or a name that stands for one of them.
func (c *pythonCall) read(at text.Span, d *dockerfile.File, st start, follow bool) place {
	expression := c.file.Slice(at)
	said := func(from, to int) place {
		inside := text.Span{Start: at.Start + from, End: at.Start + to}
		return place{value: c.file.Slice(inside), at: inside, file: c.file, set: true}
	}
	if m := pythonLiteral.FindStringSubmatchIndex(expression); m != nil {
		group := 2 * slices.IndexFunc([]int{m[2], m[4], m[6]}, func(start int) bool { return start >= 0 })
		return said(m[2+group], m[3+group])
	}
	if m := pythonEnv.FindStringSubmatchIndex(expression); m != nil {
		if v := st.variable(d, expression[m[2]:m[3]]); v.set {
			return v
		}
		return said(m[4], m[5])
	}
	if expression == "None" {
		return place{}
	}
	if follow && pythonName.MatchString(expression) {
		if to, ok := c.bound(expression); ok {
			return c.read(to, d, st, false)
		}
	}
	return place{set: true}
}

// bound is the expression that a name is bound to, by a line of its own that no bracket goes on from, and nowhere else.
func (c *pythonCall) bound(name string) (to text.Span, ok bool) {
	binds := regexp.MustCompile(`(?m)^`+name+`[ \t]*(?::[^=\n]*)?=([^=].*)$`).FindAllStringSubmatchIndex(c.bare, 2)
	others := regexp.MustCompile(`(?m)^[ \t]+` + name + `\s*[-+*/%]?=[^=]|^` + name + `\s*[-+*/%]=|\b(?:for|as|import|global|del)\s[^\n]*\b` + name + `\b|\bdef [^\n]*\b` + name + `\b|\b` + name + `\s*:=`)
	if len(binds) != 1 || others.MatchString(c.bare) {
		return text.Span{}, false
	}
	return c.trimmed(binds[0][2], binds[0][3]), true
}

// add puts arguments behind the last one.
func (c *pythonCall) add(arguments string) text.Edit {
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
