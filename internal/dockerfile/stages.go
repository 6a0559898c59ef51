package dockerfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

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
	env          environment     // the variables with known values, as the stage's last instruction leaves them
	lasting      map[string]bool // those that ENV set, here or in a stage that this one builds on, known or not
	args         map[string]bool // those that an ARG declares, here or in a stage that this one builds on
	run          environment     // what the container sees of them; ready for the final stage alone
	sources      []Copy          // of its own COPYs and ADDs
	triggers     []*Instruction  // its ONBUILDs, once another stage builds on it
	isParent     bool            // another stage builds on it
	triggered    []Copy          // of those that the ONBUILDs of the stage that it builds on leave to it
}

// Port is one EXPOSEd range, or a word of EXPOSE that gives none. Port 0 is one for a builder.
type Port struct {
	Word     Word
	First    int
	Last     int
	Protocol string // "tcp", "udp" or "sctp"
	Stage    *Stage // whose EXPOSE it is
	// Unknown is a variable without a known value that the word hangs on; "" where there is none. First and Last are then what holds
	// if it is empty.
	Unknown string
	// None says that the word is empty, and exposes nothing; where there is an Unknown, if that is empty.
	None bool
	// Refused says that a builder takes the word for no port and stops; where there is an Unknown, if that is empty.
	Refused bool
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
	global, named := newEnvironment(true), map[string]*Stage{}
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
			f.beforeFirstStage(in, &global)
			continue
		}
		stage.Instructions = append(stage.Instructions, in)
		f.follow(stage, in, global)
	}
	if len(f.Stages) == 0 && len(f.Problems) == 0 && len(f.Instructions) > 0 {
		f.problem(f.Instructions[0].Keyword, "there is no FROM, so there is nothing to build")
	}
}

func (f *File) beforeFirstStage(in *Instruction, global *environment) {
	switch typed := in.Typed.(type) {
	case *instructions.ArgCommand:
		for _, a := range typed.Args {
			if f.args[a.Key] = true; a.Value != nil {
				global.set(a.Key, f.value(*a.Value, *global))
			}
		}
	case nil: // refused already
	default:
		f.problem(in.Keyword, fmt.Sprintf("`%s` stands before the first FROM: only ARG may", in.Name))
	}
}

func (f *File) newStage(in *Instruction, global environment, named map[string]*Stage) *Stage {
	s := &Stage{From: in, env: newEnvironment(false), lasting: map[string]bool{}, args: map[string]bool{}}
	typed, ok := in.Typed.(*instructions.Stage)
	if !ok {
		return s
	}
	s.Name = typed.Name
	base, unknown, _ := f.expand(typed.BaseName, environment{values: global.values})
	s.Base, s.env.closed = base, strings.EqualFold(base, "scratch")
	if unknown != "" && !isWhole(base) {
		name := "the base image has no name"
		if base != "" {
			name = "the base image's name is only " + text.Quote(base)
		}
		f.problem(in.Args[0].Span, name+": "+text.Quote("$"+unknown)+" has no value")
	}
	if earlier := named[strings.ToLower(base)]; earlier != nil && base != "" {
		s.Parent = earlier
		s.lasting, s.args, s.env.closed = maps.Clone(earlier.lasting), maps.Clone(earlier.args), earlier.env.closed
		for key := range s.lasting { // an ARG ends with its stage, for the hosts' classic builder
			if value, known := earlier.env.values[key]; known {
				s.env.values[key] = value
			}
		}
		s.Ports = slices.Clone(earlier.Ports)
		if !earlier.isParent {
			earlier.isParent, earlier.triggers = true, triggers(earlier)
		}
		for _, trigger := range earlier.triggers {
			f.follow(s, trigger, global)
		}
		s.sources, s.triggered = nil, s.sources
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
			inherited, fromGlobal := global.values[a.Key]
			if len(s.args) < maxVariables {
				s.args[a.Key] = true
			}
			switch {
			case s.lasting[a.Key]: // an ENV counts before an ARG, wherever they stand
			case a.Value != nil:
				s.env.set(a.Key, f.value(*a.Value, s.env))
			case fromGlobal:
				s.env.set(a.Key, value{inherited, true})
			}
		}
	case *instructions.EnvCommand:
		values := make([]value, len(typed.Env)) // all of them see the variables from before the instruction
		for i, kv := range typed.Env {
			values[i] = f.value(kv.Value, s.env)
		}
		for i, kv := range typed.Env {
			s.env.set(kv.Key, values[i])
			if len(s.lasting) < maxVariables {
				s.lasting[kv.Key] = true
			}
		}
	case *instructions.ExposeCommand:
		for _, w := range in.Args {
			if len(s.Ports) < maxPorts {
				s.Ports = append(s.Ports, f.ports(s, w)...)
			}
		}
	case *instructions.CopyCommand, *instructions.AddCommand:
		for _, w := range sourceWords(in) {
			if path, unknown, err := f.expand(w.Text, s.env); err == nil && !isURL(path) {
				s.sources = append(s.sources, Copy{Instruction: in, Source: w, Path: path, Known: unknown == ""})
			}
		}
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
func (f *File) Sources(s *Stage) []Copy { return s.sources }

// sourceWords are an instruction's sources as written.
func sourceWords(in *Instruction) []Word {
	if _, there := in.noteAt(); there {
		return nil // another fault
	}
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
	rest := in.Args // the sources come in the order of the words
	for _, source := range sources {
		if i := slices.IndexFunc(rest, func(w Word) bool { return w.Text == source }); i >= 0 {
			list = append(list, rest[i])
			rest = rest[i+1:]
		}
	}
	return list
}

// isURL names the sources that a builder fetches.
func isURL(source string) bool {
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@")
}

// packageIndex is where a package manager looks for packages, which is no app.
var packageIndex = regexp.MustCompile(`(?:\s--(?:default-|extra-)?index(?:-url)?|\s-i|\s--find-links|\s-f|\s--registry|\s--trusted-host)[= ]["']?[a-z]+://\S+`)

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
			body := packageIndex.ReplaceAllString(f.Source.Slice(text.Span{Start: in.Span.Start, End: in.End}), "")
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
