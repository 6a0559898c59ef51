package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Command is what a stage's container starts, as far as the Dockerfile tells.
type Command struct {
	Args []Word // the program and its arguments, their variables replaced as at run time; an empty Text where one has no known value
	// Env are the variables that a shell, or env, sets for this command alone, as NAME=value.
	Env []Word
	// JSON says that the arguments stand in a JSON array, so that a new one is written as `, "x"`.
	JSON bool
	// End is where a new argument goes: behind the last one.
	End int
}

// maxCommand is how many words of a command line are read.
const maxCommand = 1_000

// Program is the base name of the program, "" where it is not known.
func (c *Command) Program() string {
	if len(c.Args) == 0 {
		return ""
	}
	return path.Base(c.Args[0].Text)
}

// Command gives what a stage starts. It is not ok where that cannot be told: there is no start command, a shell does more than start
// one program, or a variable is not known.
func (f *File) Command(s *Stage) (*Command, bool) {
	entrypoint, cmd := s.Start()
	var c Command
	switch {
	case entrypoint == nil && cmd == nil:
		return nil, false
	case entrypoint == nil:
		c = f.commandOf(s, cmd)
	case !entrypoint.JSON || cmd == nil: // a shell form of ENTRYPOINT takes no arguments
		c = f.commandOf(s, entrypoint)
	case cmd.JSON:
		c = f.arrayCommand(s, slices.Concat(entrypoint.Args, cmd.Args))
	default:
		if left, _ := withoutWrappers(entrypoint.Args); len(left) > 0 {
			return nil, false // the program gets a shell's command line as its arguments
		}
		c = f.commandOf(s, cmd)
	}
	return &c, len(c.Args) > 0
}

func (f *File) commandOf(s *Stage, in *Instruction) Command {
	if in.JSON {
		return f.arrayCommand(s, in.Args)
	}
	if !s.hasShell() {
		return Command{}
	}
	return f.shellCommand(s, in.Args)
}

// hasShell reports whether the shell form of a stage's commands is read by a shell that is known: no SHELL names another one.
func (s *Stage) hasShell() bool {
	for ; s != nil; s = s.Parent {
		for i := len(s.Instructions) - 1; i >= 0; i-- {
			if in := s.Instructions[i]; in.Name == "SHELL" {
				return in.JSON && len(in.Args) > 0 && isShell(in.Args[0].Text)
			}
		}
	}
	return true
}

// arrayCommand reads the words of a JSON array, which stand for themselves.
func (f *File) arrayCommand(s *Stage, words []Word) Command {
	if len(words) > maxCommand {
		return Command{}
	}
	args, env := withoutWrappers(words)
	c := Command{Args: args, Env: env, JSON: true}
	if line, ok := shellLine(args); ok {
		inside := text.Span{Start: line.Span.Start + 1, End: line.Span.End - 1}
		if f.Source.Slice(inside) != line.Text {
			return Command{} // written with escapes: the places are not the source's
		}
		c = f.shellCommand(s, SplitWords(line.Text, inside.Start))
		c.Env = append(slices.Clone(env), c.Env...)
		return c
	}
	if len(args) > 0 {
		c.End = args[len(args)-1].Span.End
	}
	return c
}

// shellLine is the command line that a shell gets with -c.
func shellLine(args []Word) (line Word, ok bool) {
	if len(args) == 0 || !isShell(args[0].Text) {
		return Word{}, false
	}
	for i, a := range args[1:] {
		if !strings.HasPrefix(a.Text, "-") || strings.HasPrefix(a.Text, "--") {
			return Word{}, false
		}
		if strings.HasSuffix(a.Text, "c") && i+2 < len(args) {
			return args[i+2], true
		}
	}
	return Word{}, false
}

func isShell(program string) bool {
	switch path.Base(program) {
	case "sh", "bash", "ash", "dash", "zsh":
		return true
	}
	return false
}

// ShellCommand reads a command line of a shell that stands in another file of the image, at a byte offset there, such as a script of
// package.json. It sees the variables of the stage. It is not ok as for Command.
func (f *File) ShellCommand(s *Stage, line string, at int) (*Command, bool) {
	c := f.shellCommand(s, SplitWords(line, at))
	return &c, len(c.Args) > 0
}

