package lsp

import (
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// This file is what an editor sees of a settings file: its findings, their fixes, and what can be written in it.

// shown are the findings of a settings file, numbered as those of a task folder are.
func (f *settingsFile) shown() []finding {
	list := make([]finding, len(f.findings))
	for i, one := range f.findings {
		list[i] = finding{Finding: one, path: one.File.Path, nth: i} // all have one code
	}
	return list
}

// settingsDiagnostics are those of a settings file: none where there is no such file, or nothing to tell of one that is not open.
func (c *client) settingsDiagnostics(at *snapshot, name string, f *settingsFile) []*fileDiagnostics {
	doc := at.docs[name]
	if f == nil || doc == nil && len(f.findings) == 0 {
		return nil
	}
	told := &fileDiagnostics{key: name, uri: at.fileURI(f.home, diagnostics.SettingsFile), list: []protocol.Diagnostic{}}
	if doc != nil {
		told.version, told.opened = doc.version, doc.opened
	}
	for _, one := range f.shown() {
		told.list = append(told.list, c.settingsDiagnostic(at, f, one))
	}
	return []*fileDiagnostics{told}
}

// settingsDiagnostic is a finding of a settings file. Its code is no rule's, and has no page.
func (c *client) settingsDiagnostic(at *snapshot, f *settingsFile, one finding) protocol.Diagnostic {
	d := c.diagnostic(at, f.home, one)
	d.CodeDescription = protocol.CodeDescription{}
	return d
}

// settingsActions are the fixes of what is wrong with a settings file, for clients that take edits.
func (c *client) settingsActions(at *snapshot, f *settingsFile, params *protocol.CodeActionParams) []protocol.CommandOrCodeAction {
	actions := []protocol.CommandOrCodeAction{}
	if f == nil || !c.actionLiterals || !wants(params.Context.Only, protocol.CodeActionKindQuickFix) {
		return actions
	}
	for _, one := range f.shown() {
		if !c.asked(one, params) {
			continue
		}
		for _, fix := range one.Fixes {
			if c.workspaceEdit(at, f.home, fix) != nil {
				actions = append(actions, c.action(at, f.home, one, fix, c.settingsDiagnostic(at, f, one)))
			}
		}
	}
	return actions
}

// completeSettings offers what can stand at a place of a settings file.
func completeSettings(f *text.File, off int) []schema.Completion {
	d := schema.Read(f)
	if d.Root.Kind == schema.Missing && strings.TrimSpace(f.Text) == "" {
		nl := f.Newline()
		return []schema.Completion{{
			Label: "rules", Detail: "another severity for rules", Documentation: aboutRules,
			Edit: text.Edit{Span: text.Span{Start: off, End: off}, New: "{" + nl + "  \"rules\": {}" + nl + "}" + nl},
		}}
	}
	if d.Root.Kind != schema.Object || !within(d.Root, off) {
		return nil
	}
	at, replaces := text.Span{Start: off, End: off}, false
	for _, m := range d.Root.Members {
		switch {
		case m.Key == "rules" && m.Value.Kind == schema.Object && within(m.Value, off):
			return completeRules(f, m.Value, off)
		case m.KeySpan.Contains(off):
			at, replaces = m.KeySpan, true
		case m.Key == "rules" || onValue(f, m, off):
			return nil
		}
	}
	return []schema.Completion{keyOffer(f, "rules", "another severity for rules", aboutRules, at, replaces, `{}`, `{$0}`)}
}

const aboutRules = "Gives rules another severity for the task folders at and below this file, by their codes; `off` silences one."

// completeRules offers the codes that are not there yet, or the severities.
func completeRules(f *text.File, rules *schema.Value, off int) (offered []schema.Completion) {
	at, current := text.Span{Start: off, End: off}, ""
	replaces := false
	for _, m := range rules.Members {
		switch {
		case m.KeySpan.Contains(off):
			at, current, replaces = m.KeySpan, m.Key, true
		case onValue(f, m, off):
			if m.Value.Kind != schema.Missing {
				at = m.Value.Span
			}
			for _, s := range severities() {
				offered = append(offered, schema.Completion{Label: s, IsValue: true, Edit: text.Edit{Span: at, New: `"` + s + `"`}})
			}
			return offered
		}
	}
	for _, r := range diagnostics.Rules() {
		if r.Code == current || rules.Member(r.Code) == nil {
			offered = append(offered, keyOffer(f, r.Code, "rule, "+r.Severity.String(), r.Doc, at, replaces,
				`"off"`, `"${1|`+strings.Join(severities(), ",")+`|}"`))
		}
	}
	return offered
}

// keyOffer writes a key; its value too, where the key has none yet.
func keyOffer(f *text.File, key, detail, documentation string, at text.Span, replaces bool, value, snippet string) schema.Completion {
	c := schema.Completion{Label: key, Detail: detail, Documentation: documentation, Edit: text.Edit{Span: at, New: `"` + key + `"`}}
	if !replaces || !strings.HasPrefix(strings.TrimLeft(f.Text[at.End:], " \t\r\n"), ":") {
		c.Snippet = c.Edit.New + ": " + snippet
		c.Edit.New += ": " + value
	}
	return c
}

// severities are their names, the most wanted first.
func severities() []string {
	return []string{diagnostics.Off.String(), diagnostics.Hint.String(), diagnostics.Information.String(), diagnostics.Warning.String(), diagnostics.Error.String()}
}

// within reports whether a place lies between the brackets of an object.
func within(v *schema.Value, off int) bool {
	return v.Span.Start < off && (off < v.Span.End || !v.Closed && off <= v.Span.End)
}

// onValue reports whether a place is that of a member's value, or of one that is still to be written.
func onValue(f *text.File, m schema.Member, off int) bool {
	if off <= m.KeySpan.End {
		return false
	}
	return off <= m.Value.Span.End || m.Value.Kind == schema.Missing && f.LineOf(m.KeySpan.End) == f.LineOf(off)
}
