package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

func newRun(std stdio) *cobra.Command {
	format, opts := "", task.DefaultRunOptions()
	c := &cobra.Command{
		Use: "run [PATH]", Short: "Build and run a task in a container against its example, as a host would",
		Long: "run builds the image of a task folder, starts a container with the limits of its config.json, waits for\n" +
			"meca-init-done and port 8080, posts example_input.bin, compares the answer with example_output.bin as hosts do,\n" +
			"and removes all that it made. It needs Docker: DOCKER_HOST, or Docker's own default.\n\n" +
			"Exit codes: 0 passed, 1 the task failed, 2 usage, 3 environment, 130 interrupted.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path := "."
			if len(args) > 0 {
				path = args[0]
			}
			if err := validFormat(format); err != nil {
				return err
			}
			return run(c.Context(), std, format, opts, path)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	c.Flags().BoolVar(&opts.AllowUnlimited, "allow-unlimited", false, "run also where the engine cannot enforce the limits of config.json")
	c.Flags().DurationVar(&opts.BuildTimeout, "build-timeout", opts.BuildTimeout, "how long the build may take")
	c.Flags().DurationVar(&opts.ReadyTimeout, "ready-timeout", opts.ReadyTimeout, "how long the start may take, until meca-init-done is printed")
	c.Flags().DurationVar(&opts.AnswerTimeout, "answer-timeout", opts.AnswerTimeout, "how long the answer may take")
	return c
}

func run(ctx context.Context, std stdio, format string, opts task.RunOptions, path string) error {
	dir, err := openArgument(path)
	if err != nil {
		return err
	}
	isTask := task.IsFolder(dir, ".")
	if err := dir.Close(); err != nil {
		return environment(err)
	}
	if !isTask {
		return usage("%s is no task folder: it holds too few of %v", path, task.Required())
	}
	at := found{argument: path, below: ".", dir: path}
	folder, err := loadFolder(at)
	if err != nil {
		return err
	}
	out := newPrinter(std.out)
	live := &liveRun{print: out}
	if format == "json" {
		live.print = nil
	}
	ledger := newLedger(true)
	defer func() { _ = ledger.Close() }() // the next run's watchdog does what this one's cannot
	report := engineRunner{ledger}.Run(ctx, path, folder, opts, live.event)
	findings := diagnostics.Check(folder, report)
	if format == "json" {
		if err := writeJSON(std, newRunOutput(at, report, findings)); err != nil {
			return environment(err)
		}
	} else {
		live.verdict(at, report, findings)
		if out.err != nil {
			return environment(out.err)
		}
	}
	return runExit(report)
}

// runExit is the exit code of a run.
func runExit(report *task.Report) error {
	switch report.Outcome {
	case task.Passed:
		return nil
	case task.Failed:
		return &exitError{code: exitFound}
	case task.Canceled:
		return &exitError{code: exitInterrupted}
	default:
		return &exitError{code: exitEnvironment}
	}
}

// runOutput is what run adds to the JSON of check.
type runOutput struct {
	Outcome        task.Outcome  `json:"outcome"`
	Message        string        `json:"message"`
	Limits         limitsOutput  `json:"limits"`
	Phases         []phaseOutput `json:"phases"`
	MarkToListenMs *float64      `json:"markToListenMs"`
	PeakMemoryMiB  *float64      `json:"peakMemoryMiB"`
	PeakAtLeast    bool          `json:"peakMemoryAtLeast"`
	CPUMs          *float64      `json:"cpuMs"`
	Answer         *answerOutput `json:"answer"`
	Engine         *engineOutput `json:"engine"`
}

type limitsOutput struct {
	CPU      int64 `json:"cpu"`
	MemMiB   int64 `json:"memMiB"`
	GPUCount int64 `json:"gpuCount"`
}

type phaseOutput struct {
	Name   task.Phase `json:"name"`
	Ms     float64    `json:"ms"`
	Cached bool       `json:"cached"`
}

type answerOutput struct {
	Status int        `json:"status"`
	Bytes  int64      `json:"bytes"`
	Match  task.Match `json:"match"`
}

type engineOutput struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	API     string `json:"api"`
}

func newRunOutput(f found, r *task.Report, findings []diagnostics.Finding) output {
	o := output{Version: 1, Folders: []string{"."}, Findings: []finding{}, runOutput: &runOutput{
		Outcome: r.Outcome, Message: r.Message, Phases: []phaseOutput{},
		Limits: limitsOutput{CPU: r.Limits.CPU, MemMiB: r.Limits.MemMiB},
	}}
	if r.Limits.UseGPU {
		o.Limits.GPUCount = r.Limits.GPUCount
	}
	for _, d := range findings {
		o.Findings = append(o.Findings, newFinding(f, d, false))
	}
	for _, s := range r.Steps {
		o.Phases = append(o.Phases, phaseOutput{Name: s.Phase, Ms: milliseconds(s.Took), Cached: s.Cached})
	}
	if r.Listen != nil && r.Listen.MarkToOpen != nil {
		ms := milliseconds(*r.Listen.MarkToOpen)
		o.MarkToListenMs = &ms
	}
	if r.PeakMemory != nil {
		mib := float64(*r.PeakMemory>>10) / 1024
		o.PeakMemoryMiB, o.PeakAtLeast = &mib, r.PeakAtLeast
	}
	if r.CPUTime != nil {
		ms := milliseconds(*r.CPUTime)
		o.CPUMs = &ms
	}
	if a := r.Answer; a != nil && a.Failure == "" {
		o.Answer = &answerOutput{Status: a.Status, Bytes: a.Bytes, Match: a.Match}
	}
	if e := r.Engine; e != nil {
		o.Engine = &engineOutput{Name: e.Name, Version: e.Version, API: e.API}
	}
	return o
}

// milliseconds keeps the microseconds: short phases are shorter than one millisecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
