package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settled is how long a folder must be left alone before it is run: an editor writes a file in several steps, and a checkout writes many.
const settled = 150 * time.Millisecond

// watch runs a job, and again whenever its folder has changed. A change during a run ends that run. It goes on until Ctrl-C.
func (r *runs) watch(ctx context.Context, job runJob) error {
	w, err := newFolderWatch(job.at.dir)
	if err != nil {
		return environment(err)
	}
	defer func() { _ = w.Close() }() // nothing was written
	for ctx.Err() == nil {
		hash, err := hashOf(job.at)
		if err != nil {
			return err
		}
		running, stop := context.WithCancel(ctx)
		changed := make(chan error, 1)
		go func() {
			changed <- w.await(running, job.at, hash)
			stop()
		}()
		_, err = r.show(running, job)
		if err == nil && running.Err() == nil {
			r.out.printf("%s\n", r.out.in(dim, "Waiting for a change of "+job.at.dir+". Ctrl-C ends."))
		}
		if err == nil {
			err = <-changed
		}
		stop()
		if err != nil {
			return err
		}
		if r.out.err != nil {
			return environment(r.out.err)
		}
	}
	return &exitError{code: exitInterrupted}
}

// hashOf tells one state of a folder from another.
func hashOf(at found) (string, error) {
	folder, err := loadFolder(at)
	if err != nil {
		return "", err
	}
	return folder.Hash(), nil
}

// A folderWatch tells of changes in a folder and the folders below it.
type folderWatch struct{ *fsnotify.Watcher }

func newFolderWatch(dir string) (*folderWatch, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	f := &folderWatch{w}
	if err := f.add(dir); err != nil {
		_ = w.Close() // nothing is watched yet
		return nil, err
	}
	return f, nil
}

// add watches a folder and those below it, but for those that no app is written in.
func (w *folderWatch) add(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it was there a moment ago
		case err != nil:
			return err
		case !e.IsDir():
			return nil
		case path != dir && (e.Name() == "node_modules" || strings.HasPrefix(e.Name(), ".")):
			return filepath.SkipDir
		default:
			return w.Add(path)
		}
	})
}

// await returns when the folder has another content than the one with this hash, and has settled; or when ctx is done.
func (w *folderWatch) await(ctx context.Context, at found, hash string) error {
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			return environment(err)
		case e := <-w.Events:
			if e.Has(fsnotify.Create) {
				_ = w.add(e.Name) // a file is none that could be watched for what is in it
			}
			quiet = time.After(settled)
		case <-quiet:
			now, err := hashOf(at)
			if err != nil {
				return err
			}
			if now != hash {
				return nil
			}
		}
	}
}
