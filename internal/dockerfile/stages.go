package dockerfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Stage is one FROM with what follows it.
type Stage struct {
	From         *Instruction
	Instructions []*Instruction  // without From
	Name         string          // after AS
	Base         string          // the image, or the earlier stage, with its variables replaced
	Parent       *Stage          // the earlier stage that it builds on; nil for an image
	Ports        []Port          // what the stage and the stages that it builds on expose
	env          environment     // the variables with known values
	lasting      map[string]bool // those that ENV set, here or in a stage that this one builds on, known or not
}

// Port is one EXPOSEd range, or a word of EXPOSE that gives none.
type Port struct {
	Word     Word
	First    int // 0 where the word is no port
	Last     int
	Protocol string // "tcp", "udp" or "sctp"
	Stage    *Stage // whose EXPOSE it is
	// Unknown is a variable without a known value that the word hangs on; "" where there is none. First and Last are then what holds
	// if it is empty.
	Unknown string
}

// Copy is one source of a COPY or ADD that comes from the build context.
type Copy struct {
	Instruction *Instruction
	Source      Word // as written
	Path        string
	Known       bool // all variables in it have known values
}

// findStages sorts the instructions into stages and follows the variables through them.
func (f *File) findStages() {
	global, named := environment{}, map[string]*Stage{}
	for _, in := range f.Instructions {
		if len(f.Stages) > maxStages {
			f.problem(in.Keyword, fmt.Sprintf("there are more than %d stages, and what follows is not read", maxStages))
			return
		}
		if in.Name == "FROM" || in.Typed == nil && NearestInstruction(in.Name) == "FROM" {
			stage := f.newStage(in, global, named)
			f.Stages = append(f.Stages, stage)
			named[strings.ToLower(stage.Name)] = stage
			continue
		}
		stage := f.Final()
		if stage == nil {
			f.beforeFirstStage(in, global)
			continue
		}
		stage.Instructions = append(stage.Instructions, in)
		f.follow(stage, in, global)
	}
	if len(f.Stages) == 0 && len(f.Problems) == 0 && len(f.Instructions) > 0 {
		f.problem(f.Instructions[0].Keyword, "there is no FROM, so there is nothing to build")
	}
}

func (f *File) beforeFirstStage(in *Instruction, global environment) {
	switch typed := in.Typed.(type) {
	case *instructions.ArgCommand:
		for _, a := range typed.Args {
			if a.Value != nil {
				global.set(a.Key, f.value(*a.Value, global))
			}
		}
	case nil: // refused already
	default:
		f.problem(in.Keyword, fmt.Sprintf("`%s` stands before the first FROM: only ARG may", in.Name))
	}
}

func (f *File) newStage(in *Instruction, global environment, named map[string]*Stage) *Stage {
	s := &Stage{From: in, env: environment{}, lasting: map[string]bool{}}
	typed, ok := in.Typed.(*instructions.Stage)
	if !ok {
		return s
	}
	s.Name = typed.Name
	base, unknown, _ := f.expand(typed.BaseName, global)
	s.Base = base
	if unknown != "" && !isWhole(base) {
		name := "the base image has no name"
		if base != "" {
			name = "the base image's name is only " + text.Quote(base)
		}
		f.problem(in.Args[0].Span, name+": "+text.Quote("$"+unknown)+" has no value")
	}
	if earlier := named[strings.ToLower(base)]; earlier != nil && base != "" {
		s.Parent = earlier
		s.lasting = maps.Clone(earlier.lasting)
		for key := range s.lasting { // an ARG ends with its stage, for the hosts' classic builder
			if value, known := earlier.env[key]; known {
				s.env[key] = value
			}
		}
		s.Ports = slices.Clone(earlier.Ports)
		for _, trigger := range triggers(earlier) {
			f.follow(s, trigger, global)
		}
	}
	return s
}

// isWhole is false for an image's name that lacks a part which a variable should have given.
func isWhole(image string) bool {
	return image != "" && !strings.ContainsAny(image[:1], ":/@") && !strings.ContainsAny(image[len(image)-1:], ":/@")
}

// follow keeps track of what an instruction does to its stage's variables and ports.
func (f *File) follow(s *Stage, in *Instruction, global environment) {
	switch typed := in.Typed.(type) {
	case *instructions.ArgCommand:
		for _, a := range typed.Args {
			inherited, fromGlobal := global[a.Key]
			switch {
			case s.lasting[a.Key]: // an ENV counts before an ARG, wherever they stand
			case a.Value != nil:
				s.env.set(a.Key, f.value(*a.Value, s.env))
			case fromGlobal:
				s.env[a.Key] = inherited
			}
		}
	case *instructions.EnvCommand:
		values := make([]value, len(typed.Env)) // all of them see the variables from before the instruction
		for i, kv := range typed.Env {
			values[i] = f.value(kv.Value, s.env)
		}
		for i, kv := range typed.Env {
			s.env.set(kv.Key, values[i])
			s.lasting[kv.Key] = true
		}
	case *instructions.ExposeCommand:
		for _, w := range in.Args {
			if len(s.Ports) < maxPorts {
				s.Ports = append(s.Ports, f.ports(s, w)...)
			}
		}
	}
}

