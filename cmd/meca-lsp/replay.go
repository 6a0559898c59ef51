package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/lsp"
)

func newReplay(std stdio) *cobra.Command {
	var folder string
	c := &cobra.Command{
		Use: "replay FILE", Short: "Play back a session that 'serve --trace' wrote, and say what is answered in another way",
		Long: "Plays back a session that 'serve --trace FILE' wrote, against this program: it sends what the editor sent, compares the answers\n" +
			"and the diagnostics with the recorded ones (but for times), and says how long the answers took. Nothing is run and nothing is\n" +
			"written: what the editor had the server do is left out.\n\n" +
			"Exit codes: 0 all is as recorded, 1 something differs, 2 the file is no such session.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return replay(c.Context(), std, args[0], folder) },
	}
	c.Flags().StringVar(&folder, "folder", "", "where the first folder of the recorded workspace is on this machine: `DIR`")
	return c
}

func replay(ctx context.Context, std stdio, path, folder string) error {
	if folder != "" {
		at, err := filepath.Abs(folder)
		if err != nil {
			return environment(err)
		}
		folder = at
	}
	f, err := os.Open(path)
	if err != nil {
		return usage("%v", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelError}))
	r, err := lsp.Replay(ctx, f, folder, lsp.Options{Version: version + commit(), Log: log})
	switch {
	case err != nil:
		return usage("%s: %v", path, err)
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted}
	}
	if err := printReplay(std.out, r); err != nil {
		return environment(err)
	}
	if len(r.Differ) > 0 {
		return &exitError{code: exitFound}
	}
	return nil
}

func printReplay(out io.Writer, r *lsp.Replayed) error {
	fmt.Fprintf(out, "Recorded %s with meca-lsp %s on %s: %d frames.\n", r.Started.Format(time.RFC3339), text.Plain(r.Version), text.Plain(r.System), r.Frames)
	for _, n := range r.Notes {
		fmt.Fprintf(out, "Note: %s.\n", text.Plain(n))
	}
	if r.Left > 0 {
		fmt.Fprintf(out, "Note: %d commands were left out: a replay runs nothing and writes nothing. What they led to differs.\n", r.Left)
	}
	fmt.Fprintf(out, "%d requests were played, %d of them had been answered; %d answers and diagnostics differ.\n", r.Requests, r.Compared, len(r.Differ))
	for _, d := range r.Differ {
		fmt.Fprintf(out, "  line %d: %s %s\n", d.Line, text.Plain(d.Method), text.Plain(d.What))
	}
	if len(r.Times) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "count\tmedian\tmax\trecorded median\t  method")
	for _, c := range r.Times {
		fmt.Fprintf(table, "%d\t%v\t%v\t%v\t  %s\n", c.Count, round(c.Median), round(c.Max), round(c.RecordedMedian), text.Plain(c.Method))
	}
	return table.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
