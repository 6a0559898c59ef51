package dockerfile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// Name is a stage, or a variable of ARG or ENV, as it is named at one place, with all other places that mean the same.
type Name struct {
	At          text.Span
	Definitions []text.Span // where what holds at this place is declared; none where only the base image may declare it
	Places      []NamePlace // in the order of the text
}

// NamePlace is a place that names a stage or a variable.
type NamePlace struct {
	Span     text.Span
	Declares bool // else it is used there
}

// NameAt finds what is named at a byte offset: a stage, or a variable that the Dockerfile declares.
func (f *File) NameAt(off int) (*Name, bool) {
	n := f.names()
	at := slices.IndexFunc(n.list, func(o occurrence) bool { return o.span.Contains(off) })
	if at < 0 {
		return nil, false
	}
	here := n.list[at]
	group := n.groupOf(here)
	if group == (nameGroup{}) {
		return nil, false
	}
	name := &Name{At: here.span, Definitions: n.definitions(here)}
	for _, o := range n.list {
		if o.name == here.name && o.ofStage == here.ofStage && n.groupOf(o) == group {
			name.Places = append(name.Places, NamePlace{o.span, o.declares})
		}
	}
	return name, true
}

// occurrence is one place that names something.
type occurrence struct {
	span     text.Span
	name     string // of a variable; "" of a stage
	ofStage  *Stage // the stage that is named; nil for a variable
	in       *Instruction
	scope    *Stage // the stage that the place belongs to; nil before the first, and in FROM
	declares bool
	bare     bool // an ARG without a value
}

// nameGroup tells one variable from another of the same name, and one stage from another. The zero group is nothing that is declared.
type nameGroup struct {
	stage  *Stage
	global bool
}

// names are the occurrences of a Dockerfile.
type names struct {
	list     []occurrence
	declared map[*Stage]map[string][]occurrence // of variables, by scope
	groups   map[occurrence]nameGroup           // what groupOf found, by scope and name
}

// The bounds of the names of one Dockerfile.
const (
	maxOccurrences = 20_000
	maxDeclared    = 500 // by one instruction
)

func (f *File) names() *names {
	n := &names{declared: map[*Stage]map[string][]occurrence{}, groups: map[occurrence]nameGroup{}}
	var scope *Stage
	at := 0 // the number of stages so far
	for _, in := range f.Instructions {
		before := len(n.list)
		if before > maxOccurrences {
			break
		}
		if at < len(f.Stages) && f.Stages[at].From == in {
			scope = f.Stages[at]
			n.add(f.variables(in, nil)...)
			n.add(f.stageNames(in, scope, f.Stages[:at])...)
			at++
		} else {
			n.add(f.variables(in, scope)...)
			n.add(f.stageNames(in, scope, f.Stages[:max(0, at-1)])...)
		}
		for _, o := range n.list[before:] {
			if o.declares && o.ofStage == nil {
				if n.declared[o.scope] == nil {
					n.declared[o.scope] = map[string][]occurrence{}
				}
				n.declared[o.scope][o.name] = append(n.declared[o.scope][o.name], o)
			}
		}
	}
	slices.SortStableFunc(n.list, func(a, b occurrence) int { return cmp.Compare(a.span.Start, b.span.Start) })
	return n
}

func (n *names) add(list ...occurrence) { n.list = append(n.list, list...) }

// groupOf follows a variable to where it is declared first: to the global ones where a stage takes it over by a bare ARG.
func (n *names) groupOf(o occurrence) nameGroup {
	if o.ofStage != nil {
		return nameGroup{stage: o.ofStage}
	}
	global := len(n.declared[nil][o.name]) > 0
	if o.scope == nil {
		return nameGroup{global: global}
	}
	key := occurrence{scope: o.scope, name: o.name}
	group, known := n.groups[key]
	for s := o.scope; s != nil && !known && !group.global; s = s.Parent {
		list := n.declared[s][o.name]
		switch {
		case global && slices.ContainsFunc(list, func(d occurrence) bool { return d.bare }):
			group = nameGroup{global: true}
		case len(list) > 0:
			group.stage = s
		}
	}
	n.groups[key] = group
	return group
}

// definitions are where the value at a place comes from: the last declaration before its instruction, in its stage or in those that this
// one builds on. A bare ARG leads to the global one.
func (n *names) definitions(o occurrence) []text.Span {
	switch {
	case o.ofStage != nil:
		for _, d := range n.list {
			if d.ofStage == o.ofStage && d.declares {
				return []text.Span{d.span}
			}
		}
		return []text.Span{o.ofStage.From.Keyword} // a stage without a name, named by its number
	case o.declares && o.bare && o.scope != nil && len(n.declared[nil][o.name]) > 0:
		return n.lastGlobal(o.name)
	case o.declares:
		return []text.Span{o.span}
	case o.scope == nil:
		return n.lastGlobal(o.name)
	}
	for s := o.scope; s != nil; s = s.Parent {
		list := n.declared[s][o.name]
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].in.Span.Start < o.in.Span.Start {
				return []text.Span{list[i].span}
			}
		}
	}
	return nil
}

