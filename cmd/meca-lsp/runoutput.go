package main

import (
	"slices"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// runOutput is what run adds to the JSON of check.
type runOutput struct {
	As             task.View     `json:"as"`
	Outcome        task.Outcome  `json:"outcome"`
	Message        string        `json:"message"`
	Limits         limitsOutput  `json:"limits"`
	Phases         []phaseOutput `json:"phases"`
	MarkToListenMs *float64      `json:"markToListenMs"`
	PeakMemoryMiB  *float64      `json:"peakMemoryMiB"`
	PeakAtLeast    bool          `json:"peakMemoryAtLeast"`
	CPUMs          *float64      `json:"cpuMs"`
	Answer         *answerOutput `json:"answer"`
	Asked          int           `json:"asked"`
	Unstable       string        `json:"unstable"`
	Kept           string        `json:"kept"`
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
	Status int          `json:"status"`
	Bytes  int64        `json:"bytes"`
	Match  task.Match   `json:"match"`
	DiffAt *placeOutput `json:"diffAt"`
	Diff   string       `json:"diff"`
}

// placeOutput is a place in example_output.bin: one-based, columns in UTF-16 units, and the byte from 0.
type placeOutput struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type engineOutput struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	API     string `json:"api"`
}

// newRunOutput is the output of one run.
func newRunOutput(over *ran) output {
	o := output{Version: 1, Folders: []string{"."}, Findings: []finding{}, runOutput: runOutputOf(over.report)}
	for _, d := range over.findings {
		o.Findings = append(o.Findings, newFinding(over.at, d, false))
	}
	return o
}

// folderRun is one of several runs.
type folderRun struct {
	Folder   string    `json:"folder"`
	Findings []finding `json:"findings"`
	*runOutput
}

// newRunsOutput is the output of several runs: each has its own findings.
func newRunsOutput(list []*ran) output {
	o := output{Version: 1, Folders: []string{}, Findings: []finding{}}
	for _, over := range list {
		if over == nil {
			continue
		}
		one := folderRun{Folder: over.at.shown("", true), Findings: []finding{}, runOutput: runOutputOf(over.report)}
		for _, d := range over.findings {
			one.Findings = append(one.Findings, newFinding(over.at, d, true))
		}
		if !slices.Contains(o.Folders, one.Folder) {
			o.Folders = append(o.Folders, one.Folder)
		}
		o.Runs = append(o.Runs, one)
	}
	return o
}

func runOutputOf(r *task.Report) *runOutput {
	o := &runOutput{
		As: r.As, Outcome: r.Outcome, Message: r.Message, Phases: []phaseOutput{},
		Limits: limitsOutput{CPU: r.Limits.CPU, MemMiB: r.Limits.MemMiB}, Asked: r.Asked,
	}
	if r.Limits.UseGPU {
		o.Limits.GPUCount = r.Limits.GPUCount
	}
	if u := r.Unstable; u != nil {
		o.Unstable = "again"
		if u.AtOnce {
			o.Unstable = "at-once"
		}
	}
	if r.Kept != nil {
		o.Kept = r.Kept.URL
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
		if a.DiffAt >= 0 {
			at := a.Difference()
			o.Answer.DiffAt = &placeOutput{Line: at.Line + 1, Column: at.Column + 1, Byte: a.DiffAt}
			o.Answer.Diff = differenceOf(a)
		}
	}
	if e := r.Engine; e != nil {
		o.Engine = &engineOutput{Name: e.Name, Version: e.Version, API: e.API}
	}
	return o
}

// milliseconds keeps the microseconds: short phases are shorter than one millisecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
