package runner

import (
	"context"
	"io/fs"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// RunImpatiently is Run with another limit for one answer of the engine.
func RunImpatiently(ctx context.Context, engine Engine, limit time.Duration, dir fs.FS, folder *task.Folder, opts task.RunOptions, emit func(task.Event)) *task.Report {
	return runOn(ctx, impatient{engine, limit}, dir, folder, opts, emit)
}
