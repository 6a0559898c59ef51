package task

import (
	"embed"
	"maps"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed starters/*.txtar
var starterArchives embed.FS

// Starter is a whole task folder to begin with. Each checks clean but for the description, which a person has to write.
type Starter struct {
	Name  string // as it is asked for
	Title string // for a person
	Base  string // the images that its build begins with
}

// Starters are all starters, the simplest first.
func Starters() []Starter {
	return []Starter{
		{"flask", "Python with Flask", "python:3.9-slim"},
		{"python", "Python without packages", "python:3.9-slim"},
		{"node", "Node.js without packages", "node:22-slim"},
		{"go", "Go, as a program in an empty image", "golang:1.24-alpine"},
	}
}

// StarterFiles are the files of a starter's task folder by their slash-separated paths, with the given name of the task, and the given
// description unless it is "". It is not ok where there is no such starter.
func StarterFiles(starter, name, description string) (files map[string]string, ok bool) {
	files = map[string]string{}
	for path, content := range templates() {
		files[path] = content
	}
	if starter != "python" {
		packed, err := starterArchives.ReadFile("starters/" + starter + ".txtar")
		if err != nil {
			return nil, false
		}
		delete(files, StarterApp)
		maps.Copy(files, unpack(packed))
	}
	files[NameFile] = name + "\n"
	if description != "" {
		files[DescriptionFile] = description + "\n"
	}
	return files, true
}

func unpack(archive []byte) map[string]string {
	files := map[string]string{}
	for _, f := range txtar.Parse(archive).Files {
		files[f.Name] = string(f.Data)
	}
	return files
}
