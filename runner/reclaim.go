package runner

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// reclaim removes the containers that earlier runs of a task folder left running on purpose: this process's own, and those of command
// lines that have ended. What another process that lives has kept, stays.
func (l *Ledger) reclaim(ctx context.Context, path string) error {
	own, folder := l.takeKept(path)
	if folder == nil {
		return nil
	}
	var errs []error
	for _, e := range own {
		errs = append(errs, e.release()) // from now on it is as one of a process that has ended
	}
	names, err := folder.names()
	errs = append(errs, err)
	for _, name := range names {
		errs = append(errs, folder.reclaim(ctx, path, name))
	}
	return errors.Join(errs...)
}

// reclaim does so for one file.
func (f *ledgerFolder) reclaim(ctx context.Context, path, name string) error {
	file, err := f.take(name, 0)
	if errors.Is(err, errLocked) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	left := readEntry(file, time.Now())
	parts := entryNames.FindStringSubmatch(name)
	if left.kept == "" || left.head.Path != path || left.check(parts[1], parts[2]) != nil {
		return nil
	}
	if err := left.clearAt(ctx, time.Time{}); err != nil {
		return err
	}
	return ignoreNoFile(f.root.Remove(name))
}
