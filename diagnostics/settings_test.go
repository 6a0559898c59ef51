package diagnostics_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

func TestReadSettings(t *testing.T) {
	for _, c := range []struct {
		content  string
		want     diagnostics.Settings
		findings []string // the text under each finding
	}{
		{`{"rules": {"port-not-exposed": "off", "secret-file": "error"}}`, diagnostics.Settings{"port-not-exposed": diagnostics.Off, "secret-file": diagnostics.Error}, nil},
		{`{}`, diagnostics.Settings{}, nil},
		{`{"rules": {"port-not-expose": "off", "secret-file": "none", "nothing-like-it-at-all": "off"}}`, diagnostics.Settings{}, []string{`"port-not-expose"`, `"none"`, `"nothing-like-it-at-all"`}},
		{`{"rules": [], "rule": 1}`, diagnostics.Settings{}, []string{`[]`, `"rule"`}},
		{`{"rules": {"secret-file": "off",}}`, diagnostics.Settings{"secret-file": diagnostics.Off}, []string{","}},
		{`{"rules": {"secret-file": `, diagnostics.Settings{}, []string{"{", "{", `"secret-file"`}},
		{``, diagnostics.Settings{}, []string{""}},
	} {
		f := text.New(diagnostics.SettingsFile, c.content)
		got, findings := diagnostics.ReadSettings(f)
		var under []string
		for _, x := range findings {
			under = append(under, f.Slice(x.Span))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.content, diff)
		}
		if diff := cmp.Diff(c.findings, under); diff != "" {
			t.Errorf("%s: findings under -want +got:\n%s", c.content, diff)
		}
	}
}

func TestSettingsApply(t *testing.T) {
	given := []diagnostics.Finding{{Code: "a", Severity: diagnostics.Error}, {Code: "b", Severity: diagnostics.Error}, {Code: "c", Severity: diagnostics.Hint}}
	near := diagnostics.Settings{"a": diagnostics.Off}
	far := diagnostics.Settings{"a": diagnostics.Hint, "b": diagnostics.Warning}
	var got []string
	for _, f := range near.Over(far).Apply(given) {
		got = append(got, f.Code+" "+f.Severity.String())
	}
	if want := "b warning, c hint"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSetRule(t *testing.T) {
	s := diagnostics.Settings{}
	if err := s.SetRule("secret-file=hint"); err != nil || s["secret-file"] != diagnostics.Hint {
		t.Error(s, err)
	}
	for _, bad := range []string{"secret-file", "secret-file=", "secret-file=none", "no-such=off", "=off", ""} {
		if err := s.SetRule(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
