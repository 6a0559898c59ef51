package dockerfile

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// environment holds the variables whose values are known.
type environment struct {
	values map[string]string
	// closed says that a variable without a value has surely none: there is no base image that may set it.
	closed bool
}

func newEnvironment(closed bool) environment {
	return environment{values: map[string]string{}, closed: closed}
}

// set sets a variable, or forgets it.
func (e *environment) set(key string, v value) {
	if _, there := e.values[key]; v.known && (there || len(e.values) < maxVariables) {
		e.values[key] = v.text
		return
	}
	delete(e.values, key)
	e.closed = false
}

// value is what a variable is set to; not known where it hangs on one that is not known.
type value struct {
	text  string
	known bool
}

func (f *File) value(word string, env environment) value {
	expanded, unknown, err := f.expand(word, env)
	return value{expanded, err == nil && unknown == "" && len(expanded) <= maxWord}
}

// lookup is an environment for BuildKit's word lexer that remembers the variables that it did not know.
type lookup struct {
	environment
	unset []string
}

// Get is called by the lexer for each variable.
func (l *lookup) Get(key string) (string, bool) {
	v, ok := l.values[key]
	if !ok && isName(key) { // a shell's own, such as $1, has no value for a builder
		l.unset = append(l.unset, key)
	}
	return v, ok
}

// Keys lists the known variables.
func (l *lookup) Keys() []string { return slices.Sorted(maps.Keys(l.values)) }

// unknown names a variable whose value was asked for and is not known; "" where there is none.
func (l *lookup) unknown() string {
	if l.closed || len(l.unset) == 0 {
		return ""
	}
	return l.unset[0]
}

// unknownIn is unknown, less the variables for which the word itself says what holds without a value.
func (l *lookup) unknownIn(word string) string {
	if l.closed {
		return ""
	}
	for _, name := range l.unset {
		if !strings.Contains(word, "{"+name+":-") && !strings.Contains(word, "{"+name+"-") {
			return name
		}
	}
	return ""
}

func isName(s string) bool {
	for i := range len(s) {
		if !isNameByte(s[i], i == 0) {
			return false
		}
	}
	return s != ""
}

// The bounds of expansion. Without them a few lines that double a variable would fill all memory.
const (
	maxWord   = 4 << 10 // bytes, of a word that is expanded and of a variable's value
	maxPorts  = 1_000
	maxStages = 500

	maxVariables = 500 // of a stage; the values of others are not known
)

var errTooLong = errors.New("the word is too long to be expanded")

// isPlain reports whether a lexer would complain of a word on standard error; no builder gets so far.
func isPlain(word string) bool { return !strings.ContainsRune(word, 0) && utf8.ValidString(word) }

// expand replaces variables as BuildKit does. unknown names a variable whose value is not known.
func (f *File) expand(word string, env environment) (value, unknown string, err error) {
	if len(word) > maxWord {
		return word, "", errTooLong
	}
	if !strings.ContainsAny(word, "$'\"\\`<") || !isPlain(word) {
		return word, "", nil
	}
	l := &lookup{environment: env}
	value, _, err = shell.NewLex(f.Escape).ProcessWord(word, l)
	return value, l.unknown(), err
}

// atRun are the variables that a stage's container sees: what ARG set is gone (docs/hosts.md#start).
func (s *Stage) atRun() environment {
	env := newEnvironment(s.env.closed)
	for key := range s.lasting {
		if v, known := s.env.values[key]; known {
			env.values[key] = v
		}
	}
	return env
}

// atRun replaces the variables of a word of the start command as the shell in the container does. A default that the word itself gives
// holds where no ENV sets its variable. The Text is empty where a variable has no known value, and Gone names it where ARG alone set it.
func (f *File) atRun(s *Stage, w Word) Word {
	if len(w.Text) > maxWord || !isPlain(w.Text) {
		return Word{Span: w.Span}
	}
	l := &lookup{environment: s.run}
	if l.values == nil {
		l.environment = s.atRun()
	}
	expanded, _, err := shell.NewLex(f.Escape).ProcessWord(w.Text, l)
	gone := slices.IndexFunc(l.unset, func(name string) bool { return (s.args[name] || f.args[name]) && !s.lasting[name] })
	unknown := l.unknownIn(w.Text)
	switch {
	case gone >= 0 && unknown == l.unset[gone]:
		return Word{Span: w.Span, Gone: unknown}
	case err != nil || unknown != "":
		return Word{Span: w.Span}
	}
	return Word{Text: expanded, Span: w.Span}
}
