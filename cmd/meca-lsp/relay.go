package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/runner"
)

// newRelay is what this program does in a container of ours beside a task's, where the engine is on another machine; no person types
// it. Without a word it waits to be removed, so that the container lives; with "connect" it is one connection to the task.
func newRelay(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: runner.RelayVerb + " [" + runner.RelayConnect + "]", Hidden: true, Args: cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{runner.RelayConnect},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				<-c.Context().Done()
				return nil
			}
			return relay(c.Context(), std)
		},
	}
}

func relay(ctx context.Context, std stdio) error {
	if err := runner.Relay(ctx, std.in, std.out, std.err); err != nil {
		return environment(err)
	}
	return nil
}
