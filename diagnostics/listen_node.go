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
	environment: regexp.MustCompile(`^(?:(?:Number|parseInt)\(\s*|\+\s*)?process\.env\.(\w+)\s*(?:(?:(?:,\s*10\s*)?\)\s*)?\|\||\?\?)\s*["']?([\w.:-]+)["']?\s*(?:,\s*10\s*)?\)?$`),
	binds:       `\bconst\s+NAME\s*(?::[^=\n]*)?=([^=;\r\n][^;\r\n]*)`,
	rebinds: []string{
		`\b(?:let|var)\s[^;\n]*\bNAME\b`,
		`\bconst\s*[\[{][^=]*\bNAME\b|\bconst\s[^;\n]*,\s*NAME\s*[:=]`,                         // taken out of an object, or one of several
		`\bconst\s+NAME\b[^;\n]*\n\s*[-+*/%?|&.,]`,                                             // its value goes on in the next line
		`\bfunction\b[^\n]*\([^)\n]*\bNAME\b|\([^()]*\bNAME\b[^()]*\)\s*(?:=>|\{)|\bNAME\s*=>`, // a parameter
		`\bimport\b[^;\n]*\bNAME\b`,
	},
}

// fastify is where a source names its Fastify object.
var fastify = regexp.MustCompile(`\b(?:const|let|var)\s+(\w+)\s*(?::[^=\n]*)?=\s*(?:[fF]astify|require\(\s*["']fastify["']\s*\))\s*\(`)

// servesNode is what makes a script of Node.js listen without a call of listen, or may; hidesNode is a regular expression with a backtick,
// behind which code and strings are not told apart.
var (
	servesNode = regexp.MustCompile(`\bserve\(|WebSocket\.?Server|[hH]api\b|bindAsync|startStandaloneServer|\b(?:Bun|Deno)\.|\bredbird\b|\[["']listen["']\]`)
	hidesNode  = regexp.MustCompile("[=(,:!&|?]\\s*/(?:[^/*\\n][^\\n]*)?`")
	listens    = regexp.MustCompile(`\.listen\b`)
	preloads   = regexp.MustCompile(`-r\b|--require|--import|--loader|--env-file|^$`)
)

// nodeSource reads where a script of Node.js listens. It is known only where the script is all of the image's own code, and has one call
// that listens.
func (p *Pass) nodeSource(d *dockerfile.File, st start) (l listening) {
	f := p.onlyScript(d, st.Command)
	if f == nil || editsFile(d, f) || len(f.Text) > maxCallSource || !strings.Contains(f.Text, ".listen") {
		return listening{}
	}
	code, bare := task.Code(f)
	if v := st.variable(d, "NODE_OPTIONS"); v.set && preloads.MatchString(v.value) || hidesNode.MatchString(f.Text) ||
		servesNode.MatchString(code) || startsPrograms(code) || len(listens.FindAllString(bare, 2)) != 1 {
		return listening{}
	}
	var call *sourceCall
	for name, open := range callsOf(bare) {
		if !strings.HasSuffix(bare[name.Start:name.End], ".listen") {
			continue
		}
		call = &sourceCall{language: node, file: f, code: code, bare: bare, name: name, open: open, strange: p.strangeEnvironment(d)}
	}
	if call == nil || call.underCondition() || !call.split() || len(call.args) == 0 {
		return listening{}
	}
	if first := call.args[0].at.Start; bare[first] == '{' {
		call.open = first + 1
		l = p.listenOptions(call, d, st)
	} else {
		l = listening{port: call.value("port", 0, d, st), host: call.value("host", 1, d, st)}
	}
	l.unknown = l.port.set && l.port.value == "" && !call.asksPort()
	return l
}

// nodeCondition is what a statement or a block of JavaScript may stand under; nodeFunction names the function that a
// block is of; nodeMain is a condition that holds for a script that is started, in one of its processes at least.
var (
	nodeCondition = regexp.MustCompile(`\b(?:if|else|switch|catch|while)\b|&&|\|\|| \? `)
	nodeFunction  = regexp.MustCompile(`^\s*(?:async\s+)?(?:function\s+|const\s+)(\w+)\b(?:[^(]*=>|[^=]*$|\s*=\s*(?:async\b|\(|function\b))`)
	nodeMain      = regexp.MustCompile(`require\.main|import\.meta|cluster|isMaster|isPrimary`)
)

// underCondition reports whether a line says so on which the call stands, or on which a block begins that it stands within.
func (c *sourceCall) underCondition() bool {
	depth, blocks := 0, 0
	for i := c.name.Start; i >= 0; i-- {
		switch {
		case i < c.name.Start && c.bare[i] == '}':
			depth++
		case i < c.name.Start && c.bare[i] == '{':
			depth--
		}
		if i < c.name.Start && (c.bare[i] != '{' || depth >= 0) {
			continue
		}
		depth = 0
		if blocks++; blocks > maxBlocks {
			return true
		}
		head := c.bare[1+strings.LastIndexByte(c.bare[:i], '\n') : i]
		if nodeCondition.MatchString(head) && !nodeMain.MatchString(head) {
			return true
		}
		if m := nodeFunction.FindStringSubmatch(head); m != nil && len(regexp.MustCompile(`\b`+m[1]+`\b`).FindAllStringIndex(c.bare, 2)) < 2 {
			return true // no line comes to it
		}
	}
	return false
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
