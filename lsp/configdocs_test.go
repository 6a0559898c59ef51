package lsp

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

var update = flag.Bool("update", false, "write docs/editors.md and testdata/messages.json anew")

// manifest is what VS Code gets to know of the extension.
type manifest struct {
	Capabilities struct {
		UntrustedWorkspaces struct{ RestrictedConfigurations []string }
	}
	Contributes struct {
		Configuration struct{ Properties map[string]property }
	}
}

type property struct {
	Type                any
	Default             any
	Scope               string
	Enum                []string
	MarkdownDescription string
}

// TestExtensionKnowsTheSettings holds what the extension declares against the settings that there are.
func TestExtensionKnowsTheSettings(t *testing.T) {
	var m manifest
	if err := json.Unmarshal([]byte(read1(t, filepath.FromSlash("../editors/vscode/package.json"))), &m); err != nil {
		t.Fatal(err)
	}
	have, want, restricted := m.Contributes.Configuration.Properties, map[string]property{}, []string{}
	for _, s := range settingsTable() {
		want["meca."+s.key] = property{Type: s.jsonType(), Default: s.defaultValue(), Scope: s.scope, Enum: s.values, MarkdownDescription: s.doc}
		if s.restricted {
			restricted = append(restricted, "meca."+s.key)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the extension declares other settings (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(restricted, m.Capabilities.UntrustedWorkspaces.RestrictedConfigurations); diff != "" {
		t.Errorf("the extension restricts other settings (-want +have):\n%s", diff)
	}
}

func (s setting) jsonType() any {
	return map[settingKind]any{
		kindBool: "boolean", kindChoice: "string", kindText: []any{"string", "null"}, kindDuration: []any{"number", "string"}, kindRules: "object",
	}[s.kind]
}

// defaultValue is what counts where nothing is set, as JSON says it.
func (s setting) defaultValue() any {
	if s.read == nil {
		return map[string]any{"server.path": nil, "trace.server": "off"}[s.key]
	}
	d := defaultConfig(task.DefaultRunOptions())
	switch s.kind {
	case kindRules:
		return map[string]any{}
	case kindText:
		return nil
	case kindChoice:
		return string(d.views[0])
	case kindBool:
		other := d
		if s.read(&other, node{true}); other.equal(&d) {
			return true
		}
		return false
	default:
		for _, text := range []string{"30m", "1m"} {
			other := d
			if s.read(&other, node{text}); other.equal(&d) {
				return text
			}
		}
		return "?"
	}
}

const (
	tableBegin = "<!-- settings: made from the table of settings by `go test ./lsp -run Settings -update` -->\n"
	tableEnd   = "<!-- end of the settings -->\n"
)

// TestDocsKnowTheSettings holds docs/editors.md against the settings that there are.
func TestDocsKnowTheSettings(t *testing.T) {
	name := filepath.FromSlash("../docs/editors.md")
	page := read1(t, name)
	before, rest, ok := strings.Cut(page, tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("docs/editors.md has no place for the settings")
	}
	var b strings.Builder
	b.WriteString("| setting | takes | default | what it does |\n|---|---|---|---|\n")
	for _, s := range settingsTable() {
		if s.read == nil {
			continue
		}
		def, err := json.Marshal(s.defaultValue())
		if err != nil {
			t.Fatal(err)
		}
		doc := s.doc
		if s.restricted {
			doc += " Not in a workspace that is not trusted."
		}
		fmt.Fprintf(&b, "| `meca.%s` | %s | `%s` | %s |\n", s.key, s.takes(), def, doc)
	}
	want := before + tableBegin + b.String() + tableEnd + after
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("docs/editors.md is out of date (go test ./lsp -run Settings -update rewrites it):\n%s", diff)
	}
}

func (s setting) takes() string {
	switch s.kind {
	case kindBool:
		return "`true`, `false`"
	case kindChoice:
		return "`\"" + strings.Join(s.values, "\"`, `\"") + "\"`"
	case kindRules:
		return "an object of `off`, `hint`, `information`, `warning`, `error`"
	case kindDuration:
		return "seconds, or a text"
	default:
		return "a text"
	}
}
