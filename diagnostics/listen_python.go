package diagnostics

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// A pythonServer is a function that makes a Python program listen, and how its arguments say where.
type pythonServer struct {
	names      []string // that it is called by; none for the run of a Flask object
	library    string   // a word of each source that has it; "" for Flask and Python's own
	positional []string // the arguments that may go without their name
	pair       bool     // they stand in a bracket of their own
	others     []string // arguments that say it in another way
	host, port string   // what it does without; "" where it must be told
}

// pythonServers are the functions that are known, as the documentation of each says.
var pythonServers = []pythonServer{
	{positional: []string{"host", "port"}, host: "127.0.0.1", port: "5000"},
	{names: []string{"uvicorn.run"}, library: "uvicorn", others: []string{"uds", "fd", "config"}, host: "127.0.0.1", port: "8000"},
	{names: []string{"serve", "waitress.serve"}, library: "waitress", others: []string{"listen", "unix_socket", "sockets"}, host: "0.0.0.0", port: "8080"},
	{names: []string{"web.run_app", "aiohttp.web.run_app"}, library: "run_app", others: []string{"path", "sock"}, host: "0.0.0.0", port: "8080"},
	{names: addressServers, positional: []string{"host", "port"}, pair: true},
}

// addressServers are those of Python's own library.
var addressServers = []string{
	"HTTPServer", "server.HTTPServer", "http.server.HTTPServer", "ThreadingHTTPServer", "server.ThreadingHTTPServer", "http.server.ThreadingHTTPServer",
	"TCPServer", "socketserver.TCPServer", "ThreadingTCPServer", "socketserver.ThreadingTCPServer",
}

// A pythonCall is a call that makes a program listen.
type pythonCall struct {
	pythonServer
	*sourceCall
}

// pythonSource finds the call by which a script of Python listens. It is known only where all of the image's own code has just one such
// call, in the script that is started, and under no condition; nil where it is not.
func (p *Pass) pythonSource(d *dockerfile.File, c *dockerfile.Command) *pythonCall {
	if !isPython(c.Program()) || scriptOf(c) == "" || d.FetchesApp() || p.Folder.Partial() {
		return nil
	}
	servers := p.Folder.PythonServers(p.image(d).gets)
	if len(servers) != 1 || path.Base(servers[0]) != scriptOf(c) {
		return nil
	}
	if slices.ContainsFunc(p.Folder.Files(), func(f task.FileInfo) bool { return f.Path != servers[0] && path.Base(f.Path) == scriptOf(c) }) {
		return nil // it may be the one that is started
	}
	f := p.Folder.File(servers[0])
	if f == nil || len(f.Text) > maxCallSource || editsFile(d, f) {
		return nil
	}
	code, bare := task.Code(f)
	if task.ServesOtherwise(code) || startsPrograms(code) || handsOn.MatchString(bare) || ownServer.MatchString(bare) {
		return nil
	}
	calls, known := listeningCalls(f, code, bare)
	if !known || len(calls) != 1 || !calls[0].split() || !calls[0].always() || calls[0].has(calls[0].others) || calls[0].amongOthers() {
		return nil
	}
	calls[0].strange = p.strangeEnvironment(d)
	return calls[0]
}

// handsOn is a server's function that is handed to another one, which may call it; ownServer is a class of the source's own.
var (
	handsOn   = regexp.MustCompile(`\.run\s*(?:[,)\]]|\n|$)`)
	ownServer = regexp.MustCompile(`class\s+\w+\s*\([^)]*(?:HTTPServer|TCPServer)\s*[,)]`)
)

// amongOthers reports whether the source names the library of another server as well.
func (c *pythonCall) amongOthers() bool {
	return slices.ContainsFunc(pythonServers, func(s pythonServer) bool {
		return s.library != c.library && s.library != "" && strings.Contains(c.code, s.library)
	})
}

