package diagnostics

import (
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// start is what the container starts, and the text that its command line stands in: the Dockerfile, or a package.json.
type start struct {
	*dockerfile.Command
	file      *text.File
	variables []place // that are set for this command alone, as NAME=value
}

// starting is the start command of the image; one of npm, yarn or pnpm is followed into package.json where that plainly says more.
func (p *Pass) starting(d *dockerfile.File) (s start, ok bool) {
	command, ok := d.Command(d.Final())
	if !ok {
		return start{}, false
	}
	s = start{Command: command, file: d.Source}
	s.setVariables()
	for range 3 { // a script may start another one
		name, asks := scriptName(s.Command)
		if !asks {
			break
		}
		file, script := p.packageScript(d, name)
		if script == nil {
			break
		}
		inside := text.Span{Start: script.Span.Start + 1, End: script.Span.End - 1}
		if file.Slice(inside) != script.Text {
			return start{}, false // written with escapes: the places are not the source's
		}
		command, ok := d.ShellCommand(d.Final(), script.Text, inside.Start)
		if !ok {
			return start{}, false
		}
		s.Command, s.file = command, file
		s.setVariables()
	}
	return s, true
}

func (s *start) setVariables() {
	for _, w := range s.Env {
		s.variables = append(s.variables, place{value: w.Text, at: w.Span, file: s.file, set: true, byEnv: true})
	}
}

// scriptName is the script of package.json that a command runs; it asks for none where it is no such command, or hands on arguments.
func scriptName(c *dockerfile.Command) (name string, asks bool) {
	if !isPackageManager(c.Program()) {
		return "", false
	}
	var words []string
	for _, a := range c.Args[1:] {
		switch {
		case a.Text == "", a.Text == "--", a.Text == "--prefix", a.Text == "-C", a.Text == "--cwd", a.Text == "--dir", a.Text == "--filter", a.Text == "-w", a.Text == "workspace":
			return "", false // another folder, or arguments for the script
		case !strings.HasPrefix(a.Text, "-"):
			words = append(words, a.Text)
		}
	}
	switch {
	case len(words) == 2 && (words[0] == "run" || words[0] == "run-script"):
		return words[1], true
	case len(words) == 1 && words[0] == "start", len(words) == 1 && c.Program() != "npm":
		return words[0], true
	}
	return "", false
}

// packageScript is a script of the one package.json that the image gets; nil where there are none or several.
func (p *Pass) packageScript(d *dockerfile.File, name string) (file *text.File, script *schema.Value) {
	image := p.image(d)
	for _, f := range p.Folder.Files() {
		if path.Base(f.Path) != "package.json" || !image.gets(f.Path) {
			continue
		}
		if file != nil {
			return nil, nil
		}
		if file = p.Folder.File(f.Path); file == nil {
			return nil, nil
		}
	}
	if file == nil || d.FetchesApp() {
		return nil, nil
	}
	scripts := schema.Read(file).Root.Member("scripts")
	if scripts == nil {
		return nil, nil
	}
	found := scripts.Value.Member(name)
	if found == nil || found.Value.Kind != schema.String || found.Value.Span.Len() < 2 {
		return nil, nil
	}
	return file, found.Value
}

// variable is what the command's own assignments, or ENV, say of a variable. It is set, with no value, where it is not known.
func (s start) variable(d *dockerfile.File, name string) place {
	for _, v := range slices.Backward(s.variables) {
		if value, found := strings.CutPrefix(v.value, name+"="); found {
			v.at, v.value = behind(v.file, v.at, name), value
			return v
		}
		if v.value == "" {
			return place{set: true, byEnv: true} // it may be any
		}
	}
	if w, ok := d.Env(d.Final(), name); ok {
		return place{value: w.Text, at: w.Span, file: d.Source, set: true, byEnv: true}
	} else if w.Span.Len() > 0 {
		return place{set: true, byEnv: true}
	}
	return place{}
}
