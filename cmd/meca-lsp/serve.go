package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/lsp"
)

type serveFlags struct {
	verbose bool
	log     string // a file
	level   string
	trace   string // a file
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
	c.Flags().StringVar(&flags.log, "log", "", "also append the log to this `FILE`; it holds paths, but no contents of files")
	c.Flags().StringVar(&flags.level, "log-level", "info", "what --log writes down: error, warn, info (each request), debug")
	c.Flags().StringVar(&flags.trace, "trace", "", "write the whole session to this `FILE`, for 'replay'; it holds the texts of open files")
	return c
}

// serve is an editor's session. Standard output belongs to the protocol: whatever else prints to it goes to standard error.
func serve(ctx context.Context, std stdio, flags serveFlags) (err error) {
	log, logFile, err := flags.logger(std.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()
	trace, err := flags.tracer()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trace.Close()) }()
	os.Stdout = os.Stderr
	ignoreBrokenPipe() // an editor that is gone is no reason to leave a container behind
	ledger := newLedger(false)
	log.Info("the session starts", "version", version+commit(), "pid", os.Getpid())
	options := lsp.Options{Version: version + commit(), Runner: engineRunner{ledger}, Log: log}
	if flags.trace != "" {
		log.Warn("this session is recorded, with the texts of all open files", "file", flags.trace)
		options.Trace = trace
	}
	code := lsp.Serve(ctx, std.in, std.out, options)
	if err := ledger.Close(); err != nil {
		log.Warn("the ledger was not closed", "error", err)
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// logger logs warnings on standard error, and more where it is asked for.
func (f serveFlags) logger(stderr io.Writer) (*slog.Logger, io.Closer, error) {
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelDebug
	}
	var fileLevel slog.Level
	switch f.level {
	case "error", "warn", "info", "debug", "": // "" where the program was started without 'serve'
		if err := fileLevel.UnmarshalText([]byte(cmp.Or(f.level, "info"))); err != nil {
			return nil, nil, usage("--log-level: %v", err)
		}
	default:
		return nil, nil, usage("--log-level is error, warn, info or debug, not %q", f.level)
	}
	console := slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})
	if f.log == "" {
		return slog.New(console), nothing{}, nil
	}
	file, err := openLog(f.log, maxLog)
	if err != nil {
		return nil, nil, environment(err)
	}
	return slog.New(slog.NewMultiHandler(console, slog.NewTextHandler(file, &slog.HandlerOptions{Level: fileLevel}))), file, nil
}

// tracer opens the file that the session is written to. An older one is kept as FILE.1: an editor starts a server that died again.
func (f serveFlags) tracer() (io.WriteCloser, error) {
	if f.trace == "" {
		return nothing{}, nil
	}
	if info, err := os.Lstat(f.trace); err == nil && info.Mode().IsRegular() {
		if err := os.Rename(f.trace, f.trace+".1"); err != nil {
			return nil, environment(err)
		}
	}
	file, err := openPrivate(f.trace, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, environment(err)
	}
	return file, nil
}

// nothing is a file that is not there.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) Close() error                { return nil }
