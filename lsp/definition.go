package lsp

import (
	"context"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// The bounds of one answer.
const (
	maxTargets = 50    // places that one definition leads to
	maxNamed   = 1_000 // places of one name
)

// target is a place in a file of a task folder; file is nil for one whose text is not known: then it is the file's start.
type target struct {
	path string
	file *text.File
	span text.Span
}

// definition leads from what the Dockerfile names to where it is: a stage, a variable, the files that COPY takes, the file that the
// start command starts, and from the start command to the line of the source that prints the mark.
func (s *server) definition(ctx context.Context, at *snapshot, params *protocol.DefinitionParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil || one == nil || one.docker() == nil {
		return nil, err
	}
	c := s.client.Load()
	origin, targets := one.defined(c.offset(one.file, params.Position))
	targets = targets[:min(len(targets), maxTargets)]
	if len(targets) == 0 {
		return nil, nil
	}
	if !c.definitionLinks {
		return c.locations(one, targets), nil
	}
	from, list := c.rangeOf(one.file, origin), []protocol.LocationLink{}
	for _, t := range targets {
		l := c.location(one, t)
		list = append(list, protocol.LocationLink{OriginSelectionRange: &from, TargetURI: l.URI, TargetRange: l.Range, TargetSelectionRange: l.Range})
	}
	return list, nil
}

func (c *client) location(one *spot, t target) protocol.Location {
	l := protocol.Location{URI: uri.URI(one.at.fileURI(one.place, t.path))}
	if t.file != nil {
		l.Range = c.rangeOf(t.file, t.span)
	}
	return l
}

func (c *client) locations(one *spot, targets []target) []protocol.Location {
	list := make([]protocol.Location, len(targets))
	for i, t := range targets {
		list[i] = c.location(one, t)
	}
	return list
}

// defined gives what stands at a byte of the Dockerfile, and where that is.
func (one *spot) defined(off int) (origin text.Span, targets []target) {
	d, folder := one.docker(), one.place.folder
	if n, ok := d.NameAt(off); ok {
		for _, span := range n.Definitions {
			targets = append(targets, target{one.rel, one.file, span})
		}
		return n.At, targets
	}
	for _, c := range d.Copies() {
		if !c.Source.Span.Contains(off) {
			continue
		}
		for _, f := range folder.Files() {
			if _, _, taken := c.Taken(f.Path); taken && !folder.Ignore().Excludes(f.Path) && len(targets) < maxTargets {
				targets = append(targets, target{path: f.Path})
			}
		}
		return d.Place(c.Source), targets
	}
	return one.started(off)
}

// started gives what the word of a start command starts, else the places that print the mark.
func (one *spot) started(off int) (origin text.Span, targets []target) {
	d, folder := one.docker(), one.place.folder
	in := startAt(d, off)
	if in == nil {
		return origin, nil
	}
	image := d.Image(d.Final())
	for _, w := range in.Args {
		if !w.Span.Contains(off) {
			continue
		}
		for _, f := range folder.Files() {
			if name, ok := image.PathOf(f.Path); ok && image.Means(w.Text, name) {
				return d.Place(w), []target{{path: f.Path}}
			}
		}
	}
	targets, others := one.marks()
	if len(targets) == 0 {
		targets = others
	}
	return in.Span, targets
}

// marks are the places that print the mark: in files that a stage takes, and in others.
func (one *spot) marks() (copied, others []target) {
	copies, last, taken := one.place.folder.Dockerfile().Copies(), "", false
	for _, m := range one.place.folder.Marks() {
		if m.File.Path != last {
			last = m.File.Path
			taken = one.takes(copies, last)
		}
		t := target{m.File.Path, m.File, m.Span}
		switch {
		case taken && len(copied) < maxTargets:
			copied = append(copied, t)
		case !taken && len(others) < maxTargets:
			others = append(others, t)
		}
	}
	return copied, others
}

// takes reports whether one of the sources takes a file of the folder along.
func (one *spot) takes(copies []dockerfile.Copy, name string) bool {
	return slices.ContainsFunc(copies, func(c dockerfile.Copy) bool {
		_, _, taken := c.Taken(name)
		return taken
	}) && !one.place.folder.Ignore().Excludes(name)
}

// startAt is the instruction at an offset that starts the container; nil where there is none.
func startAt(d *dockerfile.File, off int) *dockerfile.Instruction {
	if d.Final() == nil {
		return nil
	}
	entrypoint, cmd := d.Final().Start()
	for _, in := range []*dockerfile.Instruction{entrypoint, cmd} {
		if in != nil && in.Span.Contains(off) {
			return in
		}
	}
	return nil
}

// references are all places of a stage or a variable; of a source file, asked for at its start or on the mark, the COPY that takes it
// and the start command that starts it.
func (s *server) references(ctx context.Context, at *snapshot, params *protocol.ReferenceParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil || one == nil || one.isSet {
		return nil, err
	}
	c := s.client.Load()
	off := c.offset(one.file, params.Position)
	var targets []target
	if d := one.docker(); d != nil {
		n, ok := d.NameAt(off)
		if !ok {
			return nil, nil
		}
		for _, p := range n.Places[:min(len(n.Places), maxNamed)] {
			if !p.Declares || params.Context.IncludeDeclaration {
				targets = append(targets, target{one.rel, one.file, p.Span})
			}
		}
	} else if off == 0 || one.onMark(off) {
		targets = one.users()
	}
	if len(targets) == 0 {
		return nil, nil
	}
	return c.locations(one, targets), nil
}

// onMark reports whether an offset of a file is on a mark that it prints.
func (one *spot) onMark(off int) bool {
	for _, m := range one.place.folder.Marks() {
		if m.File.Path == one.rel && m.Span.Contains(off) {
			return true
		}
	}
	return false
}

// users are the words of the Dockerfile that bring a file into the image, or start it.
func (one *spot) users() []target {
	d := one.place.folder.Dockerfile()
	if d == nil || one.place.folder.Ignore().Excludes(one.rel) {
		return nil
	}
	var targets []target
	for _, c := range d.Copies() {
		if _, _, taken := c.Taken(one.rel); taken && len(targets) < maxTargets {
			targets = append(targets, target{task.DockerfileName, d.Source, d.Place(c.Source)})
		}
	}
	if d.Final() == nil {
		return targets
	}
	image := d.Image(d.Final())
	name, ok := image.PathOf(one.rel)
	entrypoint, cmd := d.Final().Start()
	for _, in := range []*dockerfile.Instruction{entrypoint, cmd} {
		if in == nil || !ok {
			continue
		}
		for _, w := range in.Args {
			if image.Means(w.Text, name) {
				targets = append(targets, target{task.DockerfileName, d.Source, d.Place(w)})
			}
		}
	}
	return targets
}

// documentHighlight shows all places of the stage or variable at a place.
func (s *server) documentHighlight(ctx context.Context, at *snapshot, params *protocol.DocumentHighlightParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil || one == nil || one.docker() == nil {
		return nil, err
	}
	c := s.client.Load()
	n, ok := one.docker().NameAt(c.offset(one.file, params.Position))
	if !ok {
		return nil, nil
	}
	list := []protocol.DocumentHighlight{}
	for _, p := range n.Places[:min(len(n.Places), maxNamed)] {
		kind := protocol.DocumentHighlightKindRead
		if p.Declares {
			kind = protocol.DocumentHighlightKindWrite
		}
		list = append(list, protocol.DocumentHighlight{Range: c.rangeOf(one.file, p.Span), Kind: kind})
	}
	return list, nil
}
