package diagnostics

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// node is how JavaScript writes arguments. A name is followed that is a constant.
var node = &language{
	named:       regexp.MustCompile(`(?s)^\s*([A-Za-z_]\w*)\s*:(.|$)`),
	environment: regexp.MustCompile(`^(?:(?:Number|parseInt)\(\s*|\+\s*)?process\.env\.(\w+)\s*(?:\|\||\?\?)\s*["']?([\w.:-]+)["']?\s*(?:,\s*10\s*)?\)?$`),
	nothing:     []string{"undefined", "null"},
	bindings: func(name string) (one, other *regexp.Regexp) {
		return regexp.MustCompile(`(?m)\bconst\s+` + name + `\s*(?::[^=\n]*)?=([^=;\r\n][^;\r\n]*)`),
			regexp.MustCompile(`\b(?:let|var)\s[^;\n]*\b` + name + `\b|\bfunction\b[^\n]*\([^)\n]*\b` + name + `\b|\([^()\n]*\b` + name + `\b[^()\n]*\)\s*(?:=>|\{)|\b` + name + `\s*=>|\bconst\s*[\[{][^=]*\b` + name + `\b`)
	},
}

// fastify is where a source names its Fastify object.
var fastify = regexp.MustCompile(`\b(?:const|let|var)\s+(\w+)\s*(?::[^=\n]*)?=\s*(?:[fF]astify|require\(\s*["']fastify["']\s*\))\s*\(`)

// nodeSource reads where a script of Node.js listens. It is known only where the script is all of the image's own code, and has one call
// that listens.
func (p *Pass) nodeSource(d *dockerfile.File, st start) (l listening) {
	f := p.onlyScript(d, st.Command)
	if f == nil || editsFile(d, f) || len(f.Text) > maxCallSource || !strings.Contains(f.Text, ".listen") {
		return listening{}
	}
	code, bare := task.Code(f)
	var call *sourceCall
	for name, open := range callsOf(bare) {
		if !strings.HasSuffix(bare[name.Start:name.End], ".listen") {
			continue
		}
		if call != nil {
			return listening{}
		}
		call = &sourceCall{language: node, file: f, code: code, bare: bare, name: name, open: open}
	}
	if call == nil || !call.split() || len(call.args) == 0 {
		return listening{}
	}
	if first := call.args[0].at.Start; bare[first] == '{' {
		call.open = first + 1
		return p.listenOptions(call, d, st)
	}
	return listening{port: call.value("port", 0, d, st), host: call.value("host", 1, d, st)}
}

// listenOptions reads the object that a call is given. Fastify listens on localhost alone where it does not say more.
func (p *Pass) listenOptions(c *sourceCall, d *dockerfile.File, st start) (l listening) {
	if c.args = nil; !c.split() {
		return listening{}
	}
	for i, a := range c.args {
		if a.name != "" {
			continue
		}
		if c.args[i].name = c.file.Slice(a.at); !identifier.MatchString(c.args[i].name) {
			return listening{} // a key in quotes, or all of another object
		}
	}
	if c.has([]string{"path", "fd", "handle"}) {
		return listening{}
	}
	l = listening{port: c.value("port", -1, d, st), host: c.value("host", -1, d, st)}
	of := fastify.FindStringSubmatch(c.code)
	if called := c.file.Slice(c.name); !l.host.set && of != nil && called == of[1]+".listen" {
		message := fmt.Sprintf("Without a host, %s listens on 127.0.0.1 inside the container alone. %s Add `host: \"0.0.0.0\"`.", called, reached)
		p.report(c.file, c.name, message, edit(`Add host: "0.0.0.0"`, true, c.file, c.add(`host: "0.0.0.0"`)))
	}
	return l
}

// onlyScript is the script that node starts, where it is the only file of its language that the image gets; nil where it is not.
func (p *Pass) onlyScript(d *dockerfile.File, c *dockerfile.Command) *text.File {
	if c.Program() != "node" || len(c.Args) < 2 || d.FetchesApp() || p.Folder.Partial() {
		return nil
	}
	isScript := func(name string) bool {
		return slices.Contains([]string{".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"}, path.Ext(name))
	}
	image := p.image(d)
	var script string
	for _, f := range p.Folder.Files() {
		if !isScript(f.Path) || !image.gets(f.Path) {
			continue
		}
		if script != "" {
			return nil
		}
		script = f.Path
	}
	started := c.Args[1].Text
	if script == "" || strings.HasPrefix(started, "-") || path.Base(started) != path.Base(script) {
		return nil
	}
	return p.Folder.File(script)
}

// editsFile reports whether the build names a source: it may write it anew.
func editsFile(d *dockerfile.File, f *text.File) bool {
	return slices.ContainsFunc(d.Instructions, func(in *dockerfile.Instruction) bool {
		return in.Name == "RUN" && strings.Contains(d.Source.Slice(in.Span), path.Base(f.Path))
	})
}
