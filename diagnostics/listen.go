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
	argsEnv                         string   // a variable that holds arguments, which those of the command line override
	host, port                      string   // what it does without them; "" for a port that its command line must say
	configFlags                     []string // with one of these the rest is not known
	configFiles                     []string // files that it reads unasked; where one is in the folder, what is not on the command line is not known
	hostFix, portFix                string   // the flags that a fix adds
}

// servers are the programs whose defaults are known, by the name that serverOf gives them.
var servers = map[string]server{
	"flask": {
		hostFlags: []string{"--host", "-h"}, portFlags: []string{"--port", "-p"}, hostEnv: "FLASK_RUN_HOST", portEnv: "FLASK_RUN_PORT",
		host: "127.0.0.1", port: "5000", configFlags: []string{"--env-file", "-e"}, configFiles: []string{".env", ".flaskenv"},
		hostFix: "--host=0.0.0.0", portFix: "--port=8080",
	},
	"uvicorn": {
		hostFlags: []string{"--host"}, portFlags: []string{"--port"}, hostEnv: "UVICORN_HOST", portEnv: "UVICORN_PORT",
		host: "127.0.0.1", port: "8000", configFlags: []string{"--fd", "--uds", "--env-file"}, hostFix: "--host=0.0.0.0", portFix: "--port=8080",
	},
	"gunicorn": {
		bindFlags: []string{"--bind", "-b"}, host: "127.0.0.1", port: "8000", portEnv: "PORT", argsEnv: "GUNICORN_CMD_ARGS",
		configFlags: []string{"--config", "-c", "--paste", "--paster"}, configFiles: []string{"gunicorn.conf.py"}, hostFix: "--bind=0.0.0.0:8080",
	},
	"hypercorn": {
		bindFlags: []string{"--bind", "-b"}, host: "127.0.0.1", port: "8000",
		configFlags: []string{"--config", "-c", "--insecure-bind", "--quic-bind"}, hostFix: "--bind=0.0.0.0:8080",
	},
	"waitress-serve": {
		hostFlags: []string{"--host"}, portFlags: []string{"--port"}, bindFlags: []string{"--listen"}, host: "0.0.0.0", port: "8080",
		configFlags: []string{"--unix-socket"}, portFix: "--port=8080",
	},
	"daphne": {
		hostFlags: []string{"--bind", "-b"}, portFlags: []string{"--port", "-p"}, host: "127.0.0.1", port: "8000",
		configFlags: []string{"--fd", "--unix-socket", "-u", "--endpoint", "-e"}, hostFix: "--bind=0.0.0.0", portFix: "--port=8080",
	},
	"fastapi": {
		hostFlags: []string{"--host"}, portFlags: []string{"--port"}, host: "0.0.0.0", port: "8000", portEnv: "PORT", portFix: "--port=8080",
	},
	"next": {
		hostFlags: []string{"--hostname", "-H"}, portFlags: []string{"--port", "-p"}, host: "0.0.0.0", port: "3000", portEnv: "PORT", portFix: "--port=8080",
	},
	"http.server": {hostFlags: []string{"--bind", "-b"}, host: "0.0.0.0", port: "8000", portFix: "8080"},
	"runserver":   {host: "127.0.0.1", port: "8000", hostFix: "0.0.0.0:8080"},
}

// verbs are the words that make a program a server.
var verbs = map[string]string{"flask": "run", "fastapi": "run", "next": "start"}

// What says where programs listen whose defaults are not known.
var (
	anyServer  = server{hostFlags: []string{"--host", "-host", "--bind", "-bind", "--listen", "-listen"}, portFlags: []string{"--port", "-port"}}
	javaServer = server{
		hostFlags: []string{"--host", "-Dserver.address", "--server.address", "-Dquarkus.http.host"},
		portFlags: []string{"--port", "-Dserver.port", "--server.port", "-Dquarkus.http.port", "-Dmicronaut.server.port"},
	}
)

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
			if path.Base(c.Args[i].Text) == "manage.py" && c.Args[i+1].Text == "runserver" {
				return "runserver", c.Args[i+2:]
			}
			if !strings.HasPrefix(c.Args[i].Text, "-") {
				return "", nil
			}
		}
	case program == "django-admin" && len(c.Args) > 1 && c.Args[1].Text == "runserver":
		return "runserver", c.Args[2:]
	case servers[program].host != "":
		name, args = program, c.Args[1:]
	}
	if verb := verbs[name]; verb != "" && !slices.ContainsFunc(args, func(w dockerfile.Word) bool { return w.Text == verb }) {
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
	file  *text.File
	set   bool
	byEnv bool // by a variable, not on the command line
}

// listening is where a start command says that its app listens.
type listening struct {
	host, port place
	unknown    bool // something decides that is not on the command line, or a value is not known
	lost       []lost
}

