package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
)

type checkFlags struct {
	format string
	failOn string
	rules  []string
}

func newCheck(std stdio) *cobra.Command {
	var flags checkFlags
	c := &cobra.Command{
		Use: "check [PATH...]", Short: "Report what is wrong with task folders",
		Long: "check reports what is wrong with task folders, without running anything.\n\n" +
			"A PATH is a task folder, or a folder below which they are searched; without one, the current folder is.\n" +
			"A task folder holds at least three of Dockerfile, src, description.txt, name.txt, example_input.bin,\n" +
			"example_output.bin and config.json, or two of them of which one is a config.json with a \"resource\" object.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return check(c.Context(), std, flags, args)
		},
	}
	c.Flags().StringVar(&flags.format, "format", "text", "text or json")
	c.Flags().StringVar(&flags.failOn, "fail-on", "error", "exit with 1 on a finding of this severity or worse: error, warning, information, hint or never")
	ruleFlag(c, &flags.rules)
	return c
}

func check(ctx context.Context, std stdio, flags checkFlags, paths []string) error {
	limit, err := severityNamed(flags.failOn)
	if err != nil {
		return err
	}
	if err := validFormat(flags.format); err != nil {
		return err
	}
	said, err := saidRules(flags.rules)
	if err != nil {
		return err
	}
	folders, err := findFolders(ctx, paths)
	if err != nil {
		return err
	}
	result := output{Version: 1, Findings: []finding{}, Folders: []string{}}
	out := newPrinter(std.out)
	counts, failed := map[diagnostics.Severity]int{}, false
	files := settingsFiles{}
	for _, f := range folders {
		if ctx.Err() != nil {
			return &exitError{code: exitInterrupted}
		}
		folder, err := loadFolder(f)
		if err != nil {
			return err
		}
		result.Folders = append(result.Folders, f.shown("", len(paths) > 1))
		settings, findings, err := files.of(f)
		if err != nil {
			return err
		}
		for _, d := range append(findings, said.Over(settings).Apply(diagnostics.Check(folder, nil))...) {
			counts[d.Severity]++
			failed = failed || d.Severity <= limit
			if flags.format == "json" {
				result.Findings = append(result.Findings, newFinding(f, d, len(paths) > 1))
			} else {
				out.finding(f, d)
			}
		}
	}
	if flags.format == "json" {
		err = writeJSON(std, result)
	} else {
		out.summary(len(folders), counts)
		err = out.err
	}
	switch {
	case err != nil:
		return environment(err)
	case failed:
		return &exitError{code: exitFound}
	default:
		return nil
	}
}

// severityNamed reads the value of --fail-on. "never" is below every severity.
func severityNamed(name string) (diagnostics.Severity, error) {
	if name == "never" {
		return diagnostics.Off, nil
	}
	if s, ok := diagnostics.SeverityNamed(name); ok && s != diagnostics.Off {
		return s, nil
	}
	return diagnostics.Off, usage("--fail-on is %q; it takes error, warning, information, hint or never", name)
}

func validFormat(name string) error {
	if name != "text" && name != "json" {
		return usage("--format is %q; it takes text or json", name)
	}
	return nil
}

func writeJSON(std stdio, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s\n", b)
	return err
}
