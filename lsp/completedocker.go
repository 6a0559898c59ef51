package lsp

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// completeDocker offers the instructions of a Dockerfile that the contract asks for and that are not there yet: the port, the
// environment of Python, and a start command for the app of the folder. What else can stand in a Dockerfile is left to other servers.
func completeDocker(folder *task.Folder, d *dockerfile.File, off int) []schema.Completion {
	final := d.Final()
	line := d.Source.Line(d.Source.LineOf(off))
	if final == nil || line.Start < final.From.End || goesOn(d, line.Start) {
		return nil
	}
	before, after := d.Source.Text[line.Start:off], d.Source.Text[off:line.End]
	keyword, argument, spaced := strings.Cut(strings.TrimLeft(before, " \t"), " ")
	switch {
	case !spaced && onlyLetters(keyword) && onlyLetters(strings.TrimRight(after, " \t")):
		word := text.Span{Start: off - len(keyword), End: off + len(strings.TrimRight(after, " \t"))}
		return instructionOffers(folder, d, word)
	case strings.EqualFold(keyword, "EXPOSE") && strings.Trim(argument, " 0123456789") == "" && strings.TrimSpace(after) == "" && !exposes(final, line):
		typed := argument[strings.LastIndexByte(argument, ' ')+1:]
		return []schema.Completion{{Label: "8080", Documentation: exposeHelp, IsValue: true, Edit: text.Edit{Span: text.Span{Start: off - len(typed), End: off}, New: "8080"}}}
	case (strings.EqualFold(keyword, "CMD") || strings.EqualFold(keyword, "ENTRYPOINT")) && strings.TrimSpace(argument+after) == "":
		if command := startOf(folder, d); command != "" {
			return []schema.Completion{{Label: command, Documentation: "**" + strings.ToUpper(keyword) + startHelp, IsValue: true, Edit: text.Edit{Span: text.Span{Start: off, End: off}, New: command}}}
		}
	}
	return nil
}

// goesOn reports whether a line is part of an instruction that began on a line before it.
func goesOn(d *dockerfile.File, start int) bool {
	for _, in := range d.Instructions {
		if in.Span.Start < start && start < d.Whole(in).End {
			return true
		}
	}
	above := strings.TrimRight(d.Source.Text[:start], " \t\r\n")
	return strings.HasSuffix(above, string(d.Escape))
}

func onlyLetters(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// exposes reports whether a stage exposes port 8080 on another line than this one.
func exposes(s *dockerfile.Stage, line text.Span) bool {
	return slices.ContainsFunc(s.Ports, func(p dockerfile.Port) bool {
		return p.Covers(8080, "tcp") && (p.Word.Span.End < line.Start || line.End < p.Word.Span.Start)
	})
}

// instructionOffers are whole instructions, in the letter case of the file, in place of a word.
func instructionOffers(folder *task.Folder, d *dockerfile.File, word text.Span) []schema.Completion {
	final := d.Final()
	var list []schema.Completion
	offer := func(name, arguments, documentation string) {
		if from := d.Source.Slice(final.From.Keyword); from == strings.ToLower(from) {
			name = strings.ToLower(name)
		}
		list = append(list, schema.Completion{
			Label: name + " " + arguments, Detail: "meca-lsp", Documentation: documentation, Edit: text.Edit{Span: word, New: name + " " + arguments},
		})
	}
	if !exposes(final, word) {
		offer("EXPOSE", "8080", exposeHelp)
	}
	if value, _ := d.Env(final, "PYTHONUNBUFFERED"); value.Span.Len() == 0 && hasPython(folder) {
		offer("ENV", "PYTHONUNBUFFERED=1", "Python holds its output back where it does not go to a terminal: a host would not see `meca-init-done`.\n\n"+hostsPage("start"))
	}
	start := final.StartCommand()
	if start != nil && !start.Span.Contains(word.Start) {
		return list
	}
	if command := startOf(folder, d); command != "" {
		offer("CMD", command, "**CMD"+startHelp)
	}
	return list
}

func hasPython(folder *task.Folder) bool {
	return slices.ContainsFunc(folder.Files(), func(f task.FileInfo) bool { return path.Ext(f.Path) == ".py" })
}

// startOf is the start command for the Python app of the folder, as a JSON array; "" where there is no app to be sure of, or no COPY
// says where it is in the image.
func startOf(folder *task.Folder, d *dockerfile.File) string {
	app := appOf(folder)
	image := d.Image(d.Final())
	absolute, copied := image.PathOf(app)
	if app == "" || !copied || folder.Ignore().Excludes(app) {
		return ""
	}
	name, ok := image.FromWorkdir(absolute)
	if !ok || strings.ContainsAny(name, `"\`) || text.Plain(name) != name {
		return ""
	}
	if f := folder.File(app); f != nil && isFlask(f.Text) {
		return `["flask", "--app", "` + name + `", "run", "--host=0.0.0.0", "--port=8080"]`
	}
	python := "python3"
	if strings.Contains(d.Final().Base, "python") {
		python = "python"
	}
	return `["` + python + `", "-u", "` + name + `"]`
}

// appNames are what people call the file that starts a task.
var appNames = []string{"app.py", "main.py", "flask_app.py", "server.py"}

// appOf is the Python file that prints the mark, else the one with a telling name, the first and the shallowest where there are several.
func appOf(folder *task.Folder) string {
	type candidate struct {
		path        string
		marked      int // 0 where it prints the mark
		name, depth int
	}
	var list []candidate
	for _, f := range folder.Files() {
		if path.Ext(f.Path) != ".py" {
			continue
		}
		c := candidate{f.Path, 1, slices.Index(appNames, path.Base(f.Path)), strings.Count(f.Path, "/")}
		if slices.ContainsFunc(folder.Marks(), func(m task.MarkPlace) bool { return m.File.Path == f.Path }) {
			c.marked = 0
		}
		if c.name < 0 {
			c.name = len(appNames)
		}
		if c.marked == 0 || c.name < len(appNames) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return ""
	}
	best := slices.MinFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.marked, b.marked), cmp.Compare(a.name, b.name), cmp.Compare(a.depth, b.depth), cmp.Compare(a.path, b.path))
	})
	return best.path
}

// isFlask reports whether a source is an app that the flask command serves: one that does not serve itself.
func isFlask(source string) bool {
	return (strings.Contains(source, "from flask import") || strings.Contains(source, "import flask")) && !strings.Contains(source, ".run(")
}
