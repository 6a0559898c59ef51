package runner

import (
	"context"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// RunImpatiently is Run with another limit for one answer of the engine.
func RunImpatiently(ctx context.Context, limit time.Duration, job Job, emit func(task.Event)) *task.Report {
	job.Engine = impatient{job.Engine, limit}
	return runOn(ctx, job, emit)
}
