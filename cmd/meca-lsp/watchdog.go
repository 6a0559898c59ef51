package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/runner"
)

// watchdogVerb is the verb that the program starts itself with.
const watchdogVerb = "watchdog"

// newWatchdog is not for people: a program that runs tasks starts itself with it, and is outlived by it.
func newWatchdog(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: watchdogVerb + " FOLDER OWNER", Hidden: true, Args: cobra.ExactArgs(2),
		Short: "Remove what a run left whose program was killed (started by the program itself)",
		RunE: func(c *cobra.Command, args []string) error {
			// Whoever ends all programs of this name ends the one that is watched, too; this one ends by itself then.
			signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			if err := runner.Watch(context.WithoutCancel(c.Context()), args[0], args[1], std.in); err != nil {
				return environment(err)
			}
			return nil
		},
	}
}

// newLedger is the ledger of this process. Kept containers outlive a command line, and no server.
func newLedger(outlive bool) *runner.Ledger {
	return runner.NewLedger(runner.LedgerOptions{Watchdog: []string{watchdogVerb}, Outlive: outlive})
}
