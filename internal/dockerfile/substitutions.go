package dockerfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// words are the words of an instruction in which a builder replaces variables, as its parser cuts them.
func (in *Instruction) words() []string {
	switch typed := in.Typed.(type) {
	case *instructions.Stage:
		return []string{typed.BaseName, typed.Platform}
	case *instructions.ArgCommand:
		var list []string
		for _, a := range typed.Args {
			if list = append(list, a.Key); a.Value != nil {
				list = append(list, *a.Value)
			}
		}
		return list
	case *instructions.EnvCommand:
		return keysAndValues(typed.Env)
	case *instructions.LabelCommand:
		return keysAndValues(typed.Labels)
	case *instructions.CopyCommand:
		return append(slices.Clone(typed.SourcePaths), typed.DestPath, typed.Chown)
	case *instructions.AddCommand:
		return append(slices.Clone(typed.SourcePaths), typed.DestPath, typed.Chown)
	case *instructions.ExposeCommand: // its parser sorts them
		list := make([]string, 0, len(in.Args))
		for _, w := range in.Args {
			if strings.HasPrefix(w.Text, "#") {
				break // a comment, for its author; refusePorts speaks of it
			}
			list = append(list, w.Text)
		}
		return list
	case *instructions.VolumeCommand:
		return typed.Volumes
	case *instructions.WorkdirCommand:
		return []string{typed.Path}
	case *instructions.UserCommand:
		return []string{typed.User}
	case *instructions.StopSignalCommand:
		return []string{typed.Signal}
	}
	return nil
}

func keysAndValues(list instructions.KeyValuePairs) []string {
	words := make([]string, 0, 2*len(list))
	for _, kv := range list {
		words = append(words, kv.Key, kv.Value)
	}
	return words
}

// all is an environment in which each variable has a value, so that a word fails there for how it is written and for nothing else.
type all struct{}

func (all) Get(string) (string, bool) { return "x", true }
func (all) Keys() []string            { return nil }

// checkWords reports the words whose quotes or variables no builder can read.
func (f *File) checkWords() {
	faults := 0
	for _, in := range f.Instructions {
		for _, word := range in.words() {
			if !strings.ContainsAny(word, `$"'`) || len(word) > maxWord || !isPlain(word) {
				continue
			}
			if faults == maxFaults {
				return
			}
			if _, _, err := shell.NewLex(f.Escape).ProcessWord(word, all{}); err != nil {
				faults++
				f.add(Problem{
					Span: f.placeOf(in, word), Message: text.Quote(word) + " cannot be read: " + lexerCause(word, err),
					Consequence: "A host cannot build the image. Put a backslash before a sign that is meant as it is.",
				})
			}
		}
	}
}

// lexerCause says in plain words what the lexer has against a word.
func lexerCause(word string, err error) string {
	switch message := err.Error(); {
	case strings.Contains(message, "matching double-quote"):
		return "a double quote has no end"
	case strings.Contains(message, "matching single-quote"):
		return "a single quote has no end"
	case strings.Contains(message, "bad substitution"):
		return "a `${` has no name behind it"
	case strings.Count(word, "${") > strings.Count(word, "}"):
		return "a `${` has no `}`"
	}
	return "a `${…}` has a sign that no builder knows"
}

// placeOf is where a parser's word stands in an instruction: the word itself, else all arguments.
func (f *File) placeOf(in *Instruction, word string) text.Span {
	for _, w := range slices.Concat(in.Args, in.Flags) {
		if w.Text == word || strings.HasSuffix(w.Text, "="+word) {
			return text.Span{Start: w.Span.End - min(len(word), w.Span.Len()), End: w.Span.End}
		}
	}
	if len(in.Args) == 0 {
		return in.Keyword
	}
	return text.Span{Start: in.Args[0].Span.Start, End: in.Span.End}
}

// Substitution is a ${…} that BuildKit replaces, and the hosts' classic builder does not know (docs/hosts.md#build).
type Substitution struct {
	Span text.Span
	Text string
	Mend text.Edit // the same with a sign that both know, but for a variable that is set to nothing; empty where there is none
}

var newerSigns = regexp.MustCompile(`^(?:[-+]|#|%|/)`)

// NewerSubstitutions are the ones of an instruction: those with another sign behind the name than :-, :+, :? and ?.
func (f *File) NewerSubstitutions(in *Instruction) []Substitution {
	if len(in.words()) == 0 || in.Span.End > len(f.Source.Text) {
		return nil
	}
	var list []Substitution
	for _, name := range f.uses(in) {
		rest := f.Source.Text[name.End:in.Span.End]
		sign := newerSigns.FindString(rest)
		if len(list) > maxProblems { // one more than is shown
			break
		}
		if sign == "" || name.Start < 2 || f.Source.Text[name.Start-2:name.Start] != "${" {
			continue
		}
		sub := Substitution{Span: text.Span{Start: name.Start - 2, End: name.End + len(sign)}}
		if end := closing(rest); end >= 0 {
			sub.Span.End = name.End + end
		}
		sub.Text = f.Source.Slice(sub.Span)
		if sign == "-" || sign == "+" {
			sub.Mend = text.Edit{Span: text.Span{Start: name.End, End: name.End}, New: ":"}
		}
		list = append(list, sub)
	}
	return list
}

// closing is the offset just behind the brace that closes what is open at the start of a text; negative where none does on its line.
func closing(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '\n':
			return -1
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
