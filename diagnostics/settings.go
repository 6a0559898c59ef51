package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// Settings give rules another severity, by their codes; Off silences one. What they do not name keeps its own.
type Settings map[string]Severity

// Apply gives the findings as the settings want them.
func (s Settings) Apply(findings []Finding) []Finding {
	if len(s) == 0 {
		return findings
	}
	var kept []Finding
	for _, f := range findings {
		severity, set := s[f.Code]
		switch {
		case !set:
			kept = append(kept, f)
		case severity != Off:
			f.Severity = severity
			kept = append(kept, f)
		}
	}
	return kept
}

// Over gives the settings of s, and those of below where s says nothing.
func (s Settings) Over(below Settings) Settings {
	merged := Settings{}
	for code, severity := range below {
		merged[code] = severity
	}
	for code, severity := range s {
		merged[code] = severity
	}
	return merged
}

// SeverityNamed is the severity of a name: off, error, warning, information or hint.
func SeverityNamed(name string) (s Severity, ok bool) {
	for s := Off; s <= Hint; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return Off, false
}

// SetRule reads `code=severity`, as a command line gives it, into the settings.
func (s Settings) SetRule(assignment string) error {
	code, name, found := strings.Cut(assignment, "=")
	severity, ok := SeverityNamed(name)
	switch {
	case !isRule(code):
		return fmt.Errorf("there is no rule %q", code)
	case !found || !ok:
		return fmt.Errorf("%q is no severity for %s: it takes off, hint, information, warning or error", name, code)
	}
	s[code] = severity
	return nil
}

func isRule(code string) bool {
	return slices.ContainsFunc(Rules(), func(r Rule) bool { return r.Code == code })
}

// SettingsFile is the name of a settings file: {"rules": {"CODE": "off"}}.
const SettingsFile = ".meca-lsp.json"

// settingsInvalid is the code of what is wrong with a settings file. It is no rule of task folders, and cannot be switched off.
const settingsInvalid = "settings-invalid"

// ReadSettings reads a settings file. Any text gives settings; what is wrong with it is a list of findings on that file.
func ReadSettings(f *text.File) (Settings, []Finding) {
	d, settings := schema.Read(f), Settings{}
	var findings []Finding
	report := func(at text.Span, message string, fixes ...Fix) {
		findings = append(findings, Finding{Code: settingsInvalid, Severity: Warning, File: f, Span: at, Message: message, Fixes: fixes})
	}
	for _, p := range d.Problems {
		var fixes []Fix
		if p.Fix != "" {
			fixes = append(fixes, edit(p.Fix, true, f, p.Edits...))
		}
		report(p.Span, sentence(p.Message)+" The settings that can be read count.", fixes...)
	}
	for _, m := range d.Root.Members {
		switch {
		case m.Key != "rules":
			report(m.KeySpan, fmt.Sprintf("`%s` is no setting. There is one: `rules`.", text.Plain(m.Key)))
		case m.Value.Kind != schema.Object:
			report(m.Value.Span, "`rules` must be an object of codes and severities, such as `{\"port-not-exposed\": \"off\"}`.")
		default:
			for _, rule := range m.Value.Members {
				readRuleSetting(settings, rule, report, f)
			}
		}
	}
	return settings, findings
}

func readRuleSetting(settings Settings, m schema.Member, report func(text.Span, string, ...Fix), f *text.File) {
	severity, ok := SeverityNamed(m.Value.Text)
	switch {
	case !isRule(m.Key):
		message := fmt.Sprintf("`%s` is no rule.", text.Plain(m.Key))
		if near := nearestRule(m.Key); near != "" {
			report(m.KeySpan, message+fmt.Sprintf(" Did you mean `%s`?", near),
				edit(fmt.Sprintf("Change to %q", near), true, f, text.Edit{Span: m.KeySpan, New: `"` + near + `"`}))
			return
		}
		report(m.KeySpan, message+" See `meca-lsp explain`.")
	case m.Value.Kind == schema.Missing || m.Value.Kind == schema.Invalid: // a fault of syntax
	case m.Value.Kind != schema.String || !ok:
		report(m.Value.Span, "A severity is \"off\", \"hint\", \"information\", \"warning\" or \"error\".")
	default:
		settings[m.Key] = severity
	}
}

func nearestRule(code string) string {
	best, distance := "", 4
	for _, r := range Rules() {
		if d := text.Distance(code, r.Code); d < distance {
			best, distance = r.Code, d
		}
	}
	return best
}