func (n *names) lastGlobal(name string) []text.Span {
	list := n.declared[nil][name]
	if len(list) == 0 {
		return nil
	}
	return []text.Span{list[len(list)-1].span}
}

// variables are the declarations and uses of variables in an instruction.
func (f *File) variables(in *Instruction, scope *Stage) []occurrence {
	var list []occurrence
	rest := in.Args // the keys come in the order of the words
	declare := func(key string, bare bool) {
		i := slices.IndexFunc(rest, func(w Word) bool { return w.Text == key || strings.HasPrefix(w.Text, key+"=") })
		if i < 0 || len(list) >= maxDeclared {
			return
		}
		at := text.Span{Start: rest[i].Span.Start, End: rest[i].Span.Start + len(key)}
		if rest = rest[i+1:]; f.Source.Slice(at) == key {
			list = append(list, occurrence{span: at, name: key, in: in, scope: scope, declares: true, bare: bare})
		}
	}
	switch typed := in.Typed.(type) {
	case *instructions.ArgCommand:
		for _, a := range typed.Args {
			declare(a.Key, a.Value == nil)
		}
	case *instructions.EnvCommand:
		for _, kv := range typed.Env {
			declare(kv.Key, false)
		}
	}
	for _, u := range f.uses(in) {
		list = append(list, occurrence{span: u, name: f.Source.Slice(u), in: in, scope: scope})
	}
	return list
}

// uses are the names behind the $ signs of an instruction, as far as a builder or a shell replaces them.
func (f *File) uses(in *Instruction) []text.Span {
	switch in.Name {
	case "RUN", "CMD", "ENTRYPOINT", "SHELL", "HEALTHCHECK":
		if in.JSON {
			return nil // nothing is replaced there
		}
	}
	var list []text.Span
	s, end := f.Source.Text, min(in.Span.End, len(f.Source.Text))
	single, double := false, false
	for i := in.Keyword.End; i < end; i++ {
		switch c := s[i]; {
		case c == '\n' && isCommentLine(s[i+1:end]):
			i += len(firstLine(s[i+1 : end]))
		case rune(c) == f.Escape && !single && i+1 < end && s[i+1] != '\n':
			i++
		case c == '\'' && !double:
			single = !single
		case c == '"' && !single:
			double = !double
		case c == '$' && !single:
			at := text.Span{Start: i + 1, End: i + 1}
			if at.Start < end && s[at.Start] == '{' {
				at.Start++
			}
			for at.End = at.Start; at.End < end && isNameByte(s[at.End], at.End == at.Start); at.End++ {
			}
			if at.Len() > 0 {
				list = append(list, at)
				i = at.End - 1
			}
		}
	}
	return list
}

func isCommentLine(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(firstLine(s), " \t"), "#")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || !first && c >= '0' && c <= '9'
}

// stageNames are the places of an instruction that name a stage: its own behind AS, an earlier one behind FROM or --from.
func (f *File) stageNames(in *Instruction, own *Stage, earlier []*Stage) []occurrence {
	var list []occurrence
	add := func(at text.Span, s *Stage, declares bool) {
		if s != nil && at.Len() > 0 {
			list = append(list, occurrence{span: at, ofStage: s, in: in, scope: own, declares: declares})
		}
	}
	if own != nil && own.From == in {
		n := len(in.Args)
		if own.Parent != nil && n > 0 && strings.EqualFold(in.Args[0].Text, own.Parent.Name) {
			add(in.Args[0].Span, own.Parent, false)
		}
		if own.Name != "" && n > 2 && strings.EqualFold(in.Args[n-2].Text, "AS") {
			add(in.Args[n-1].Span, own, true)
		}
		return list
	}
	for _, w := range in.Flags {
		for _, key := range []string{"--from=", "from="} {
			at := strings.Index(w.Text, key)
			if at < 0 || key == "from=" && !strings.HasPrefix(w.Text, "--mount=") {
				continue
			}
			value, _, _ := strings.Cut(w.Text[at+len(key):], ",")
			start := w.Span.Start + at + len(key)
			if span := (text.Span{Start: start, End: start + len(value)}); f.Source.Slice(span) == value {
				add(span, stageNamed(earlier, value), false)
			}
			break
		}
	}
	return list
}

// stageNamed is the stage that a name or a number means among the earlier ones; nil where it is an image.
func stageNamed(earlier []*Stage, name string) *Stage {
	for i := len(earlier) - 1; i >= 0; i-- {
		if earlier[i].Name != "" && strings.EqualFold(earlier[i].Name, name) {
			return earlier[i]
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(earlier) {
		return earlier[n]
	}
	return nil
}
