package dockerfile

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// maxCopies bounds how many sources are given.
const maxCopies = 1_000

// Copies are the sources of all stages that come from the build context and whose names are known, up to a bound.
func (f *File) Copies() []Copy {
	var list []Copy
	for _, s := range f.Stages {
		for _, c := range f.Sources(s) {
			if len(list) == maxCopies {
				return list
			}
			if c.Known {
				list = append(list, c)
			}
		}
	}
	return list
}

// AllSources are the sources of all stages that come from the build context, with those that the ONBUILDs of an earlier stage bring.
func (f *File) AllSources() []Copy {
	var list []Copy
	for _, s := range f.Stages {
		list = append(append(list, s.triggered...), s.sources...)
	}
	return list
}

// ContextPath is the source relative to the folder, as a builder takes it: the root of the build context is the root of all. The folder
// itself is ".".
func (c Copy) ContextPath() string {
	if clean := strings.TrimPrefix(path.Clean("/"+c.Path), "/"); clean != "" {
		return clean
	}
	return "."
}

// IsPattern reports whether the source stands for all names of a kind.
func (c Copy) IsPattern() bool { return strings.ContainsAny(c.Path, `*?[\`) }

// Place is the span of the source itself, without quotes around it.
func (f *File) Place(w Word) text.Span { return f.unquoted(w) }

// Taken tells whether the source takes a file of the folder along, and by which name: the file's own where the source is the file, else
// the path below the folder that the source is. A pattern takes what it matches.
func (c Copy) Taken(file string) (below string, isFile, ok bool) {
	source := c.ContextPath()
	if !c.IsPattern() {
		switch rest, inside := strings.CutPrefix(file, source+"/"); {
		case source == ".":
			return file, false, true
		case source == file:
			return path.Base(file), true, true
		default:
			return rest, false, inside
		}
	}
	for at := range len(file) + 1 {
		if at != len(file) && file[at] != '/' {
			continue
		}
		if matched, err := path.Match(source, file[:at]); err == nil && matched {
			if at == len(file) {
				return path.Base(file), true, true
			}
			return file[at+1:], false, true
		}
	}
	return "", false, false
}

// Image is where the files of the folder lie in the image of a stage, as far as its COPY and ADD tell.
type Image struct {
	Workdir string // of the container; it begins with unknownDir where the base image's own is a part of it
	copies  []placed
}

// placed is a source with where it goes.
type placed struct {
	Copy
	dest  string // absolute, clean
	isDir bool   // dest is a folder for whatever comes
}

// unknownDir stands for the working directory of the base image.
const unknownDir = "/\x00"

// maxPlaced bounds how many sources are followed.
const maxPlaced = 200

// Image follows the working directories and the sources of a stage and of those that it builds on.
func (f *File) Image(s *Stage) *Image {
	if s == nil {
		return &Image{Workdir: unknownDir}
	}
	var m *Image
	switch {
	case s.Parent != nil:
		m = f.Image(s.Parent)
	case strings.EqualFold(s.Base, "scratch"):
		m = &Image{Workdir: "/"}
	default:
		m = &Image{Workdir: unknownDir}
	}
	sources := map[*Instruction][]Copy{}
	for _, c := range f.Sources(s) {
		sources[c.Instruction] = append(sources[c.Instruction], c)
	}
	for _, in := range s.Instructions {
		switch typed := in.Typed.(type) {
		case *instructions.WorkdirCommand:
			if dir, unknown, err := f.expand(typed.Path, s.env); err == nil && unknown == "" {
				m.Workdir = m.absolute(dir)
			} else {
				m.Workdir = unknownDir
			}
		case *instructions.CopyCommand:
			m.place(f, s, sources[in], typed.DestPath)
		case *instructions.AddCommand:
			m.place(f, s, sources[in], typed.DestPath)
		}
	}
	return m
}

func (m *Image) absolute(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(m.Workdir, name)
}

func (m *Image) place(f *File, s *Stage, sources []Copy, dest string) {
	dest, unknown, err := f.expand(dest, s.env)
	if err != nil || unknown != "" || dest == "" {
		return
	}
	one := placed{dest: m.absolute(dest)}
	one.isDir = len(sources) > 1 || strings.HasSuffix(dest, "/") || dest == "." || strings.HasSuffix(dest, "/.") || m.isDir(one.dest)
	for _, c := range sources {
		if one.Copy = c; c.Known && len(m.copies) < maxPlaced {
			m.copies = append(m.copies, one)
		}
	}
}

// isDir reports whether a path is surely a folder: the root, the working directory, one that something was put into, or one above these.
func (m *Image) isDir(name string) bool {
	if name == "/" || name == m.Workdir || strings.HasPrefix(m.Workdir, name+"/") {
		return true
	}
	for _, p := range m.copies {
		if p.isDir && p.dest == name || strings.HasPrefix(p.dest, name+"/") {
			return true
		}
	}
	return false
}

// PathOf is the absolute path that a file of the folder has in the image. It is not ok for one that is not copied there.
func (m *Image) PathOf(file string) (name string, ok bool) {
	for i := len(m.copies) - 1; i >= 0; i-- {
		p := m.copies[i]
		below, isFile, taken := p.Taken(file)
		switch {
		case !taken:
		case isFile && !p.isDir && !p.IsPattern():
			return p.dest, true
		default:
			return path.Join(p.dest, below), true
		}
	}
	return "", false
}

// FromWorkdir is how a command that the container starts calls an absolute path: relative to the working directory where it lies below
// it. It is not ok where the path hangs on what only the base image knows.
func (m *Image) FromWorkdir(name string) (short string, ok bool) {
	if rest, below := strings.CutPrefix(name, strings.TrimSuffix(m.Workdir, "/")+"/"); below {
		return rest, true
	}
	return name, !strings.HasPrefix(name, unknownDir)
}

// Means reports whether a word of the start command names an absolute path of the image.
func (m *Image) Means(word, name string) bool {
	return word != "" && m.absolute(word) == name
}
