package dockerfile

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// Images are the images of others that a build takes something from, as the Dockerfile names them with its variables replaced: what
// its stages begin with, and what COPY --from names. "scratch" is none.
func (f *File) Images() []string {
	var list []string
	add := func(name string) {
		if name != "" && name != "scratch" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for _, s := range f.Stages {
		if s.Parent == nil {
			add(s.Base)
		}
		for _, in := range s.Instructions {
			if typed, ok := in.Typed.(*instructions.CopyCommand); ok && !f.isStage(typed.From) {
				add(typed.From)
			}
		}
	}
	return list
}
