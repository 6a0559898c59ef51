package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

type newFlags struct {
	template    string
	name        string
	description string
}

func newNew(std stdio) *cobra.Command {
	var flags newFlags
	c := &cobra.Command{
		Use: "new DIR", Short: "Make a new task folder that checks clean and runs",
		Long: "new makes the folder DIR with all that a task needs: Dockerfile, src, config.json with the default limits, an example\n" +
			"and its answer, name and description. Where DIR is there already and not empty, nothing is made.\n\n" +
			"Templates:\n" + listStarters() + "\n" +
			"Exit codes: 0 made, 2 usage or DIR is not empty, 3 it could not be written.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return makeFolder(std, args[0], flags)
		},
	}
	c.Flags().StringVar(&flags.template, "template", "flask", "what the task is made of: "+strings.Join(starterNames(), ", "))
	c.Flags().StringVar(&flags.name, "name", "", "the task's name, one line; by default that of DIR")
	c.Flags().StringVar(&flags.description, "description", "", "what the task does")
	if err := c.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(starterNames(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is the flag
	}
	return c
}

func starterNames() []string {
	var names []string
	for _, s := range task.Starters() {
		names = append(names, s.Name)
	}
	return names
}

func listStarters() string {
	var b strings.Builder
	for _, s := range task.Starters() {
		fmt.Fprintf(&b, "  %-8s %s (built from %s)\n", s.Name, s.Title, s.Base)
	}
	return b.String()
}

func makeFolder(std stdio, dir string, flags newFlags) error {
	full, err := filepath.Abs(dir)
	if err != nil {
		return environment(err)
	}
	if flags.name == "" {
		flags.name = filepath.Base(full)
	}
	flags.name, flags.description = strings.TrimSpace(flags.name), strings.TrimSpace(flags.description)
	if flags.name == "" || strings.ContainsFunc(flags.name, unicode.IsControl) {
		return usage("the name %q is not one line of text", flags.name)
	}
	files, ok := task.StarterFiles(flags.template, flags.name, flags.description)
	if !ok {
		return usage("there is no template %q; the templates are %s", flags.template, strings.Join(starterNames(), ", "))
	}
	if err := vacant(full); err != nil {
		return err
	}
	if err := writeNew(full, files); err != nil {
		return environment(fmt.Errorf("%s was not made: %w", dir, err))
	}
	if _, err := fmt.Fprintf(std.out, "made %s: %s\n", dir, strings.Join(slices.Sorted(maps.Keys(files)), ", ")); err != nil {
		return environment(err)
	}
	return nil
}

// vacant refuses a path where something is. An empty folder is nothing.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usage("%s: %w", dir, cause(err))
	case len(entries) > 0:
		return usage("%s is not empty: nothing was made", dir)
	}
	return nil
}

// writeNew writes files below a folder that it makes if need be. Where one cannot be written, those before it are taken away again;
// nothing that was there is touched.
func writeNew(dir string, files map[string]string) (err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	var made []string
	defer func() {
		if err == nil {
			return
		}
		for _, name := range slices.Backward(made) {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	mkdir := func(name string) error {
		switch err := os.Mkdir(name, 0o777); {
		case err == nil:
			made = append(made, name)
		case !errors.Is(err, fs.ErrExist):
			return err
		}
		return nil
	}
	if err := mkdir(dir); err != nil {
		return err
	}
	for _, rel := range slices.Sorted(maps.Keys(files)) {
		if parent := path.Dir(rel); parent != "." {
			if err := mkdir(filepath.Join(dir, filepath.FromSlash(parent))); err != nil {
				return err
			}
		}
		name := filepath.Join(dir, filepath.FromSlash(rel))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		made = append(made, name)
		_, err = f.WriteString(files[rel])
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
