package runner

import (
	"context"
	"io"
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

// Reclaim removes what was kept of a folder, as its next run does.
func (l *Ledger) Reclaim(ctx context.Context, path string) error { return l.reclaim(ctx, path) }

// RunAndKeep is Run, but leaves what it made, as a container that a person wants to try.
func RunAndKeep(ctx context.Context, job Job, container Container, image string) (id string, err error) {
	r := &run{ledger: job.Ledger, path: job.Path, session: newSession(), teller: &teller{emit: func(task.Event) {}}}
	about, err := job.Engine.Describe(ctx)
	if err != nil {
		return "", err
	}
	r.enter(about.Address)
	r.entry.creating(image)
	container.Image, container.Session, container.Owner = image, r.session, r.entry.owner()
	if id, _, err = job.Engine.Create(ctx, container); err != nil {
		return "", err
	}
	r.entry.created(id)
	r.ledger.keep(r.entry)
	return id, nil
}

// ClearLeftover does what a watchdog does with the file of a dead run, whose lines are these.
func ClearLeftover(ctx context.Context, engine Engine, lines io.Reader) error {
	return readEntry(lines, time.Now().Add(-time.Hour)).clear(ctx, engine, time.Time{})
}

// LedgerFolder is the folder that a ledger uses.
func LedgerFolder() (string, error) {
	f, err := findLedgerFolder(ledgerPlaces())
	if err != nil {
		return "", err
	}
	return f.path, f.Close()
}

// ServeAs lets another program than the running one be the engine's relay.
func (d *Docker) ServeAs(program string) {
	if w, ok := d.way.(*relayWay); ok {
		w.program = program
	}
}

// Listens is listens.
func Listens(process int, id string) bool { return listens(process, id) }
