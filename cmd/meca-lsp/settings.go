package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// ruleFlag is --rule, which counts before every settings file.
func ruleFlag(c *cobra.Command, rules *[]string) {
	c.Flags().StringArrayVar(rules, "rule", nil, "give a rule another severity, as CODE=off|hint|information|warning|error; may be said more than once")
}

// saidRules reads what --rule says.
func saidRules(assignments []string) (diagnostics.Settings, error) {
	settings := diagnostics.Settings{}
	for _, a := range assignments {
		if err := settings.SetRule(a); err != nil {
			return nil, usage("--rule: %w", err)
		}
	}
	return settings, nil
}

// settingsFiles are the settings files that were reported on already, by their paths.
type settingsFiles map[string]bool

// maxSettings is how much of a settings file is read, in bytes.
const maxSettings = 64 << 10

// of gives the settings for a task folder: those of the settings file in it, over those of the folders above it, up to the argument.
// What is wrong with a file is reported with the first task folder that it counts for.
func (reported settingsFiles) of(f found) (diagnostics.Settings, []diagnostics.Finding, error) {
	dir, err := openArgument(f.argument)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = dir.Close() }() // it was only read
	settings, findings := diagnostics.Settings{}, []diagnostics.Finding(nil)
	up := ""
	for at := f.below; ; at, up = path.Dir(at), "../"+up {
		name := path.Join(at, diagnostics.SettingsFile)
		content, err := readSettings(dir, name)
		if err != nil {
			return nil, nil, environment(fmt.Errorf("%s: %w", name, err))
		}
		if content != "" {
			below, wrong := diagnostics.ReadSettings(text.New(up+diagnostics.SettingsFile, content))
			settings = settings.Over(below)
			if key := path.Join(f.argument, name); !reported[key] {
				reported[key] = true
				findings = append(findings, wrong...)
			}
		}
		if at == "." {
			return settings, findings, nil
		}
	}
}

// readSettings reads a settings file; one that is not there says nothing.
func readSettings(dir *task.Dir, name string) (string, error) {
	content, err := dir.ReadText(name, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && strings.TrimSpace(content) == "" {
		return " ", nil // an empty file is there, and holds no JSON
	}
	return content, err
}
