package diagnostics

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var appPortMismatch = Rule{
	Code: "app-port-mismatch", Severity: Warning,
	Doc: "the start command, or the code that it starts, makes the app listen on another port than 8080, or only inside the container",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil || startsProxy(d) {
			return
		}
		s, ok := p.starting(d)
		if !ok {
			return
		}
		if name, args := serverOf(s.Command); name != "" {
			p.knownServer(d, s, name, args)
		} else {
			p.unknownServer(d, s)
		}
	},
}

// proxies are programs that may listen on port 8080 before the app, whatever its own place is.
var proxies = []string{"nginx", "haproxy", "caddy", "envoy", "traefik", "socat", "apache2", "lighttpd", "rinetd", "iptables"}

// startsProxy reports whether what the container starts names one of them.
func startsProxy(d *dockerfile.File) bool {
	entrypoint, cmd := d.Final().Start()
	return slices.ContainsFunc([]*dockerfile.Instruction{entrypoint, cmd}, func(in *dockerfile.Instruction) bool {
		return in != nil && (namesAny(d.Source.Slice(in.Span), proxies) || strings.Contains(d.Source.Slice(in.Span), "httpd"))
	})
}

// namesAny reports whether one of some words stands in a text.
func namesAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(s, word) })
}

const reached = "A host asks port 8080 at the container's own address."

// knownServer judges a program whose defaults are known.
func (p *Pass) knownServer(d *dockerfile.File, st start, name string, args []dockerfile.Word) {
	s := servers[name]
	l := readFlags(s, st.file, args)
	if l.readLost(s, st.file, args); len(l.lost) > 0 {
		p.lostAddress(d, l.lost)
		return
	}
	l.readPositional(name, st.file, args)
	l.readEnv(d, st, s)
	if l.unknown || !l.host.set && slices.ContainsFunc(s.configFiles, func(file string) bool { return inFolder(p.Folder, file) }) {
		return
	}
	p.said(l)
	var missing []string
	message := ""
	if !l.host.set && loopback(s.host) {
		missing = append(missing, s.hostFix)
		port := s.port
		if l.port.set {
			port = l.port.value
		}
		message = fmt.Sprintf("Without a host, %s listens on %s:%s inside the container alone.", name, s.host, port)
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
	at := nameOf(st.Command, name)
	p.report(st.file, at, fmt.Sprintf("%s %s Add `%s`.", message, reached, strings.Join(missing, " ")),
		edit("Add "+strings.Join(missing, " "), true, st.file, appendArgs(st.Command, missing)))
}

// unknownServer judges what any program's command line, or its environment, plainly says.
func (p *Pass) unknownServer(d *dockerfile.File, st start) {
	s := anyServer
	if st.Program() == "java" {
		s = javaServer
	}
	l := readFlags(s, st.file, st.Args[1:])
	if l.host.set && isPort(l.host.value) { // --listen 5000
		l.port, l.host = l.host, place{}
	}
	if l.host.set && strings.Contains(l.host.value, ":") {
		host, port, _ := strings.Cut(l.host.value, ":")
		l.host.value, l.port = host, place{value: port, at: l.host.at, file: l.host.file, set: true}
	}
	if !l.port.set && !l.host.set && !l.unknown {
		if c := p.pythonSource(d, st.Command); c != nil {
			p.called(c, d, st)
			return
		}
		l = p.nodeSource(d, st)
	}
	if l.port.value == "" && !l.unknown && !p.ignoresPort(d, st) {
		l.port = st.variable(d, "PORT") // it may well be what is asked
	}
	p.said(l)
}

// ignoresPort reports whether the container starts a script of the folder's, and no source that the image gets names PORT, or a library that
// reads it.
func (p *Pass) ignoresPort(d *dockerfile.File, st start) bool {
	script := ""
	switch c := st.Command; {
	case isPython(c.Program()):
		script = scriptOf(c)
	case c.Program() == "node" && len(c.Args) > 1:
		script = path.Base(c.Args[1].Text)
	}
	return script != "" && path.Ext(script) != "" && inFolder(p.Folder, script) && !d.FetchesApp() && !p.Folder.Partial() && !p.Folder.NamesPort(p.image(d).gets)
}

// said reports a host and a port that are written down and wrong.
func (p *Pass) said(l listening) {
	badHost := l.host.set && loopback(l.host.value)
	badPort := l.port.set && isPort(l.port.value) && l.port.value != "8080"
	if badHost && badPort && l.host.at == l.port.at {
		p.report(l.host.file, l.host.at, fmt.Sprintf("The app listens on %s:%s. %s Write `0.0.0.0:8080`.", l.host.value, l.port.value, reached),
			edit("Change to 0.0.0.0:8080", true, l.host.file, replaceValue(l.host, l.host.value+":"+l.port.value, "0.0.0.0:8080")))
		return
	}
	if badHost {
		p.report(l.host.file, l.host.at, fmt.Sprintf("The app listens on %s, inside the container alone. %s Write `0.0.0.0`.", l.host.value, reached),
			edit("Change to 0.0.0.0", true, l.host.file, replaceValue(l.host, l.host.value, "0.0.0.0")))
	}
	if badPort {
		who := "The app listens on"
		if l.port.byEnv {
			who = "The environment tells the app to listen on"
		}
		p.report(l.port.file, l.port.at, fmt.Sprintf("%s port %s. %s Write `8080`.", who, l.port.value, reached),
			edit("Change to 8080", true, l.port.file, replaceValue(l.port, l.port.value, "8080")))
	}
}

// replaceValue writes a value anew within its word, whatever stands around it there; a word that does not hold it is written anew
// whole, within its quotes.
func replaceValue(at place, old, value string) text.Edit {
	word := at.file.Slice(at.at)
	if i := strings.LastIndex(word, old); i >= 0 {
		return text.Edit{Span: text.Span{Start: at.at.Start + i, End: at.at.Start + i + len(old)}, New: value}
	}
	if len(word) > 1 && word[0] == '"' && word[len(word)-1] == '"' {
		value = `"` + value + `"`
	}
	return text.Edit{Span: at.at, New: value}
}

// nameOf is the word that names the server, or its verb: for flask its `run`.
func nameOf(c *dockerfile.Command, name string) text.Span {
	word := cmp.Or(verbs[name], name)
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