// SplitWords cuts a line at its white space; at is its place.
func SplitWords(line string, at int) []Word {
	var words []Word
	for i := 0; i < len(line); {
		if isBlank(line[i]) {
			i++
			continue
		}
		start := i
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		words = append(words, Word{Text: line[start:i], Span: text.Span{Start: at + start, End: at + i}})
	}
	return words
}

// shellCommand reads the words of a shell's command line: the last of several commands that follow each other with && or ;. Anything
// that a shell does beyond that makes it unknown.
func (f *File) shellCommand(s *Stage, words []Word) Command {
	var c Command
	var args, exported []Word
	if len(words) > maxCommand {
		return c
	}
	for _, w := range joinQuoted(words) {
		if last, ends := strings.CutSuffix(w.Text, ";"); ends || w.Text == "&&" {
			if last != "" && ends {
				args = append(args, Word{Text: last, Span: text.Span{Start: w.Span.Start, End: w.Span.End - 1}})
			}
			exported = append(exported, f.exports(s, args)...)
			c, args = Command{}, nil
			continue
		}
		if doesMore(w.Text) || len(args) == 0 && isKeyword(w.Text) {
			return Command{}
		}
		if len(args) == 0 && isAssignment(w.Text) {
			c.Env = append(c.Env, f.atRun(s, w))
			continue
		}
		args = append(args, w)
	}
	c.Env = append(exported, c.Env...)
	args, env := withoutWrappers(args)
	for _, w := range env {
		c.Env = append(c.Env, f.atRun(s, w))
	}
	if line, ok := shellLine(args); ok {
		inner, quoted := unquoted(line.Text)
		if !quoted || strings.ContainsAny(inner, "\\\n") || line.Span.Len() != len(line.Text) {
			return Command{}
		}
		inside := f.shellCommand(s, SplitWords(inner, line.Span.Start+1))
		inside.Env = append(c.Env, inside.Env...)
		return inside
	}
	for _, w := range args {
		c.Args = append(c.Args, f.atRun(s, w))
		c.End = w.Span.End
	}
	return c
}

// exports are the variables that a command sets for those that follow it.
func (f *File) exports(s *Stage, args []Word) []Word {
	if len(args) == 0 || args[0].Text != "export" {
		return nil
	}
	var list []Word
	for _, w := range args[1:] {
		if isAssignment(w.Text) {
			list = append(list, f.atRun(s, w))
		}
	}
	return list
}

// doesMore reports whether a shell does more with a word than to hand it on: pipes, jobs, redirections, substitutions, the arguments of
// the shell itself. In quotes it does less.
func doesMore(word string) bool {
	if strings.Contains(word, "$(") || strings.Contains(word, "`") || strings.Contains(word, "$@") || strings.Contains(word, "$*") {
		return true
	}
	if _, quoted := unquoted(word); quoted {
		return false
	}
	return strings.ContainsAny(word, "|&;<>()*?{}") && !strings.Contains(word, "${")
}

// isKeyword names the words that start what is more than one command.
func isKeyword(word string) bool {
	return slices.Contains([]string{"if", "then", "else", "elif", "fi", "while", "until", "for", "do", "done", "case", "esac", "!", "time", "trap", "eval", "source", "."}, word)
}

// unquoted takes the quotes off a word that is quoted as a whole.
func unquoted(word string) (inner string, quoted bool) {
	if len(word) < 2 || word[0] != word[len(word)-1] || word[0] != '"' && word[0] != '\'' {
		return word, false
	}
	inner = word[1 : len(word)-1]
	return inner, !strings.Contains(inner, word[:1])
}

