package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var appPortMismatch = Rule{
	Code: "app-port-mismatch", Severity: Warning,
	Doc: "the start command makes the app listen on another port than 8080, or only inside the container",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil {
			return
		}
		command, ok := d.Command(d.Final())
		if !ok {
			return
		}
		if name, args := serverOf(command); name != "" {
			p.knownServer(d, command, name, args)
		} else {
			p.unknownServer(d, command)
		}
	},
}

const reached = "A host asks port 8080 at the container's own address."

// knownServer judges a program whose defaults are known.
func (p *Pass) knownServer(d *dockerfile.File, c *dockerfile.Command, name string, args []dockerfile.Word) {
	s := servers[name]
	l := readFlags(s, args)
	l.readEnv(d, s)
	if l.unknown || name == "gunicorn" && !l.host.set && slices.Contains(p.Folder.Names(), "gunicorn.conf.py") {
		return
	}
	if name == "http.server" {
		for _, a := range args {
			if isPort(a.Text) && a.Span != l.host.at {
				l.port = place{value: a.Text, at: a.Span, set: true}
			}
		}
	}
	p.said(d, l)
	var missing []string
	message := ""
	if !l.host.set && loopback(s.host) {
		missing = append(missing, s.hostFix)
		message = fmt.Sprintf("Without a host, %s listens on %s:%s inside the container alone.", name, s.host, s.port)
	}
	if !l.port.set && s.port != "8080" {
		if message == "" {
			message = fmt.Sprintf("Without a port, %s listens on port %s.", name, s.port)
		}
		if s.portFix != "" && !(len(missing) > 0 && missing[0] == s.portFix) {
			missing = append(missing, s.portFix)
		}
	}
	if len(missing) == 0 {
		return
	}
	at := nameOf(c, name)
	p.report(d.Source, at, fmt.Sprintf("%s %s Add `%s`.", message, reached, strings.Join(missing, " ")),
		edit("Add "+strings.Join(missing, " "), true, d.Source, appendArgs(c, missing)))
}

// unknownServer judges what any program's command line, or its environment, plainly says.
func (p *Pass) unknownServer(d *dockerfile.File, c *dockerfile.Command) {
	l := readFlags(server{hostFlags: []string{"--host", "--bind"}, portFlags: []string{"--port"}}, c.Args[1:])
	if l.host.set && strings.Contains(l.host.value, ":") {
		host, port, _ := strings.Cut(l.host.value, ":")
		l.host.value, l.port = host, place{value: port, at: l.host.at, set: true}
	}
	if !l.port.set {
		for _, w := range c.Env {
			if value, found := strings.CutPrefix(w.Text, "PORT="); found {
				l.port = place{value: value, at: text.Span{Start: w.Span.End - len(value), End: w.Span.End}, set: true, byEnv: true}
			}
		}
	}
	if !l.port.set {
		if w, ok := d.Env(d.Final(), "PORT"); ok {
			l.port = place{value: w.Text, at: w.Span, set: true, byEnv: true}
		}
	}
	p.said(d, l)
}

// said reports a host and a port that are written down and wrong.
func (p *Pass) said(d *dockerfile.File, l listening) {
	badHost := l.host.set && loopback(l.host.value)
	badPort := l.port.set && isPort(l.port.value) && l.port.value != "8080"
	if badHost && badPort && l.host.at == l.port.at {
		p.report(d.Source, l.host.at, fmt.Sprintf("The app listens on %s:%s. %s Write `0.0.0.0:8080`.", l.host.value, l.port.value, reached),
			edit("Change to 0.0.0.0:8080", true, d.Source, replaceValue(d, l.host, l.host.value+":"+l.port.value, "0.0.0.0:8080")))
		return
	}
	if badHost {
		p.report(d.Source, l.host.at, fmt.Sprintf("The app listens on %s, inside the container alone. %s Write `0.0.0.0`.", l.host.value, reached),
			edit("Change to 0.0.0.0", true, d.Source, replaceValue(d, l.host, l.host.value, "0.0.0.0")))
	}
	if badPort {
		who := "The app listens on"
		if l.port.byEnv {
			who = "The environment tells the app to listen on"
		}
		p.report(d.Source, l.port.at, fmt.Sprintf("%s port %s. %s Write `8080`.", who, l.port.value, reached),
			edit("Change to 8080", true, d.Source, replaceValue(d, l.port, l.port.value, "8080")))
	}
}

// replaceValue writes a value anew within its word, whatever stands around it there; a word that does not hold it is written anew
// whole.
func replaceValue(d *dockerfile.File, at place, old, value string) text.Edit {
	word := d.Source.Slice(at.at)
	if i := strings.LastIndex(word, old); i >= 0 {
		return text.Edit{Span: text.Span{Start: at.at.Start + i, End: at.at.Start + i + len(old)}, New: value}
	}
	return text.Edit{Span: at.at, New: value}
}

// readEnv fills in what the command line leaves to the environment.
func (l *listening) readEnv(d *dockerfile.File, s server) {
	if !l.host.set && s.hostEnv != "" {
		if w, ok := d.Env(d.Final(), s.hostEnv); ok {
			l.host = place{value: w.Text, at: w.Span, set: true, byEnv: true}
		}
	}
	if l.port.set || s.portEnv == "" {
		return
	}
	if w, ok := d.Env(d.Final(), s.portEnv); ok {
		l.port = place{value: w.Text, at: w.Span, set: true, byEnv: true}
		if len(s.bindFlags) > 0 && !l.host.set { // gunicorn then binds to all addresses
			l.host = place{value: "0.0.0.0", at: w.Span, set: true, byEnv: true}
		}
	}
}

// nameOf is the word that names the server: for flask its `run`.
func nameOf(c *dockerfile.Command, name string) text.Span {
	word := name
	if name == "flask" {
		word = "run"
	}
	for i := len(c.Args) - 1; i >= 0; i-- {
		if a := c.Args[i]; a.Text == word || strings.HasSuffix(a.Text, "/"+word) {
			return a.Span
		}
	}
	return c.Args[0].Span
}

// appendArgs adds arguments behind the last one, as the command is written.
func appendArgs(c *dockerfile.Command, args []string) text.Edit {
	var b strings.Builder
	for _, a := range args {
		if c.JSON {
			fmt.Fprintf(&b, ", %q", a)
		} else {
			b.WriteString(" " + a)
		}
	}
	return text.Edit{Span: text.Span{Start: c.End, End: c.End}, New: b.String()}
}
