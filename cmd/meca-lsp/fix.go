package main

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

func newFix(std stdio) *cobra.Command {
	var rules []string
	var safe bool
	c := &cobra.Command{
		Use: "fix [PATH...]", Short: "Mend what has one plain mend",
		Long: "fix applies the preferred fix of each finding of check, one after the other, and says what it did.\n" +
			"It creates files that are missing and never overwrites one that is there. What it cannot mend is left to you:\n" +
			"run check afterwards. With --safe it makes only those that need no look, as an editor does on saving: what they\n" +
			"write says what you wrote, or the contract's default. A PATH is as for check.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return fix(c.Context(), std, rules, safe, args)
		},
	}
	ruleFlag(c, &rules)
	c.Flags().BoolVar(&safe, "safe", false, "apply only the fixes that are safe without a look at them")
	return c
}

func fix(ctx context.Context, std stdio, rules []string, safe bool, paths []string) error {
	said, err := saidRules(rules)
	if err != nil {
		return err
	}
	folders, err := findFolders(ctx, paths)
	if err != nil {
		return err
	}
	out, done, files := newPrinter(std.out), 0, settingsFiles{}
	for _, f := range folders {
		settings, _, err := files.of(f)
		if err != nil {
			return err
		}
		n, err := fixFolder(ctx, out, f, said.Over(settings), safe)
		if err != nil {
			return err
		}
		done += n
	}
	out.printf("%s checked: %s applied\n", plural(len(folders), "task folder"), plural(done, "fix"))
	if out.err != nil {
		return environment(out.err)
	}
	return nil
}

// fixFolder applies one fix at a time, and looks again: a fix holds only for the texts that it was made for. A finding that its own fix
// does not end is left alone.
func fixFolder(ctx context.Context, out *printer, f found, settings diagnostics.Settings, safe bool) (done int, err error) {
	dir, err := task.OpenDir(f.dir)
	if err != nil {
		return 0, environment(fmt.Errorf("%s: %w", f.dir, cause(err)))
	}
	defer func() { _ = dir.Close() }() // each write has been checked by itself
	tried := map[string]bool{}
	for ctx.Err() == nil {
		finding, fix, ok := nextFix(settings.Apply(diagnostics.Check(task.Load(dir), nil)), tried, safe)
		if !ok {
			return done, nil
		}
		if err := applyFix(dir, fix); err != nil {
			return done, environment(fmt.Errorf("%s: %s: %w", f.clickable(finding.File.Path), fix.Title, err))
		}
		out.printf("%s: %s %s\n", out.in(bold, f.clickable(finding.File.Path)), fix.Title, out.in(dim, "["+finding.Code+"]"))
		done++
	}
	return done, &exitError{code: exitInterrupted}
}

// nextFix is the first preferred fix that was not tried yet; where only safe ones are wanted, the first of them.
func nextFix(findings []diagnostics.Finding, tried map[string]bool, safe bool) (diagnostics.Finding, diagnostics.Fix, bool) {
	for _, f := range findings {
		key := f.Code + "\x00" + f.File.Path + "\x00" + f.Message
		for _, fix := range f.Fixes {
			if fix.Preferred && (fix.Safe || !safe) && !tried[key+"\x00"+fix.Title] {
				tried[key+"\x00"+fix.Title] = true
				return f, fix, true
			}
		}
	}
	return diagnostics.Finding{}, diagnostics.Fix{}, false
}

// applyFix makes a fix on the disk.
func applyFix(dir *task.Dir, fix diagnostics.Fix) error {
	for _, e := range fix.Edits {
		content, err := e.File.Apply(e.Edits)
		if err != nil {
			return err
		}
		if err := dir.Replace(e.File.Path, e.File.Content(), content); err != nil {
			return err
		}
	}
	for _, n := range fix.Creates {
		if err := dir.Create(n.Path, n.Content); err != nil {
			return err
		}
	}
	for _, r := range fix.Renames {
		if !fs.ValidPath(r.From) || !fs.ValidPath(r.To) {
			return fs.ErrInvalid
		}
		if err := dir.Rename(r.From, r.To); err != nil {
			return err
		}
	}
	return nil
}
