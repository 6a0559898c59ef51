package diagnostics

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var (
	listens   = regexp.MustCompile(`\.listen\(`)
	listensOn = regexp.MustCompile(`\.listen\(\s*([0-9]{1,5})\s*(?:,\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')\s*)?[,)]`)
)

// nodeSource reads where a script of Node.js listens. It is known only where the script is all of the image's own code, and listens once,
// on a number.
func (p *Pass) nodeSource(d *dockerfile.File, c *dockerfile.Command) (l listening) {
	f := p.onlyScript(d, c)
	if f == nil || editsFile(d, f) {
		return listening{}
	}
	code := task.Uncommented(f)
	at := listensOn.FindStringSubmatchIndex(code)
	if at == nil || len(listens.FindAllStringIndex(code, 2)) != 1 {
		return listening{}
	}
	said := func(group int) place {
		return place{value: code[at[2*group]:at[2*group+1]], at: text.Span{Start: at[2*group], End: at[2*group+1]}, file: f, set: true}
	}
	l.port = said(1)
	for _, host := range []int{2, 3} {
		if at[2*host] >= 0 {
			l.host = said(host)
		}
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
