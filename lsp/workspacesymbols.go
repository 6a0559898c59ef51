package lsp

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// maxTasks is how many tasks one search gives, the best ones.
const maxTasks = 500

// maxQuery is how much of a query is looked for, in bytes.
const maxQuery = 200

// match is a task that a query finds.
type match struct {
	place  *place
	name   string
	looser int // 0 for the name itself; see loosenessOf
}

// workspaceSymbol finds task folders by the name in name.txt, as hosts show it, or by their folder's name.
func (s *server) workspaceSymbol(ctx context.Context, at *snapshot, params *protocol.WorkspaceSymbolParams) (any, error) {
	query := strings.ToLower(strings.TrimSpace(params.Query))
	query = query[:min(len(query), maxQuery)]
	var found []match
	for p := range at.places.all() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		name := nameOf(p)
		looser, ok := loosenessOf(query, strings.ToLower(name))
		if byFolder, also := loosenessOf(query, strings.ToLower(filepath.Base(p.dir))); also && (!ok || byFolder < looser) {
			looser, ok = byFolder, true
		}
		if ok {
			found = append(found, match{p, name, looser})
		}
	}
	slices.SortFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.looser, b.looser), cmp.Compare(a.name, b.name), cmp.Compare(a.place.dir, b.place.dir))
	})
	list := []protocol.SymbolInformation{}
	for _, m := range found[:min(len(found), maxTasks)] {
		list = append(list, s.client.Load().taskSymbol(at, m))
	}
	return list, nil
}

// nameOf is a task's name as hosts show it, trimmed; the folder's where name.txt gives none.
func nameOf(p *place) string {
	if f := p.folder.File(task.NameFile); f != nil {
		if name := strings.TrimSpace(text.Clip(f.Text, maxSymbolName)); name != "" {
			return name
		}
	}
	return text.Clip(filepath.Base(p.dir), maxSymbolName)
}

// taskSymbol points to the task's name.txt, else to its config.json.
func (c *client) taskSymbol(at *snapshot, m match) protocol.SymbolInformation {
	container := text.Clip(at.shownDir(m.place.dir), 200)
	info := protocol.SymbolInformation{
		BaseSymbolInformation: protocol.BaseSymbolInformation{Name: m.name, Kind: protocol.SymbolKindPackage, ContainerName: &container},
		Location:              protocol.Location{URI: uri.URI(at.fileURI(m.place, task.ConfigFile))},
	}
	if f := m.place.folder.File(task.NameFile); f != nil {
		info.Location = protocol.Location{URI: uri.URI(at.fileURI(m.place, task.NameFile)), Range: c.rangeOf(f, f.Line(0))}
	}
	return info
}

// shownDir is a directory relative to the folder of the workspace that it lies in.
func (s *snapshot) shownDir(dir string) string {
	for _, r := range s.roots {
		if rel, ok := relative(r.path, dir); ok && rel != "." {
			return rel
		}
	}
	return filepath.Base(dir)
}

// loosenessOf says how well a name fits a query, both in lower case: all of the query's characters stand in it in their order, as the
// protocol asks. 0 is the name itself or an empty query; then come names that begin with it, that hold it, and the rest by the
// number of characters between.
func loosenessOf(query, name string) (looser int, ok bool) {
	switch {
	case query == "" || query == name:
		return 0, true
	case strings.HasPrefix(name, query):
		return 1, true
	case strings.Contains(name, query):
		return 2, true
	}
	wanted := []rune(query)
	looser, begun := 3, false
	for _, r := range name {
		for len(wanted) > 0 && unicode.IsSpace(wanted[0]) {
			wanted = wanted[1:]
		}
		switch {
		case len(wanted) == 0:
			return looser, true
		case r == wanted[0]:
			wanted, begun = wanted[1:], true
		case begun:
			looser++
		}
	}
	return looser, len(wanted) == 0
}
