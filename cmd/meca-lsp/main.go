// Command meca-lsp makes a MECAnywhere task folder right before any host runs it: a language server for editors, and a command line
// over the same core. Each verb has its file here; this package is the only place where the parts are wired together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes of every verb.
const (
	exitClean       = 0   // nothing to report, or the run passed
	exitFound       = 1   // findings, or the task failed
	exitUsage       = 2   // wrong words, or no task folder
	exitEnvironment = 3   // no engine, an unreadable disk
	exitInterrupted = 130 // a person pressed Ctrl-C
)

func main() {
	os.Exit(execute(untilInterrupted(), os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// untilInterrupted gives a context that ends with the first Ctrl-C. A second one ends the program at once, from the moment on that
// anything shows of the first.
func untilInterrupted() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-pressed
		signal.Stop(pressed)
		cancel()
	}()
	return ctx
}

// stdio is where a verb reads and writes.
type stdio struct {
	in  *os.File
	out *os.File
	err io.Writer
}

// exitError ends the program with a code; its error, if any, is told first.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage is a mistake in what the person asked for.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// environment is a fault of the machine.
func environment(err error) error { return &exitError{exitEnvironment, err} }

// execute runs one verb and gives the exit code.
func execute(ctx context.Context, args []string, std stdio) int {
	root := newRoot(std)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit *exitError
	switch {
	case err == nil:
		return exitClean
	case !errors.As(err, &exit): // cobra's own: an unknown verb or flag
		fmt.Fprintf(std.err, "meca-lsp: %v\nSee 'meca-lsp --help'.\n", err)
		return exitUsage
	case exit.err != nil:
		fmt.Fprintf(std.err, "meca-lsp: %v\n", exit.err)
	}
	return exit.code
}

func newRoot(std stdio) *cobra.Command {
	var asServer, asVersion bool
	root := &cobra.Command{
		Use:   "meca-lsp",
		Short: "Makes a MECAnywhere task folder right before any host runs it",
		Long: "meca-lsp checks task folders (Dockerfile, src, config.json, example files), mends what it finds,\n" +
			"and builds and runs a task in a container against its example, as a host would.\n\n" +
			"Exit codes: 0 clean or passed, 1 findings or failed, 2 usage, 3 environment, 130 interrupted.",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case asServer:
				return serve(c.Context(), std, serveFlags{})
			case asVersion:
				return printVersion(std)
			default:
				return c.Help()
			}
		},
	}
	root.Flags().BoolVar(&asServer, "stdio", false, "serve an editor on standard input and output, as 'serve' does")
	root.Flags().BoolVar(&asVersion, "version", false, "print the version, as 'version' does")
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddCommand(newServe(std), newNew(std), newCheck(std), newFix(std), newRun(std), newDoctor(std), newClean(std), newWatchdog(std), newExplain(std), newVersion(std), newRelay(std), newReplay(std))
	return root
}
