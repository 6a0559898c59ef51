package lsp

import (
	"context"
	"maps"
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// maxMoves is how many of the files of one request are followed.
const maxMoves = 200

// willRenameFiles gives the edits that let Dockerfiles follow the files that are about to be renamed. Where one of a task's seven
// entries loses its name, the person is warned. Nothing is ever held up: the editor renames in any case.
func (s *server) willRenameFiles(ctx context.Context, at *snapshot, params *protocol.RenameFilesParams) (any, error) {
	moves := at.moves(params.Files)
	var fixes []diagnostics.Fix
	var homes []*place
	for _, dir := range slices.Sorted(maps.Keys(moves)) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		p := at.places.get(dir)
		s.warnOfLost(moves[dir])
		d := p.folder.Dockerfile()
		if d == nil || slices.ContainsFunc(moves[dir], func(m dockerfile.Move) bool { return m.From == task.DockerfileName }) {
			continue
		}
		if edits := d.Moved(inFolder(moves[dir])); len(edits) > 0 {
			fixes = append(fixes, diagnostics.Fix{Edits: []diagnostics.FileEdit{{File: d.Source, Edits: edits}}})
			homes = append(homes, p)
		}
	}
	if edit := s.client.Load().together(at, homes, fixes); edit != nil {
		return edit, nil
	}
	return nil, nil
}

// moves are the renames of files by task folder, with paths relative to it. To is "" for one that leaves its folder. A task folder that
// moves as a whole takes all with it: nothing changes in it.
func (s *snapshot) moves(files []protocol.FileRename) map[string][]dockerfile.Move {
	list := map[string][]dockerfile.Move{}
	for _, f := range files[:min(len(files), maxMoves)] {
		from, ok1 := pathOf(f.OldURI)
		to, ok2 := pathOf(f.NewURI)
		home := s.homeOf(from)
		if !ok1 || !ok2 || home == nil || from == to {
			continue
		}
		m := dockerfile.Move{}
		m.From, _ = relative(home.dir, from)
		if m.To, _ = relative(home.dir, to); m.To == "." {
			m.To = ""
		}
		list[home.dir] = append(list[home.dir], m)
	}
	return list
}

// inFolder are the moves that stay in the folder.
func inFolder(moves []dockerfile.Move) []dockerfile.Move {
	return slices.DeleteFunc(slices.Clone(moves), func(m dockerfile.Move) bool { return m.To == "" })
}

// warnOfLost tells the person of the seven entries that are about to lose their names.
func (s *server) warnOfLost(moves []dockerfile.Move) {
	var lost []string
	for _, m := range moves {
		if slices.Contains(task.Required(), m.From) && !slices.ContainsFunc(moves, func(other dockerfile.Move) bool { return other.To == m.From }) {
			lost = append(lost, m.From)
		}
	}
	if len(lost) == 0 {
		return
	}
	verb, them := " is", "it"
	if len(lost) > 1 {
		verb, them = " are", "them"
	}
	message := strings.Join(lost, ", ") + verb + " among the seven entries that a task folder must have under these names. Without " + them + " the task cannot be published."
	s.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: message})
}

// together is one edit for several task folders; nil where there is none that the client can do.
func (c *client) together(at *snapshot, homes []*place, fixes []diagnostics.Fix) *protocol.WorkspaceEdit {
	var all *protocol.WorkspaceEdit
	for i, fix := range fixes {
		edit := c.workspaceEdit(at, homes[i], fix)
		switch {
		case edit == nil:
		case all == nil:
			all = edit
		case c.documentChanges:
			all.DocumentChanges = append(all.DocumentChanges, edit.DocumentChanges...)
		default:
			maps.Copy(all.Changes, edit.Changes)
		}
	}
	return all
}
