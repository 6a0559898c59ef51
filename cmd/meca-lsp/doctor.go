package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meca-lsp/meca-lsp/runner"
)

func newDoctor(std stdio) *cobra.Command {
	format := ""
	c := &cobra.Command{
		Use: "doctor", Short: "Say which container engine is used, what it can do, and what each missing thing means",
		Long: "doctor asks the container engine that run would use what it is and what it can do: version, builder, limits, GPU,\n" +
			"disk, and what it holds of ours. It makes nothing in it.\n\n" +
			"Exit codes: 0 an engine answers, 2 usage, 3 none does, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := validFormat(format); err != nil {
				return err
			}
			return doctor(c.Context(), std, format)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func doctor(ctx context.Context, std stdio, format string) error {
	x, trouble := examine(ctx)
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	var checks []runner.Check
	if trouble != nil {
		checks = []runner.Check{{Name: "engine", Level: runner.Bad, Value: "none", Text: trouble.Error()}}
		trouble = &exitError{code: exitEnvironment} // it was told
	} else {
		checks = x.Checks()
	}
	if format == "json" {
		if err := writeJSON(std, newDoctorOutput(x, checks)); err != nil {
			return environment(err)
		}
		return trouble
	}
	out := newPrinter(std.out)
	for _, c := range checks {
		out.check(c)
	}
	if out.err != nil {
		return environment(out.err)
	}
	return trouble
}

// examine finds the engine and asks it.
func examine(ctx context.Context) (*runner.Examination, error) {
	engine, err := runner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	x, err := engine.Examine(ctx)
	if err != nil {
		return nil, errors.New("the container engine does not say what it is: " + err.Error())
	}
	return x, nil
}

// check prints one line of what there is, and below it what that means.
func (p *printer) check(c runner.Check) {
	colour, sign := green, "✓"
	switch c.Level {
	case runner.Note:
		colour, sign = blue, "·"
	case runner.Warning:
		colour, sign = yellow, "!"
	case runner.Bad:
		colour, sign = red, "✗"
	}
	const width = 9
	p.printf("%s %s%s %s\n", p.in(colour, sign), p.in(bold, c.Name), strings.Repeat(" ", max(0, width-len(c.Name))), c.Value)
	if c.Text != "" {
		p.printf("  %s\n", p.in(dim, c.Text))
	}
}

// doctorOutput is the JSON of doctor; docs/doctor.schema.json is its schema.
type doctorOutput struct {
	Version int           `json:"version"`
	Engine  *examined     `json:"engine"`
	Checks  []checkOutput `json:"checks"`
}

type examined struct {
	engineOutput
	Address   string                   `json:"address"`
	NamedBy   string                   `json:"namedBy"`
	System    string                   `json:"system"`
	Cgroup    string                   `json:"cgroup"`
	Rootless  bool                     `json:"rootless"`
	CPUs      *int                     `json:"cpus"`
	MemoryMiB *int64                   `json:"memoryMiB"`
	FreeMiB   *int64                   `json:"freeDiskMiB"`
	Can       map[string]runner.Answer `json:"can"`
	Kept      keptOutput               `json:"kept"`
}

type keptOutput struct {
	Images     int   `json:"images"`
	AtMostMiB  int64 `json:"atMostMiB"`
	Containers int   `json:"containers"`
}

type checkOutput struct {
	Name  string       `json:"name"`
	Level runner.Level `json:"level"`
	Value string       `json:"value"`
	Text  string       `json:"text"`
}

// newDoctorOutput writes what was found; x is nil where there is no engine.
func newDoctorOutput(x *runner.Examination, checks []runner.Check) doctorOutput {
	o := doctorOutput{Version: 1, Checks: []checkOutput{}}
	for _, c := range checks {
		o.Checks = append(o.Checks, checkOutput(c))
	}
	if x == nil {
		return o
	}
	o.Engine = &examined{
		engineOutput: engineOutput{Name: x.Name, Version: x.Version, API: x.API},
		Address:      x.Address, NamedBy: x.NamedBy, System: x.System, Cgroup: x.Cgroup, Rootless: x.Rootless,
		Can: map[string]runner.Answer{
			"limitMemory": x.LimitsMemory, "limitSwap": x.LimitsSwap, "limitCPUs": x.LimitsCPU, "limitProcesses": x.LimitsPIDs,
			"gpu": x.GPU, "buildkit": x.BuildKit,
		},
		Kept: keptOutput{Images: x.Kept.Images, AtMostMiB: (x.Kept.Bytes + 1<<20 - 1) >> 20, Containers: x.Kept.Containers},
	}
	if x.CPUs > 0 {
		o.Engine.CPUs = &x.CPUs
	}
	if mib := x.Memory >> 20; mib > 0 {
		o.Engine.MemoryMiB = &mib
	}
	if x.FreeDisk != nil {
		mib := *x.FreeDisk >> 20
		o.Engine.FreeMiB = &mib
	}
	return o
}