// joinQuoted makes one word of those that a quote holds together. The white space between them becomes one blank.
func joinQuoted(words []Word) []Word {
	var list []Word
	var parts []string // of the word whose quote is open
	open := byte(0)
	for _, w := range words {
		for i := 0; i < len(w.Text); i++ {
			switch b := w.Text[i]; {
			case b == '\\' && open != '\'':
				i++
			case open == 0 && (b == '"' || b == '\''):
				open = b
			case b == open:
				open = 0
			}
		}
		if len(parts) == 0 {
			list = append(list, w)
		}
		if parts = append(parts, w.Text); open == 0 {
			last := &list[len(list)-1]
			last.Text, last.Span.End = strings.Join(parts, " "), w.Span.End
			parts = nil
		}
	}
	if last := len(list) - 1; len(parts) > 0 { // a quote without its end
		list[last].Text, list[last].Span.End = strings.Join(parts, " "), words[len(words)-1].Span.End
	}
	return list
}

// isAssignment reports whether a word sets a variable.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// wrappers are the programs that only start another one, with their options that take a value in a word of its own.
var wrappers = map[string][]string{
	"exec": {"-a"}, "tini": {"-p", "-e"}, "tini-static": {"-p", "-e"}, "docker-init": {"-p", "-e"},
	"dumb-init": {"-r", "--rewrite"}, "catatonit": nil, "nohup": nil, "docker-entrypoint.sh": nil, "cross-env": nil,
	"env": {"-u", "--unset", "-C", "--chdir"}, "npx": {"-p", "--package"},
	"nice": {"-n"}, "stdbuf": {"-i", "-o", "-e"},
}

// runners start another program with their first argument `run`.
var runners = []string{"uv", "poetry", "pipenv", "pdm", "hatch"}

// withoutWrappers takes off the programs that only start another one, and gives the variables that they set.
func withoutWrappers(args []Word) (left, env []Word) {
	for len(args) > 0 {
		name := path.Base(args[0].Text)
		valued, wraps := wrappers[name]
		switch {
		case slices.Contains(runners, name) && len(args) > 1 && args[1].Text == "run":
			args = args[2:]
			valued = nil
		case wraps:
			args = args[1:]
		case (name == "gosu" || name == "su-exec") && len(args) > 1:
			args = args[2:] // with the user's name
			continue
		default:
			return args, env
		}
		for len(args) > 0 && strings.HasPrefix(args[0].Text, "-") {
			taken := 1
			switch {
			case name == "env" && strings.HasPrefix(args[0].Text, "-S"), args[0].Text == "-c" && name == "npx":
				return nil, nil // a command line in one word
			case args[0].Text == "--":
			case slices.Contains(valued, args[0].Text):
				taken = 2
			}
			args = args[min(taken, len(args)):]
		}
		for (name == "env" || name == "cross-env") && len(args) > 0 && isAssignment(args[0].Text) {
			env = append(env, args[0])
			args = args[1:]
		}
	}
	return nil, env
}

// Env is the value that a stage's ENV instructions, and those of the stages that it builds on, give a variable of the container: its
// text with its variables replaced, and the place of the value. It is not ok where none sets it to a known value.
func (f *File) Env(s *Stage, name string) (value Word, ok bool) {
	known, ok := "", false
	if s != nil && s.lasting[name] {
		known, ok = s.env.values[name]
	}
	for ; s != nil; s = s.Parent {
		for i := len(s.Instructions) - 1; i >= 0; i-- {
			in := s.Instructions[i]
			env, isEnv := in.Typed.(*instructions.EnvCommand)
			if isEnv && slices.ContainsFunc(env.Env, func(kv instructions.KeyValuePair) bool { return kv.Key == name }) {
				return Word{Text: known, Span: envSpan(in, name)}, ok
			}
		}
	}
	return Word{}, false
}

// envSpan is the place of a variable's value: behind its =, or the second word of `ENV NAME value`.
func envSpan(in *Instruction, name string) text.Span {
	for i, w := range in.Args {
		if w.Text == name && i+1 < len(in.Args) {
			return text.Span{Start: in.Args[i+1].Span.Start, End: in.Args[len(in.Args)-1].Span.End}
		}
	}
	for _, w := range joinQuoted(in.Args) {
		if value, found := strings.CutPrefix(w.Text, name+"="); found {
			if w.Span.Len() != len(w.Text) { // over several lines, or blanks
				return text.Span{Start: w.Span.Start + len(name) + 1, End: w.Span.End}
			}
			return text.Span{Start: w.Span.End - len(value), End: w.Span.End}
		}
	}
	return in.Span
}
