package diagnostics

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// reachingMarks are the places of the mark whose files are copied into the image, in the order of their files. They are not all where
// something else may print it: the app may come from elsewhere, a program or an archive may hold it, the Dockerfile says it.
func (p *Pass) reachingMarks(d *dockerfile.File) (marks []task.MarkPlace, all bool) {
	folder := p.Folder
	if folder.Partial() || len(d.Problems) > 0 || len(d.Stages) == 0 || d.FetchesApp() {
		return nil, false
	}
	for _, in := range d.Instructions {
		if strings.Contains(d.Source.Slice(text.Span{Start: in.Span.Start, End: in.End}), task.Mark) && !onlyInComments(d, in) {
			return nil, false
		}
	}
	image := p.image(d)
	if image.empty && !strings.EqualFold(d.Final().Base, "scratch") || appIsElsewhere(folder, d, image) {
		return nil, false // the app is the base image's, or a package
	}
	for _, f := range folder.Files() {
		if f.Opaque && image.gets(f.Path) {
			return nil, false
		}
	}
	last, there := "", false
	for _, m := range folder.Marks() {
		if m.File.Path != last {
			last, there = m.File.Path, image.gets(m.File.Path)
		}
		if there {
			marks = append(marks, m)
		}
	}
	return marks, true
}

// installs is a command that brings packages, which may be the app.
var installs = regexp.MustCompile(`\b(?:pip[0-9.]*|pipx|uv|poetry|pipenv|pdm|conda|mamba|micromamba|npm|yarn|pnpm|gem|bundle|composer|cargo|go)\b[^&|;]*\s(?:install|add|sync|ci|i)\b`)

// appIsElsewhere reports whether what the image starts may well not be the folder's own: a module that is not in it, a program of a package
// that is installed, or any where nothing but lists of packages is copied.
func appIsElsewhere(folder *task.Folder, d *dockerfile.File, image *image) bool {
	c, known := d.Command(d.Final())
	own := unsureApp
	if known {
		own = appOf(folder, c)
	}
	if own != unsureApp {
		return own == foreignApp
	}
	if !slices.ContainsFunc(d.Instructions, func(in *dockerfile.Instruction) bool {
		return in.Name == "RUN" && installs.MatchString(d.Source.Slice(in.Span))
	}) {
		return false
	}
	isSource := func(f task.FileInfo) bool { return holdsCode(f.Path) && image.gets(f.Path) }
	if !slices.ContainsFunc(folder.Files(), isSource) {
		return true
	}
	if !known || isInterpreter(c.Program()) {
		return false
	}
	server, _ := serverOf(c)
	return server == "" && !inFolder(folder, c.Program())
}

type appOwner int

const (
	unsureApp appOwner = iota
	folderApp
	foreignApp
)

// appOf tells whose the script or module is that a command names.
func appOf(folder *task.Folder, c *dockerfile.Command) appOwner {
	owner := func(own bool) appOwner {
		if own {
			return folderApp
		}
		return foreignApp
	}
	if name, args := serverOf(c); name != "" {
		if module := appArgument(args); module != "" {
			return owner(moduleInFolder(folder, module))
		}
		return unsureApp
	}
	program := c.Program()
	if !isPython(program) && program != "node" {
		return unsureApp
	}
	for i, a := range c.Args[1:] {
		switch {
		case isPython(program) && a.Text == "-m" && i+2 < len(c.Args):
			return owner(moduleInFolder(folder, c.Args[i+2].Text))
		case strings.HasPrefix(a.Text, "-"):
		case strings.HasSuffix(a.Text, ".py"), strings.HasSuffix(a.Text, "js"):
			if inFolder(folder, a.Text) {
				return folderApp
			}
			return unsureApp
		default:
			return unsureApp
		}
	}
	return unsureApp
}

var appWord = regexp.MustCompile(`^([A-Za-z_][\w.]*):[A-Za-z_]`)

// appArgument is the module of a server's argument such as app.main:app; "" where there is none.
func appArgument(args []dockerfile.Word) string {
	for _, a := range args {
		if match := appWord.FindStringSubmatch(a.Text); match != nil {
			return match[1]
		}
	}
	return ""
}

// moduleInFolder reports whether a Python module may be the folder's.
func moduleInFolder(folder *task.Folder, module string) bool {
	first, _, _ := strings.Cut(module, ".")
	return slices.ContainsFunc(folder.Paths(), func(name string) bool {
		base := path.Base(name)
		return base == first || base == first+".py"
	})
}

// inFolder reports whether a file of the folder has the name of one in the image.
func inFolder(folder *task.Folder, name string) bool {
	base := path.Base(name)
	return slices.ContainsFunc(folder.Files(), func(f task.FileInfo) bool { return path.Base(f.Path) == base })
}

// isInterpreter names the programs that run a file, or a project, of the folder.
func isInterpreter(program string) bool {
	return isPython(program) || isPackageManager(program) || slices.Contains([]string{
		"node", "deno", "bun", "java", "ruby", "perl", "php", "Rscript", "sh", "bash", "ash", "dash", "zsh", "dotnet", "go", "cargo", "julia", "lua", "nodemon", "ts-node", "tsx",
	}, program)
}

// isPackageManager names the programs that start what a package.json says.
func isPackageManager(program string) bool {
	return program == "npm" || program == "yarn" || program == "pnpm"
}

// holdsCode reports whether a file may be a program or a part of one, by its name: lists of packages and other data are none.
func holdsCode(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".toml", ".cfg", ".ini", ".json", ".lock", ".yaml", ".yml", ".md", ".rst", ".bin", ".csv", ".pkl", ".npy", ".onnx", ".pt", ".gitkeep", ".gitignore":
		return false
	}
	base := path.Base(name)
	return base != "Pipfile" && base != "Gemfile" && base != task.DockerfileName && !strings.HasPrefix(base, ".")
}
