package dockerfile

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Command is what a stage's container starts, as far as the Dockerfile tells.
type Command struct {
	Args []Word // the program and its arguments, their variables replaced; an empty Text where one has no known value
	// Env are the variables that a shell sets for this command alone, as NAME=value.
	Env []Word
	// JSON says that the arguments stand in a JSON array, so that a new one is written as `, "x"`.
	JSON bool
	// End is where a new argument goes: behind the last one.
	End int
}

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
	default:
		c = f.commandOf(s, entrypoint)
		if entrypoint.JSON && cmd != nil && cmd.JSON && len(cmd.Args) > 0 {
			c.Args = append(c.Args, cmd.Args...)
			c.End = cmd.Args[len(cmd.Args)-1].Span.End
		} else if entrypoint.JSON && cmd != nil && !cmd.JSON {
			return nil, false
		}
	}
	if c.JSON {
		c = f.insideShell(s, c)
	}
	c.Args = withoutWrappers(c.Args)
	return &c, len(c.Args) > 0
}

func (f *File) commandOf(s *Stage, in *Instruction) Command {
	if in.JSON {
		c := Command{Args: append([]Word(nil), in.Args...), JSON: true}
		if n := len(in.Args); n > 0 {
			c.End = in.Args[n-1].Span.End
		}
		return c
	}
	return f.shellCommand(s, in.Args)
}

// insideShell looks into `["sh", "-c", "…"]`.
func (f *File) insideShell(s *Stage, c Command) Command {
	if n := len(c.Args); n != 3 || c.Args[1].Text != "-c" || !isShell(c.Args[0].Text) {
		return c
	}
	inner := c.Args[2]
	at := text.Span{Start: inner.Span.Start + 1, End: inner.Span.End - 1}
	if f.Source.Slice(at) != inner.Text {
		return Command{} // written with escapes: the places are not the source's
	}
	var words []Word
	for i := 0; i < len(inner.Text); {
		if isBlank(inner.Text[i]) {
			i++
			continue
		}
		start := i
		for i < len(inner.Text) && !isBlank(inner.Text[i]) {
			i++
		}
		words = append(words, Word{Text: inner.Text[start:i], Span: text.Span{Start: at.Start + start, End: at.Start + i}})
	}
	return f.shellCommand(s, words)
}

func isShell(program string) bool {
	switch path.Base(program) {
	case "sh", "bash", "ash", "dash", "zsh":
		return true
	}
	return false
}

// shellCommand reads the words of a shell's command line: the last of several commands that follow each other with && or ;. Anything
// that a shell does beyond that makes it unknown.
func (f *File) shellCommand(s *Stage, words []Word) Command {
	var c Command
	for _, w := range words {
		if w.Text == "&&" || w.Text == ";" || strings.HasSuffix(w.Text, ";") {
			c = Command{}
			continue
		}
		if strings.ContainsAny(w.Text, "|&;<>()`*?{}") && !strings.Contains(w.Text, "${") || strings.Contains(w.Text, "$(") {
			return Command{}
		}
		if len(c.Args) == 0 && isAssignment(w.Text) {
			c.Env = append(c.Env, w)
			continue
		}
		value, unknown, err := f.expand(w.Text, s.env)
		if err != nil || unknown != "" {
			value = ""
		}
		c.Args = append(c.Args, Word{Text: value, Span: w.Span})
		c.End = w.Span.End
	}
	return c
}

// isAssignment reports whether a word sets a variable.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// withoutWrappers takes off the programs that only start another one.
func withoutWrappers(args []Word) []Word {
	for len(args) > 1 {
		switch path.Base(args[0].Text) {
		case "exec", "tini", "dumb-init", "catatonit":
			args = args[1:]
			for len(args) > 1 && strings.HasPrefix(args[0].Text, "-") {
				args = args[1:]
			}
		case "uv", "poetry", "pipenv":
			if args[1].Text != "run" {
				return args
			}
			args = args[2:]
		case "env":
			args = args[1:]
			for len(args) > 1 && isAssignment(args[0].Text) {
				args = args[1:]
			}
		default:
			return args
		}
	}
	return args
}

// Env is the value that a stage's ENV instructions, and those of the stages that it builds on, give a variable of the container: its
// text with its variables replaced, and the place of the value. It is not ok where none sets it to a known value.
func (f *File) Env(s *Stage, name string) (value Word, ok bool) {
	for ; s != nil; s = s.Parent {
		for i := len(s.Instructions) - 1; i >= 0; i-- {
			in := s.Instructions[i]
			env, isEnv := in.Typed.(*instructions.EnvCommand)
			if !isEnv {
				continue
			}
			for _, kv := range env.Env {
				if kv.Key != name {
					continue
				}
				expanded, unknown, err := f.expand(kv.Value, s.env)
				return Word{Text: expanded, Span: envSpan(in, name)}, err == nil && unknown == ""
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
		if value, found := strings.CutPrefix(w.Text, name+"="); found {
			return text.Span{Start: w.Span.End - len(value), End: w.Span.End}
		}
	}
	return in.Span
}
