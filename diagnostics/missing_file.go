package diagnostics

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var missingFile = Rule{
	Code: "missing-file", Severity: Error,
	Doc: "one of the seven entries of a task folder is not there",
	check: func(p *Pass) {
		for _, name := range task.Required() {
			if p.Folder.Entry(name).Kind != task.Absent {
				continue
			}
			what, remedy := "`"+name+"`", "Create it."
			if name == task.SourceDir {
				what = "The folder `src`"
			}
			var fixes []Fix
			if near := nearMiss(p.candidates(name), name); near != "" {
				remedy = fmt.Sprintf("Rename %s?", text.Quote(near))
				fixes = append(fixes, Fix{Title: fmt.Sprintf("Rename %s to %s", text.Plain(near), name), Preferred: true, Renames: []Rename{{From: near, To: name}}})
			}
			fixes = append(fixes, create(name, len(fixes) == 0))
			p.reportOn(fmt.Sprintf("%s is missing. Publishing stops at the command line's own test, which asks for all seven entries. %s", what, remedy), fixes...)
		}
	},
}

// create makes a missing entry from the template.
func create(name string, preferred bool) Fix {
	file, title := name, "Create "+name
	if name == task.SourceDir {
		file, title = task.StarterApp, "Create "+task.StarterApp
	}
	content, _ := task.Template(file)
	return Fix{Title: title, Preferred: preferred, Creates: []NewFile{{Path: file, Content: content}}}
}

// candidates are the names of the folder that could stand for an entry: of files for a file, of folders for src.
func (p *Pass) candidates(entry string) []string {
	var names []string
	for _, name := range p.Folder.Names() {
		if _, isFile := p.Folder.FileSize(name); isFile == (entry != task.SourceDir) && !slices.Contains(task.Required(), name) {
			names = append(names, name)
		}
	}
	return names
}

// otherNames are the names that people give an entry.
var otherNames = map[string][]string{
	task.DockerfileName:  {"containerfile", "dockerfile.txt"},
	task.SourceDir:       {"source", "sources"},
	task.DescriptionFile: {"desc.txt", "description", "description.md"},
	task.NameFile:        {"name", "name.md"},
	task.InputFile:       {"example_input", "example_input.json", "example_input.txt", "example-input.bin", "input.bin"},
	task.OutputFile:      {"example_output", "example_output.json", "example_output.txt", "example-output.bin", "output.bin"},
	task.ConfigFile:      {"config", "conf.json", "config.jsonc", "config.json5"},
}

// nearMiss is the name that most likely stands for a missing entry; "" where there is none.
func nearMiss(names []string, wanted string) string {
	best, distance := "", 3
	for _, name := range names {
		lower := strings.ToLower(name)
		d := text.Distance(lower, strings.ToLower(wanted))
		if slices.Contains(otherNames[wanted], lower) {
			d = 1
		}
		if d == 2 && (len(wanted) < 6 || path.Ext(lower) != path.Ext(wanted)) {
			continue
		}
		if d == 1 && len(wanted) < 4 && !slices.Contains(otherNames[wanted], lower) {
			continue // "lib" and "src" share too little
		}
		if d < distance {
			best, distance = name, d
		}
	}
	return best
}
