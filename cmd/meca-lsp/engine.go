package main

import (
	"context"
	"path/filepath"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// engineRunner runs task folders on the engine that it finds, anew for each run.
type engineRunner struct {
	ledger *runner.Ledger // notes what the runs make, for the case that this program is killed
}

// Run builds and runs the task folder in dir. Without an engine, or without the folder, the report says so.
func (e engineRunner) Run(ctx context.Context, dir string, folder *task.Folder, opts task.RunOptions, emit func(task.Event)) *task.Report {
	failed := func(err error) *task.Report {
		outcome := task.Error
		if ctx.Err() != nil {
			outcome = task.Canceled
		}
		return &task.Report{Hash: folder.Hash(), Outcome: outcome, Message: "Error: " + err.Error(), Limits: folder.Limits()}
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return failed(err)
	}
	engine, err := connectTo(ctx, opts.Engine)
	if err != nil {
		return failed(err)
	}
	defer engine.Close()
	files, err := task.OpenDir(dir)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = files.Close() }() // it was only read
	return runner.Run(ctx, runner.Job{Engine: engine, Files: files, Folder: folder, Path: path, Options: opts, Ledger: e.ledger}, emit)
}

// StopKept removes the container that a run of the task folder in dir has left running.
func (e engineRunner) StopKept(ctx context.Context, dir, address string) error {
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	engine, err := connectTo(ctx, address)
	if err != nil {
		return err
	}
	defer engine.Close()
	return runner.StopKept(ctx, engine, path)
}

// connectTo connects to the engine at an address; "" is the one that is found.
func connectTo(ctx context.Context, address string) (*runner.Docker, error) {
	if address == "" {
		return runner.Connect(ctx)
	}
	return runner.ConnectTo(ctx, address)
}
