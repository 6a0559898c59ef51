package lsp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// What a host with stock settings shares, and what hosts give every task as they are today (docs/hosts.md#configjson).
const (
	stockCPU, stockMemMiB = 4, 4096
	todayCPU, todayMemMiB = 1, 128
)

// hostsPage is the page that the words below come from.
func hostsPage(section string) string {
	return "[What hosts do](" + docs.Home + "/blob/main/docs/hosts.md#" + section + ")"
}

// help tells of what stands at a byte of a file, in Markdown that holds no text of the file: a field of config.json, a word of the
// Dockerfile, the mark, an example. m asks what this machine has.
func (one *spot) help(off int, m func() machine) (markdown string, at text.Span, ok bool) {
	if one.isSet {
		return ruleHelp(one.json, off)
	}
	if one.json != nil {
		f, markdown, at, ok := schema.Hover(one.json, off)
		if ok {
			markdown += one.limitHelp(f.Key, m)
		}
		return markdown, at, ok
	}
	if d := one.docker(); d != nil {
		return one.dockerHelp(d, off)
	}
	for _, mark := range one.place.folder.Marks() {
		if mark.File.Path == one.rel && mark.Span.Contains(off) {
			return markHelp, mark.Span, true
		}
	}
	if first := one.file.Line(0); first.Contains(off) && isExample(one.rel) {
		return one.exampleHelp(one.rel), first, true
	}
	return "", text.Span{}, false
}

// ruleHelp tells of a rule that a settings file names.
func ruleHelp(d *schema.Document, off int) (markdown string, at text.Span, ok bool) {
	rules := d.Root.Member("rules")
	if rules == nil {
		return "", at, false
	}
	for _, m := range rules.Value.Members {
		page, known := docs.Summary(m.Key)
		if !known || !m.KeySpan.Contains(off) {
			continue
		}
		i := slices.IndexFunc(diagnostics.Rules(), func(r diagnostics.Rule) bool { return r.Code == m.Key })
		if i >= 0 {
			page += "\n\nWithout a setting: " + diagnostics.Rules()[i].Severity.String() + "."
		}
		return page + "\n\n[" + m.Key + "](" + docs.RuleURL(m.Key) + ")", m.KeySpan, true
	}
	return "", at, false
}

// limitHelp says of cpu or mem which hosts take it, whether this machine could, and what the last run needed.
func (one *spot) limitHelp(key string, ask func() machine) string {
	m := one.json.Given(key)
	if key != "cpu" && key != "mem" || m == nil || m.Value.Kind != schema.Number || !schema.IsInteger(m.Value.Text) {
		return ""
	}
	limits, has := one.json.Limits(), ask()
	want, stock, ours := limits.CPU, int64(stockCPU), has.cpus
	if key == "mem" {
		want, stock, ours = limits.MemMiB, stockMemMiB, has.memMiB
	}
	verdict := "take " + amount(key, want)
	if want > stock {
		verdict = "refuse " + amount(key, want)
	}
	lines := []string{
		fmt.Sprintf("Hosts with stock settings (%d CPUs, %d MB): %s", stockCPU, stockMemMiB, verdict),
		fmt.Sprintf("Hosts as they are today: %d CPU and %d MB for every task, whatever stands here", todayCPU, todayMemMiB),
	}
	here := "This machine (" + amount(key, ours) + "): "
	switch {
	case ours == 0: // not known: nothing is said
	case want <= ours:
		lines = append(lines, here+"can run it")
	case key == "cpu":
		lines = append(lines, here+"Docker starts no container with more CPUs than there are")
	default:
		lines = append(lines, here+"may be too small")
	}
	if last, ok := one.place.lastRun(); ok && key == "mem" && last.peak != "" {
		lines = append(lines, fmt.Sprintf("%s: peak %s of %d MiB", capital(last.when()), last.peak, last.limit))
	}
	return "\n\n- " + strings.Join(lines, "\n- ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func amount(key string, n int64) string {
	switch {
	case key == "mem":
		return fmt.Sprintf("%d MB", n)
	case n == 1:
		return "1 CPU"
	default:
		return fmt.Sprintf("%d CPUs", n)
	}
}

// dockerHelp tells what a host does with an instruction, or of an example that a word names.
func (one *spot) dockerHelp(d *dockerfile.File, off int) (markdown string, at text.Span, ok bool) {
	for _, c := range d.Copies() {
		if name := c.ContextPath(); c.Source.Span.Contains(off) && isExample(name) && one.place.folder.Entry(name).Kind == task.Regular {
			return one.exampleHelp(name), d.Place(c.Source), true
		}
	}
	for _, in := range d.Instructions {
		if !in.Span.Contains(off) {
			continue
		}
		switch {
		case in.Name == "EXPOSE":
			return exposeHelp, in.Span, true
		case in.Name != "CMD" && in.Name != "ENTRYPOINT" || !in.Keyword.Contains(off):
			return "", at, false
		case startAt(d, off) != in:
			return "**" + in.Name + "** has no effect here: a later stage, or a later instruction, says what is started.", in.Keyword, true
		default:
			return "**" + in.Name + startHelp, in.Keyword, true
		}
	}
	return "", at, false
}

var (
	exposeHelp = "**EXPOSE** tells readers which port the app listens on; the contract asks for `EXPOSE 8080`. No host reads it: the request goes " +
		"to port 8080 at the container's own address. So the app must listen on `0.0.0.0:8080`; on `127.0.0.1` it hears nothing.\n\n" + hostsPage("start")

	startHelp = "** says what the container starts. A host runs the image as it is, with no other command, environment, user or mount, and waits " +
		"for `meca-init-done` on its standard output, without a limit of time. Then it sends `POST /` to port 8080, once.\n\n" + hostsPage("start")

	markHelp = "A host takes the task for ready as soon as this line stands on its **standard output**, with its newline, and sends `POST /` to port " +
		"8080 at once, with no second try. Print it when the port is open, and flush it. A task that never prints it blocks the host.\n\n" + hostsPage("start")
)

func isExample(name string) bool { return name == task.InputFile || name == task.OutputFile }

// exampleHelp tells of an example: its size, its kind, what it is for, and how the last run ended.
func (one *spot) exampleHelp(name string) string {
	kind, size := one.exampleKind(name)
	markdown := fmt.Sprintf("**%s** · %s · %s\n\n", name, size, kind)
	if name == task.InputFile {
		markdown += "A host sends these bytes as they are: `POST /` with `Content-Type: application/json`."
	} else {
		markdown += "What the task must answer to the example. White space at both ends does not count; the rest must be equal, letter by letter."
	}
	if last, ok := one.place.lastRun(); ok {
		markdown += "\n\n" + capital(last.when()) + ": " + last.outcome + "."
	}
	return markdown + "\n\n" + hostsPage("ask-and-compare")
}

func (one *spot) exampleKind(name string) (kind, size string) {
	entry := one.place.folder.Entry(name)
	f := one.place.folder.File(name)
	n := entry.Size
	if one.at.document(one.place, name) != nil && f != nil {
		n = int64(len(f.Content()))
	}
	size = fmt.Sprintf("%d bytes", n)
	if n == 1 {
		size = "1 byte"
	}
	switch {
	case n == 0:
		return "empty", size
	case entry.NotText && one.at.document(one.place, name) == nil:
		return "not UTF-8 text", size
	case f == nil:
		return "text", size
	case json.Valid([]byte(f.Content())):
		return "JSON", size
	case name == task.InputFile:
		return "text, not JSON", size
	default:
		return "text", size
	}
}