// readFlags follows a server's flags, which stand in a file.
func readFlags(s server, file *text.File, args []dockerfile.Word) listening {
	var l listening
	known := slices.Concat(s.hostFlags, s.portFlags, s.bindFlags)
	for i := 0; i < len(args); i++ {
		flag, value, inline := strings.Cut(args[i].Text, "=")
		at := args[i].Span
		if args[i].Text == "" {
			l.unknown = true // a variable without a known value
			continue
		}
		if short := args[i].Text[:min(2, len(args[i].Text))]; len(args[i].Text) > 2 && short != "--" && slices.Contains(known, short) && flag != short {
			flag, value, inline = short, args[i].Text[2:], true // -p5000
		}
		if slices.Contains(s.configFlags, flag) {
			l.unknown = true
		}
		if !slices.Contains(known, flag) {
			continue
		}
		if inline {
			at = behind(file, at, flag)
		} else {
			if i++; i == len(args) {
				return l
			}
			value, at = args[i].Text, args[i].Span
		}
		if value == "" {
			l.unknown = true
			continue
		}
		l.take(s, flag, place{value: value, at: at, file: file, set: true})
	}
	return l
}

// readPositional reads the address that a few servers take as an argument.
func (l *listening) readPositional(name string, file *text.File, args []dockerfile.Word) {
	for _, a := range args {
		at := place{value: a.Text, at: a.Span, file: file, set: true}
		switch {
		case name == "http.server" && isPort(a.Text) && a.Span != l.host.at:
			l.port = at
		case name == "runserver" && isPort(a.Text):
			l.port, l.host = at, at
			l.host.value = "127.0.0.1"
		case name == "runserver" && strings.Contains(a.Text, ":") && !strings.HasPrefix(a.Text, "-"):
			l.take(server{}, "", at)
		}
	}
}

// readEnv fills in what the command line leaves to the environment.
func (l *listening) readEnv(d *dockerfile.File, st start, s server) {
	if v := st.variable(d, s.argsEnv); s.argsEnv != "" && v.set && !l.host.set {
		if slice, start := v.value, v.at; v.file == nil || !holds(v.file, &start, slice) {
			l.unknown = true
		} else {
			more := readFlags(s, v.file, dockerfile.SplitWords(slice, start.Start))
			l.host, l.port, l.unknown = more.host, more.port, l.unknown || more.unknown
		}
	}
	if !l.host.set && s.hostEnv != "" {
		l.fill(&l.host, st.variable(d, s.hostEnv))
	}
	if l.port.set || s.portEnv == "" || len(s.bindFlags) > 0 && l.host.set {
		return
	}
	l.fill(&l.port, st.variable(d, s.portEnv))
	if len(s.bindFlags) > 0 && l.port.set { // gunicorn then binds to all addresses
		l.host = l.port
		l.host.value = "0.0.0.0"
	}
}

// fill takes a variable's word; one whose value is not known makes all unknown.
func (l *listening) fill(to *place, v place) {
	if v.set && v.file == nil {
		l.unknown = true
		return
	}
	*to = v
}

// holds reports whether a text stands at a place as it is, but for quotes around it, which the place is cut free of.
func holds(f *text.File, at *text.Span, value string) bool {
	slice := f.Slice(*at)
	if len(slice) == len(value)+2 {
		at.Start, at.End = at.Start+1, at.End-1
	}
	return f.Slice(*at) == value
}

// behind is the place of what stands behind a flag, or a name, and its = in the same word: with its variables, without the word's quotes.
func behind(file *text.File, word text.Span, flag string) text.Span {
	slice := file.Slice(word)
	i := strings.Index(slice, flag)
	if i < 0 {
		return word // the flag itself comes from a variable
	}
	at := text.Span{Start: word.Start + i + len(flag), End: word.End}
	if strings.HasPrefix(file.Slice(at), "=") {
		at.Start++
	}
	for i > 0 && at.Len() > 1 && slice[i-1] == file.Text[at.End-1] && strings.ContainsRune(`"'`, rune(slice[i-1])) {
		at.End--
		i--
	}
	return at
}

// take notes what a flag says. A bind flag says both, as host:port; of several, one that a host reaches is enough.
func (l *listening) take(s server, flag string, said place) {
	switch {
	case slices.Contains(s.hostFlags, flag):
		l.host = said
	case slices.Contains(s.portFlags, flag):
		l.port = said
	default:
		host, port, both := strings.Cut(said.value, ":")
		if i := strings.LastIndexByte(said.value, ':'); i >= 0 {
			host, port = said.value[:i], said.value[i+1:]
		}
		if strings.HasPrefix(said.value, "unix:") || strings.HasPrefix(said.value, "fd:") {
			l.unknown = true
			return
		}
		if l.host.set && !loopback(l.host.value) && (!l.port.set || l.port.value == "8080") {
			return
		}
		l.host = said
		l.host.value = strings.Trim(host, "[]")
		if both {
			l.port = said
			l.port.value = port
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
