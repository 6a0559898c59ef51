package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// codeLens offers to build and run a task, and to stop that while it goes on. The commands are the server's, so that any editor has
// them.
func (s *server) codeLens(ctx context.Context, at *snapshot, params *protocol.CodeLensParams) (any, error) {
	uri := string(params.TextDocument.URI)
	if uri == "" {
		return nil, invalidParams("codeLens names no document")
	}
	_, p := s.settled(ctx, at, uri)
	lenses := []protocol.CodeLens{}
	if p == nil || !p.config.lenses {
		return lenses, nil
	}
	rel, _ := relative(p.dir, keyOf(uri))
	line, ok := lensLine(p.folder, rel)
	if !ok {
		return lenses, nil
	}
	add := func(title, command string) {
		lenses = append(lenses, protocol.CodeLens{
			Range:   protocol.Range{Start: protocol.Position{Line: line}, End: protocol.Position{Line: line}},
			Command: protocol.Command{Title: title, Command: command, Arguments: []protocol.LSPAny{encode(folderArgs{p.uri})}},
		})
	}
	switch {
	case p.run != nil && (p.config.lensRun || p.config.lensBuild):
		add("■ Stop", commandStop)
	case p.run == nil && !s.client.Load().options.trusted:
		if p.config.lensRun {
			add("Run example: needs a trusted workspace", commandRun) // which the client then offers to trust
		}
	case p.run == nil:
		if p.config.lensRun {
			add("▶ Run example", commandRun)
		}
		if p.config.lensBuild {
			add("Build image", commandBuild)
		}
	}
	if p.run == nil && p.keepsContainer() && p.config.lensRun {
		add("■ Stop the container at "+p.report.Kept.URL, commandStop)
	}
	if title := verdictTitle(p); title != "" && p.run == nil && p.config.lensResult {
		add(title, commandVerdict)
	}
	return lenses, nil
}

// verdictTitle is the last run's verdict in a few words; "" where there was none. That of a host of today is there where it differs.
func verdictTitle(p *place) string {
	if p.report == nil || p.report.Outcome == task.Canceled {
		return ""
	}
	title := sign(p.report.Outcome) + " " + p.report.Summary()
	if p.report.As == task.AsTodaysHost {
		title += " (as on a host of today)"
	}
	if p.today != nil && p.today.Outcome != p.report.Outcome {
		title += " · " + sign(p.today.Outcome) + " on a host of today: " + p.today.Summary()
	}
	if p.report.Hash != p.folder.Hash() {
		title += " (before the last change)"
	}
	return title
}

// sign is how an outcome looks.
func sign(o task.Outcome) string {
	if o == task.Passed {
		return "✓"
	}
	return "✗"
}

// lensLine is the line of a file that the lenses stand above.
func lensLine(folder *task.Folder, rel string) (line uint32, ok bool) {
	switch rel {
	case task.ConfigFile:
		if doc := folder.Config(); doc != nil {
			if m := doc.Root.Member("resource"); m != nil {
				return uint32(doc.File.LineOf(m.KeySpan.Start)), true
			}
		}
		return 0, true
	case task.DockerfileName, task.InputFile:
		return 0, true
	default:
		return 0, false
	}
}
