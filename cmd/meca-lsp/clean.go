package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/runner"
)

func newClean(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: "clean [PATH...]", Short: "Remove what runs have kept in the container engine: their images, and containers left running",
		Long: "clean removes the images that runs keep in the container engine so that an unchanged folder is not built again, and the\n" +
			"containers that run --keep left running. It removes nothing else, and no folder's files.\n\n" +
			"A PATH is a task folder, which need not be there any more; without one, it is all that runs have kept in the engine.\n\n" +
			"Exit codes: 0 done, 2 usage, 3 no engine, or one that would not.",
		RunE: func(c *cobra.Command, args []string) error { return clean(c.Context(), std, args) },
	}
}

func clean(ctx context.Context, std stdio, folders []string) error {
	paths := make([]string, len(folders))
	for i, folder := range folders {
		path, err := filepath.Abs(folder)
		if err != nil {
			return environment(err)
		}
		paths[i] = path
	}
	engine, err := runner.Connect(ctx)
	if err != nil {
		return environment(errors.New(err.Error()))
	}
	defer engine.Close()
	containers, images, err := runner.Clean(ctx, engine, paths...)
	if err != nil {
		return environment(err)
	}
	fmt.Fprintf(std.out, "%s and %s removed\n", plural(containers, "container"), plural(images, "image"))
	return nil
}
