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

// FolderID is what the images that are kept of a folder are named after.
func FolderID(path string) string { return folderID(path) }

// PeakFile is peakFile.
func PeakFile(groups, id string) string { return peakFile(groups, id) }
