package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// bothViews is the value of --as that is no view of its own.
const bothViews = "both"

type runFlags struct {
	format string
	as     string
	fresh  bool
	watch  bool
	jobs   int
	rules  []string
	opts   task.RunOptions
}

func newRun(std stdio) *cobra.Command {
	flags := runFlags{opts: task.DefaultRunOptions()}
	c := &cobra.Command{
		Use: "run [PATH...]", Short: "Build and run tasks in containers against their examples, as a host would",
		Long: "run builds the image of a task folder, starts a container with the limits of its config.json, waits for\n" +
			"meca-init-done and port 8080, posts example_input.bin, compares the answer with example_output.bin as hosts do,\n" +
			"asks the same again and twice at once, and removes the container. The image stays in the engine, so that an\n" +
			"unchanged folder is not built again; 'clean' removes it.\n\n" +
			"A PATH is a task folder, or a folder below which they are searched; several tasks are run a few at a time.\n" +
			"It needs a container engine; 'doctor' says which one is used and what it can do.\n\n" +
			"Exit codes: 0 passed, 1 a task failed, 2 usage, 3 environment, 130 interrupted.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return run(c.Context(), std, flags, args)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.format, "format", "text", "text or json")
	f.StringVar(&flags.as, "as", string(task.AsContract), "whose host to be: contract (the limits of config.json), todays-host (1 CPU, 128 MB, only Dockerfile and src are built), or both")
	f.BoolVar(&flags.opts.Once, "once", false, "ask the example once: for a task that must not be asked twice")
	f.BoolVar(&flags.opts.Keep, "keep", false, "leave the container running, and say where it listens; the next run of the folder removes it")
	f.BoolVar(&flags.fresh, "fresh", false, "use no image of an earlier run, and leave none")
	f.BoolVar(&flags.watch, "watch", false, "run again whenever a file of the folder changes, until Ctrl-C")
	f.IntVar(&flags.jobs, "jobs", 2, "how many tasks run at the same time, where there are several")
	f.StringVar((*string)(&flags.opts.Builder), "builder", string(task.BuilderClassic), "classic, as hosts build, or buildkit")
	f.BoolVar(&flags.opts.AllowUnlimited, "allow-unlimited", false, "run also where the engine cannot enforce the limits of config.json")
	f.DurationVar(&flags.opts.BuildTimeout, "build-timeout", flags.opts.BuildTimeout, "how long the build may take")
	f.DurationVar(&flags.opts.ReadyTimeout, "ready-timeout", flags.opts.ReadyTimeout, "how long the start may take, until meca-init-done is printed")
	f.DurationVar(&flags.opts.AnswerTimeout, "answer-timeout", flags.opts.AnswerTimeout, "how long an answer may take")
	ruleFlag(c, &flags.rules)
	return c
}

// A runJob is one run of one folder.
type runJob struct {
	at   found
	as   task.View
	said diagnostics.Settings // of rules
}

// A ran is a run that is over.
type ran struct {
	runJob
	report   *task.Report
	findings []diagnostics.Finding
	took     time.Duration
}

func run(ctx context.Context, std stdio, flags runFlags, paths []string) error {
	jobs, err := flags.check(ctx, paths)
	if err != nil {
		return err
	}
	flags.opts.Reuse = !flags.fresh
	ledger := newLedger(true)
	defer func() { _ = ledger.Close() }() // the next run's watchdog does what this one's cannot
	r := &runs{flags: flags, std: std, out: newPrinter(std.out), engine: engineRunner{ledger}}
	switch {
	case flags.watch:
		return r.watch(ctx, jobs[0])
	case len(jobs) > 1:
		return r.many(ctx, jobs)
	default:
		return r.one(ctx, jobs[0])
	}
}

// check makes jobs of what the person asked for.
func (f runFlags) check(ctx context.Context, paths []string) ([]runJob, error) {
	if err := validFormat(f.format); err != nil {
		return nil, err
	}
	said, err := saidRules(f.rules)
	if err != nil {
		return nil, err
	}
	views, ok := map[string][]task.View{
		string(task.AsContract): {task.AsContract}, string(task.AsTodaysHost): {task.AsTodaysHost}, bothViews: {task.AsContract, task.AsTodaysHost},
	}[f.as]
	if !ok {
		return nil, usage("--as is %q; it can be %s, %s or %s", f.as, task.AsContract, task.AsTodaysHost, bothViews)
	}
	if b := f.opts.Builder; b != task.BuilderClassic && b != task.BuilderBuildKit {
		return nil, usage("--builder is %q; it can be %s or %s", string(b), task.BuilderClassic, task.BuilderBuildKit)
	}
	folders, err := runFolders(ctx, paths)
	if err != nil {
		return nil, err
	}
	var jobs []runJob
	files := settingsFiles{}
	for _, at := range folders {
		settings, _, err := files.of(at)
		if err != nil {
			return nil, err
		}
		for _, as := range views {
			jobs = append(jobs, runJob{at, as, said.Over(settings)})
		}
	}
	switch {
	case f.jobs < 1:
		return nil, usage("--jobs is %d; at least one task runs at a time", f.jobs)
	case len(jobs) > 1 && f.opts.Keep:
		return nil, usage("--keep leaves one container running: name one task folder, and one view")
	case len(jobs) > 1 && f.watch, f.watch && f.format == "json":
		return nil, usage("--watch follows one task folder in one view, as text")
	}
	return jobs, nil
}

// runFolders gives the task folders to run: an argument that is one itself, else those below it. Each counts once.
func runFolders(ctx context.Context, paths []string) ([]found, error) {
	var list []found
	seen := map[string]bool{}
	for _, path := range paths {
		dir, err := openArgument(path)
		if err != nil {
			return nil, err
		}
		isTask := task.IsFolder(dir, ".")
		if err := dir.Close(); err != nil {
			return nil, environment(err)
		}
		folders := []found{{argument: path, below: ".", dir: path}}
		if !isTask {
			if folders, err = findFolders(ctx, []string{path}); err != nil {
				return nil, err
			}
		}
		for _, f := range folders {
			if path := realPath(f.dir); !seen[path] {
				seen[path] = true
				list = append(list, f)
			}
		}
	}
	return list, nil
}

// runExit is the exit code of runs: that of the worst.
func runExit(reports ...*task.Report) error {
	worst := exitClean
	for _, r := range reports {
		code := exitEnvironment
		switch r.Outcome {
		case task.Passed:
			code = exitClean
		case task.Failed:
			code = exitFound
		case task.Canceled:
			code = exitInterrupted
		}
		worst = max(worst, code)
	}
	if worst == exitClean {
		return nil
	}
	return &exitError{code: worst}
}