// environment holds the variables whose values are known.
type environment map[string]string

// lookup is an environment for BuildKit's word lexer that remembers the variables that it did not know.
type lookup struct {
	environment
	unknown string
}

// Get is called by the lexer for each variable.
func (l *lookup) Get(key string) (string, bool) {
	v, ok := l.environment[key]
	if !ok {
		l.unknown = key
	}
	return v, ok
}

// Keys lists the known variables.
func (l *lookup) Keys() []string { return slices.Sorted(maps.Keys(l.environment)) }

// The bounds of expansion. Without them a few lines that double a variable would fill all memory.
const (
	maxWord   = 4 << 10 // bytes, of a word that is expanded and of a variable's value
	maxPorts  = 1_000
	maxStages = 500
)

var errTooLong = errors.New("the word is too long to be expanded")

// expand replaces variables as BuildKit does. unknown names a variable without a value.
func (f *File) expand(word string, env environment) (value, unknown string, err error) {
	if len(word) > maxWord {
		return word, "", errTooLong
	}
	if strings.ContainsRune(word, 0) || !utf8.ValidString(word) {
		return word, "", nil // no builder gets so far, and the lexer would complain on standard error
	}
	l := &lookup{environment: env}
	value, _, err = shell.NewLex(f.Escape).ProcessWord(word, l)
	return value, l.unknown, err
}

// value is what a variable is set to; not known where it hangs on one that is not known.
type value struct {
	text  string
	known bool
}

func (f *File) value(word string, env environment) value {
	expanded, unknown, err := f.expand(word, env)
	return value{expanded, err == nil && (unknown == "" || expanded != "") && len(expanded) <= maxWord}
}

// set sets a variable, or forgets it.
func (e environment) set(key string, v value) {
	if v.known {
		e[key] = v.text
	} else {
		delete(e, key)
	}
}

// Covers reports whether the port stands for this one.
func (p Port) Covers(number int, protocol string) bool {
	return p.First <= number && number <= p.Last && p.Protocol == protocol
}

// Start gives the instructions that start the stage's container, its own or those of the stages that it builds on; nil where there is
// none. An ENTRYPOINT makes the CMD of an earlier stage void.
func (s *Stage) Start() (entrypoint, cmd *Instruction) {
	if s.Parent != nil {
		entrypoint, cmd = s.Parent.Start()
	}
	for _, in := range s.Instructions {
		switch in.Name {
		case "CMD":
			cmd = in
		case "ENTRYPOINT":
			entrypoint = in
			if !slices.Contains(s.Instructions, cmd) {
				cmd = nil
			}
		}
	}
	return entrypoint, cmd
}

// StartCommand is the instruction that a person would call the start command: ENTRYPOINT, else CMD; nil where there is neither.
func (s *Stage) StartCommand() *Instruction {
	entrypoint, cmd := s.Start()
	if entrypoint != nil {
		return entrypoint
	}
	return cmd
}

// Sources are the stage's COPY and ADD sources that come from the build context: no --from, no URL, no heredoc. Path is the source
// with its variables replaced, relative to the folder.
func (f *File) Sources(s *Stage) []Copy {
	var list []Copy
	for _, in := range s.Instructions {
		for _, w := range sourceWords(in) {
			path, unknown, err := f.expand(w.Text, s.env)
			if err != nil || isURL(path) {
				continue
			}
			list = append(list, Copy{Instruction: in, Source: w, Path: path, Known: unknown == ""})
		}
	}
	return list
}

// sourceWords are an instruction's sources as written.
func sourceWords(in *Instruction) []Word {
	var sources []string
	switch typed := in.Typed.(type) {
	case *instructions.CopyCommand:
		if typed.From != "" {
			return nil
		}
		sources = typed.SourcePaths
	case *instructions.AddCommand:
		sources = typed.SourcePaths
	}
	var list []Word
	for _, source := range sources {
		for _, w := range in.Args {
			if w.Text == source {
				list = append(list, w)
				break
			}
		}
	}
	return list
}

// isURL names the sources that a builder fetches.
func isURL(source string) bool {
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@")
}

// FetchesApp reports whether the stages may get files that are not the folder's: from another image, from a URL, or by a command that
// clones or downloads.
func (f *File) FetchesApp() bool {
	for _, in := range f.Instructions {
		switch typed := in.Typed.(type) {
		case *instructions.CopyCommand:
			if typed.From != "" && !f.isStage(typed.From) {
				return true
			}
		case *instructions.AddCommand:
			if slices.ContainsFunc(typed.SourcePaths, isURL) {
				return true
			}
		case *instructions.RunCommand:
			body := f.Source.Slice(text.Span{Start: in.Span.Start, End: in.End})
			if strings.Contains(body, "git clone") || strings.Contains(body, "://") {
				return true
			}
		}
	}
	return false
}

func (f *File) isStage(name string) bool {
	if n, err := strconv.Atoi(name); err == nil {
		return n >= 0 && n < len(f.Stages)
	}
	return slices.ContainsFunc(f.Stages, func(s *Stage) bool { return strings.EqualFold(s.Name, name) })
}
