package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/lsp"
)

type serveFlags struct {
	verbose bool
}

func newServe(std stdio) *cobra.Command {
	var flags serveFlags
	var asEditorsSay bool
	c := &cobra.Command{
		Use: "serve", Short: "Serve an editor as a language server, on standard input and output",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), std, flags) },
	}
	c.Flags().BoolVar(&asEditorsSay, "stdio", false, "accepted because editors pass it; standard input and output are always used")
	c.Flags().BoolVarP(&flags.verbose, "verbose", "v", false, "log every request on standard error")
	return c
}

// serve is an editor's session. Standard output belongs to the protocol: whatever else prints to it goes to standard error.
func serve(ctx context.Context, std stdio, flags serveFlags) error {
	level := slog.LevelWarn
	if flags.verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: level}))
	os.Stdout = os.Stderr
	ignoreBrokenPipe() // an editor that is gone is no reason to leave a container behind
	ledger := newLedger(false)
	code := lsp.Serve(ctx, std.in, std.out, lsp.Options{Version: version + commit(), Runner: engineRunner{ledger}, Log: log})
	if err := ledger.Close(); err != nil {
		log.Warn("the ledger was not closed", "error", err)
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}
