package diagnostics

import (
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// server is a program that listens, and how its command line says where.
type server struct {
	hostFlags, portFlags, bindFlags []string
	hostEnv, portEnv                string
	host, port                      string   // what it does without them; "" for a port that its command line must say
	configFlags                     []string // with one of these the rest is not known
	hostFix, portFix                string   // the flags that a fix adds
}

// servers are the programs whose defaults are known, by the name that serverOf gives them.
var servers = map[string]server{
	"flask": {
		hostFlags: []string{"--host", "-h"}, portFlags: []string{"--port", "-p"}, hostEnv: "FLASK_RUN_HOST", portEnv: "FLASK_RUN_PORT",
		host: "127.0.0.1", port: "5000", hostFix: "--host=0.0.0.0", portFix: "--port=8080",
	},
	"uvicorn": {
		hostFlags: []string{"--host"}, portFlags: []string{"--port"}, hostEnv: "UVICORN_HOST", portEnv: "UVICORN_PORT",
		host: "127.0.0.1", port: "8000", configFlags: []string{"--fd", "--uds", "--env-file"}, hostFix: "--host=0.0.0.0", portFix: "--port=8080",
	},
	"gunicorn": {
		bindFlags: []string{"--bind", "-b"}, host: "127.0.0.1", port: "8000", portEnv: "PORT",
		configFlags: []string{"--config", "-c"}, hostFix: "--bind=0.0.0.0:8080",
	},
	"hypercorn": {
		bindFlags: []string{"--bind", "-b"}, host: "127.0.0.1", port: "8000", configFlags: []string{"--config", "-c"}, hostFix: "--bind=0.0.0.0:8080",
	},
	"waitress-serve": {
		hostFlags: []string{"--host"}, portFlags: []string{"--port"}, bindFlags: []string{"--listen"}, host: "0.0.0.0", port: "8080", portFix: "--port=8080",
	},
	"http.server": {bindFlags: nil, hostFlags: []string{"--bind", "-b"}, host: "0.0.0.0", port: "8000", portFix: "8080"},
}

// serverOf names the known server that a command starts, and gives the arguments behind its name; "" where there is none.
func serverOf(c *dockerfile.Command) (name string, args []dockerfile.Word) {
	program := c.Program()
	switch {
	case isPython(program):
		for i := 1; i+1 < len(c.Args); i++ {
			if c.Args[i].Text == "-m" {
				name, args = moduleServer(c.Args[i+1].Text), c.Args[i+2:]
				break
			}
			if !strings.HasPrefix(c.Args[i].Text, "-") {
				return "", nil
			}
		}
	case servers[program].host != "":
		name, args = program, c.Args[1:]
	}
	if name == "flask" && !slices.ContainsFunc(args, func(w dockerfile.Word) bool { return w.Text == "run" }) {
		return "", nil
	}
	return name, args
}

func isPython(program string) bool {
	return strings.HasPrefix(program, "python") || program == "pypy" || program == "pypy3"
}

func moduleServer(module string) string {
	if module == "waitress" {
		return "waitress-serve"
	}
	if _, known := servers[module]; known {
		return module
	}
	return ""
}

// place is one thing that a command line says of where its app listens.
type place struct {
	value string
	at    text.Span // of the value
	set   bool
	byEnv bool // by a variable, not on the command line
}

// listening is where a start command says that its app listens.
type listening struct {
	host, port place
	unknown    bool // something decides that is not on the command line, or a value is not known
}

// readFlags follows a server's flags.
func readFlags(s server, args []dockerfile.Word) listening {
	var l listening
	for i := 0; i < len(args); i++ {
		flag, value, inline := strings.Cut(args[i].Text, "=")
		at := args[i].Span
		if args[i].Text == "" {
			l.unknown = true // a variable without a known value
			continue
		}
		if inline {
			at.Start = at.End - len(value) - trailingQuote(args[i])
			at.End = at.Start + len(value)
		}
		takes := slices.Contains(slices.Concat(s.hostFlags, s.portFlags, s.bindFlags), flag)
		if slices.Contains(s.configFlags, flag) {
			l.unknown = true
		}
		if !takes {
			continue
		}
		if !inline {
			if i++; i == len(args) {
				return l
			}
			value, at = args[i].Text, args[i].Span
		}
		if value == "" {
			l.unknown = true
			continue
		}
		l.take(s, flag, value, at)
	}
	return l
}

// trailingQuote is how much of a word's end is its quote.
func trailingQuote(w dockerfile.Word) int {
	if w.Span.Len() == len(w.Text)+2 {
		return 1
	}
	return 0
}

// take notes what a flag says. A bind flag says both, as host:port.
func (l *listening) take(s server, flag, value string, at text.Span) {
	switch {
	case slices.Contains(s.hostFlags, flag):
		l.host = place{value: value, at: at, set: true}
	case slices.Contains(s.portFlags, flag):
		l.port = place{value: value, at: at, set: true}
	default:
		host, port, both := strings.Cut(value, ":")
		if i := strings.LastIndexByte(value, ':'); i >= 0 {
			host, port = value[:i], value[i+1:]
		}
		if strings.HasPrefix(value, "unix:") || strings.HasPrefix(value, "fd:") {
			l.unknown = true
			return
		}
		l.host = place{value: strings.Trim(host, "[]"), at: at, set: true}
		if both {
			l.port = place{value: port, at: at, set: true}
		}
	}
}

// loopback names the hosts that are not reached from outside the container.
func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// isPort reports whether a word is a port's number.
func isPort(s string) bool {
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

// scriptOf is the folder's source that a Python command starts, by its base name; "" where it is none.
func scriptOf(c *dockerfile.Command) string {
	for _, a := range c.Args[1:] {
		if strings.HasSuffix(a.Text, ".py") {
			return path.Base(a.Text)
		}
	}
	return ""
}
