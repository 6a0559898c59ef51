package lsp

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// kindFixAll is what editors ask for when a file is saved, where the person wants that.
const kindFixAll protocol.CodeActionKind = "source.fixAll.meca"

// maxMends is how many fixes are applied to one document at once.
const maxMends = 100

// isSafe reports whether a fix is one that fix all applies: its rule calls it safe, and it is an edit of this one document.
func isSafe(f finding, fix diagnostics.Fix) bool {
	return fix.Safe && len(fix.Creates)+len(fix.Renames)+len(fix.Replaces) == 0 && len(fix.Edits) == 1 && fix.Edits[0].File.Path == f.path &&
		!slices.ContainsFunc(fix.Edits[0].Edits, func(e text.Edit) bool { return e.Span.Start < 0 }) // a byte order mark is no part of the text
}

// mended applies the safe fixes of a document one after the other, and judges anew after each: a fix holds only for the text that it
// was made for. It gives the one edit that does all of them, and how many they are.
//
// Each fault is mended as often as it was there when it was first seen, so that a fix that does not end its own fault ends all the same.
func (s *snapshot) mended(ctx context.Context, p *place, rel string) (edit text.Edit, applied int) {
	f := p.folder.File(rel)
	if f == nil {
		return text.Edit{}, 0
	}
	open := map[string]string{}
	for _, doc := range s.docs {
		if doc.home == p.dir {
			open[doc.rel] = doc.text
		}
	}
	left, now := map[string]int{}, *p
	for applied < maxMends && ctx.Err() == nil {
		next, ok := now.mend(rel, left)
		if !ok {
			break
		}
		applied++
		open[rel] = next
		now.folder = p.disk.With(open)
	}
	return difference(f, now.folder.File(rel)), applied
}

// mend gives a document's text, as the editor has it, after its first safe fix of which any is left.
func (p *place) mend(rel string, left map[string]int) (next string, ok bool) {
	type step struct {
		key  string
		edit diagnostics.FileEdit
	}
	var steps []step
	seen := map[string]int{}
	for _, f := range p.judge() {
		for _, fix := range f.Fixes {
			if f.path == rel && isSafe(f, fix) {
				key := f.Code + "\x00" + f.Message + "\x00" + fix.Title
				steps = append(steps, step{key, fix.Edits[0]})
				seen[key]++
			}
		}
	}
	for key, n := range seen {
		if _, known := left[key]; !known {
			left[key] = n
		}
	}
	for _, one := range steps {
		if left[one.key] == 0 {
			continue
		}
		left[one.key]--
		content, err := one.edit.File.Apply(one.edit.Edits)
		if err != nil {
			continue
		}
		if !one.edit.File.BOMInText() {
			content = strings.TrimPrefix(content, text.BOM) // the editor hides it, and so does its text
		}
		return content, true
	}
	return "", false
}

// difference is the one edit that makes a text another: all but what they have in common at both ends. It splits no character, and no
// line end.
func difference(from, to *text.File) text.Edit {
	a, b := from.Text, to.Text
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	for start > 0 && (splits(a, start) || splits(b, start)) {
		start--
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	for end > 0 && (splits(a, len(a)-end) || splits(b, len(b)-end)) {
		end--
	}
	return text.Edit{Span: text.Span{Start: start, End: len(a) - end}, New: b[start : len(b)-end]}
}

// splits reports whether a place is inside a character or a line end.
func splits(s string, at int) bool {
	return at < len(s) && (!utf8.RuneStart(s[at]) || at > 0 && s[at] == '\n' && s[at-1] == '\r')
}

// fixAll is the action that applies every safe fix of a document; nil where it would apply fewer than least.
func (c *client) fixAll(ctx context.Context, at *snapshot, p *place, rel string, kind protocol.CodeActionKind, least int) protocol.CommandOrCodeAction {
	edit, n := at.mended(ctx, p, rel)
	if n < least || edit.Span.Len() == 0 && edit.New == "" || ctx.Err() != nil {
		return nil
	}
	f := p.folder.File(rel)
	whole := c.workspaceEdit(at, p, diagnostics.Fix{Edits: []diagnostics.FileEdit{{File: f, Edits: []text.Edit{edit}}}})
	if whole == nil {
		return nil
	}
	return &protocol.CodeAction{Title: "Fix all in this file", Kind: &kind, IsPreferred: new(false), Edit: whole}
}