// listeningCalls are the calls of a source that listen; not known where one may do so in another way.
func listeningCalls(f *text.File, code, bare string) (calls []*pythonCall, known bool) {
	flask := flaskNames(bare)
	for name, open := range callsOf(bare) {
		called := bare[name.Start:name.End]
		for _, s := range pythonServers {
			if !slices.Contains(s.names, called) && !(s.names == nil && slices.Contains(flask, strings.TrimSuffix(called, ".run")) && strings.HasSuffix(called, ".run")) {
				continue
			}
			if !strings.Contains(code, s.library) {
				continue // another one's function of this name
			}
			if s.pair {
				n := strings.IndexByte(bare[open:], '(')
				if n < 0 || strings.TrimSpace(bare[open:open+n]) != "" {
					return nil, false
				}
				open += n + 1
			}
			calls = append(calls, &pythonCall{s, &sourceCall{language: python, file: f, code: code, bare: bare, name: name, open: open}})
		}
	}
	return calls, true
}

// python is how Python writes arguments. A name is followed that one line binds.
var python = &language{
	named:       regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s*=([^=]|$)`),
	environment: regexp.MustCompile(`^(?:int\(\s*)?os\.(?:environ\.get|getenv)\(\s*["'](\w+)["']\s*,\s*["']?([\w.:-]*)["']?\s*\)(?:\s*\))?$`),
	binds:       `^[ \t]*NAME[ \t]*(?::[^=\n]*)?=([^=].*)$`,
	rebinds: []string{
		`[:;=][ \t]*NAME\s*[-+*/%]?=[^=]`,                 // behind another statement
		`^[ \t]*NAME\s*[-+*/%]=`,                          // PORT += 1
		`\bNAME\s*:=`,                                     // a walrus
		`^[ \t(]*[^=\n()]*\bNAME\s*,[^=\n()]*\)?\s*=[^=]`, // a tuple that begins with it
		`^[ \t(\[]*[^=\n()]*,\s*NAME\b[^=\n(]*=[^=]`,      // one that it stands in
		`\b(?:for|as|import|global|del)\s[^\n]*\bNAME\b`,  // one line of a statement
		`\bimport\s*\([^)]*\bNAME\b|\bimport\s+\*`,        // an import of several lines, or of everything
		`\bdef [^\n]*\bNAME\b|\blambda\s[^:\n]*\bNAME\b`,  // a parameter
		`\bglobals\(|\bexec\(|\bsetattr\(`,
	},
}

// maxApps is how many Flask objects are told apart; a source with more is none that a person starts.
const maxApps = 8

var assigned = regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s*(?::[^=\n]*)?=\s*$`)

// flaskNames are the names of a source's Flask objects.
func flaskNames(bare string) (names []string) {
	made := 0
	for name := range callsOf(bare) {
		if called := bare[name.Start:name.End]; called != "Flask" && called != "flask.Flask" {
			continue
		}
		if made++; made > maxApps {
			return nil
		}
		line := bare[1+strings.LastIndexByte(bare[:name.Start], '\n') : name.Start]
		if m := assigned.FindStringSubmatch(line); m != nil && !isRebound(bare, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// isRebound reports whether the name of a Flask object may stand for another thing as well, but for one that a function of the source's own
// makes.
func isRebound(bare, name string) bool {
	if regexp.MustCompile(`\b(?:as|import|for|global)\s[^\n]*\b` + name + `\b`).MatchString(bare) {
		return true
	}
	for _, m := range regexp.MustCompile(`(?m)^[ \t]*`+name+`[ \t]*(?::[^=\n]*)?=[ \t]*([\w.]*)`).FindAllStringSubmatch(bare, -1) {
		if made := m[1]; made != "Flask" && made != "flask.Flask" && !(identifier.MatchString(made) && strings.Contains(bare, "def "+made+"(")) {
			return true
		}
	}
	return false
}

// called judges where a program listens that calls its server itself.
func (p *Pass) called(c *pythonCall, d *dockerfile.File, st start) {
	l := listening{host: c.value("host", slices.Index(c.positional, "host"), d, st), port: c.value("port", slices.Index(c.positional, "port"), d, st)}
	var missing []string
	message := fmt.Sprintf("Without a port, %s listens on port %s.", c.file.Slice(c.name), c.port)
	if !l.host.set && loopback(c.host) {
		missing = append(missing, `host="0.0.0.0"`)
		address := c.host
		if port := cmp.Or(l.port.value, c.port); !l.port.set || l.port.value != "" {
			address += ":" + port
		}
		message = fmt.Sprintf("Without a host, %s listens on %s inside the container alone.", c.file.Slice(c.name), address)
	}
	if !l.port.set && c.port != "" && c.port != "8080" {
		missing = append(missing, "port=8080")
	}
	if l.port.set && l.port.value == "" && c.asksPort() {
		l.port = st.variable(d, "PORT") // it may well be what is asked
	}
	p.said(l)
	if len(missing) > 0 {
		add := strings.Join(missing, ", ")
		p.report(c.file, c.name, fmt.Sprintf("%s %s Add `%s`.", message, reached, add), edit("Add "+add, true, c.file, c.add(add)))
	}
}

// mainGuard is the one condition that holds for a script that is started.
var mainGuard = regexp.MustCompile(`^if\s*\(?\s*__name__\s*==\s*["']__main__["']\s*\)?\s*:`)

// What tells of the lines around a call: their first words; that one leaves what they stand within; that the call is a part of a condition,
// before and behind it.
var (
	firstWords = regexp.MustCompile(`^(?:async\s+)?(\w+)\s*(\w*)`)
	leaves     = regexp.MustCompile(`\breturn\b`)
	partBefore = regexp.MustCompile(`\S.*\b(?:if|else)\b|\b(?:and|or)\b`)
	partBehind = regexp.MustCompile(`^[^\n]*\bif\b`)
)

// always reports whether a program comes to the call under no condition, as far as the lines tell that it stands within.
func (c *pythonCall) always() bool {
	own := c.file.LineOf(c.name.Start)
	if partBefore.MatchString(c.bare[c.file.Line(own).Start:c.name.Start]) || partBehind.MatchString(c.bare[c.end:]) {
		return false
	}
	indent, blocks := len(c.bare), 0
	for line := own; line >= 0 && indent > 0; line-- {
		at := c.file.Line(line)
		depth := len(c.file.Indent(at.Start))
		if strings.TrimSpace(c.bare[at.Start:at.End]) == "" || depth >= indent {
			continue
		}
		indent = depth
		if blocks++; blocks > maxBlocks || !c.leadsOn(at, line == own) {
			return false
		}
	}
	return true
}

// leadsOn reports whether what stands within a line is always come to. The call's own line may be any statement.
func (c *pythonCall) leadsOn(line text.Span, own bool) bool {
	code := strings.TrimLeft(c.code[line.Start:line.End], " \t\ufeff")
	words := firstWords.FindStringSubmatch(code)
	if words == nil {
		return own
	}
	switch words[1] {
	case "if":
		return mainGuard.MatchString(code)
	case "def", "class":
		root, _, _ := strings.Cut(c.file.Slice(c.name), ".")
		if regexp.MustCompile(`\(.*\b` + root + `\b`).MatchString(c.bare[line.Start:min(line.End, c.name.Start)]) {
			return false // what is called is the function's parameter
		}
		return c.isUsed(words[2], c.file.Indent(line.Start) == "") && !(words[1] == "def" && leaves.MatchString(c.bare[line.End:max(line.End, c.name.Start)]))
	case "with", "try":
		return true
	case "elif", "else", "except", "finally", "for", "while", "match", "case":
		return false
	default:
		return own
	}
}

// isUsed reports whether a source names a function or a class besides where it defines it; one of the module's own not as something's part.
func (c *pythonCall) isUsed(name string, ofModule bool) bool {
	before := `\b`
	if ofModule {
		before = `(?:^|[^.\w])`
	}
	return len(regexp.MustCompile(before+name+`\b`).FindAllStringIndex(c.bare, 2)) > 1
}
