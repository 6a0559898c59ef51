package lsp

import (
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// hint is a remark in the text that is no part of it.
type hint struct {
	at      int // byte offset
	label   string
	tooltip string
	edits   []text.Edit // that write it down
}

// inlayHint shows in config.json what a host takes for the fields that are left out, and what the last run needed.
func (s *server) inlayHint(ctx context.Context, at *snapshot, params *protocol.InlayHintParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	list := []protocol.InlayHint{}
	if one == nil || one.isSet || one.json == nil {
		return list, nil
	}
	if !at.configOf(one.place.dir).hints {
		return list, nil
	}
	c := s.client.Load()
	within := c.spanOf(one.file, params.Range)
	for _, h := range append(one.defaultHints(), one.peakHints()...) {
		if !within.Contains(h.at) {
			continue
		}
		shown := protocol.InlayHint{
			Position: c.position(one.file, h.at), Label: protocol.String(h.label), Tooltip: protocol.String(h.tooltip), PaddingLeft: new(true),
		}
		if len(h.edits) > 0 {
			shown.TextEdits = c.textEdits(one.file, h.edits)
		}
		list = append(list, shown)
	}
	return list, ctx.Err()
}

// defaultHints is one hint behind the brace of resource, or of the whole file, that names what is left out with what a host takes. It
// goes by the rule that offers to write the defaults down, whatever its severity, and carries the rule's edit.
func (one *spot) defaultHints() []hint {
	edit, ok := one.missingDefaults()
	if !ok {
		return nil
	}
	object, label := one.json.Resource(), "%s"
	if object == nil {
		object, label = one.json.Root, "resource: {%s}"
	}
	content, err := one.file.Apply(edit)
	if err != nil {
		return nil
	}
	after := schema.Read(text.New(task.ConfigFile, content)).Resource()
	var parts []string
	for _, f := range schema.Fields() {
		if one.json.Resource().Member(f.Key) == nil && after.Member(f.Key) != nil && one.takesDefault(f.Key) {
			parts = append(parts, f.Key+": "+withUnit(f))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []hint{{
		at: object.Span.Start + 1, label: fmt.Sprintf(label, strings.Join(parts, ", ")), edits: edit,
		tooltip: "Left out of config.json: the defaults that hosts take.",
	}}
}

func withUnit(f schema.Field) string {
	if f.Key == "mem" {
		return f.Default + " MB"
	}
	return f.Default
}

// takesDefault is false for cpu without mem and for mem without cpu: a host refuses that (docs/hosts.md#configjson).
func (one *spot) takesDefault(key string) bool {
	switch key {
	case "cpu":
		return one.json.Given("mem") == nil
	case "mem":
		return one.json.Given("cpu") == nil
	default:
		return true
	}
}

// missingDefaults is the edit that writes down all defaults that are left out.
func (one *spot) missingDefaults() ([]text.Edit, bool) {
	for _, f := range diagnostics.Check(one.place.folder, nil) {
		if f.Code == "config-missing-default" && len(f.Fixes) > 0 && len(f.Fixes[0].Edits) == 1 {
			return f.Fixes[0].Edits[0].Edits, true
		}
	}
	return nil, false
}

// peakHints is one hint behind the value of mem: what the last run needed.
func (one *spot) peakHints() []hint {
	last, ok := one.place.lastRun()
	mem := one.json.Given("mem")
	if !ok || mem == nil || last.peak == "" {
		return nil
	}
	h := hint{at: mem.Value.Span.End, label: "peak " + last.peak + ", " + last.when(), tooltip: "The most memory that the container used at one time, as the engine measured it."}
	if last.stale {
		h.label = "peak " + last.peak + ", out of date"
		h.tooltip += " The folder has changed since that run: run the example again."
	}
	return []hint{h}
}

// refreshHints has the client ask for its inlay hints again.
func (s *server) refreshHints() {
	if !s.client.Load().refreshInlayHints {
		return
	}
	ctx, cancel := context.WithTimeout(s.base, s.waits.progress)
	defer cancel()
	if err := s.call(ctx, protocol.MethodWorkspaceInlayHintRefresh, nil, nil); err != nil && s.base.Err() == nil {
		s.log.Warn("the client did not refresh its inlay hints", "err", err)
	}
}
