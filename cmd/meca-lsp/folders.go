package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// found is one task folder of an argument.
type found struct {
	argument string // as the person wrote it
	below    string // slash-separated, relative to the argument; "." for the argument itself
	dir      string // for the file system
}

// shown is a file of the folder, relative to the argument where only one was given, else to where the person stands.
func (f found) shown(file string, several bool) string {
	name := path.Join(f.below, file)
	if several {
		name = path.Join(filepath.ToSlash(f.argument), name)
	}
	return name
}

// clickable is a file of the folder as a terminal can open it.
func (f found) clickable(file string) string {
	return filepath.Join(f.argument, filepath.FromSlash(path.Join(f.below, file)))
}

// findFolders gives the task folders at and below each argument, in the order of the disk.
func findFolders(ctx context.Context, arguments []string) ([]found, error) {
	var list []found
	for _, argument := range arguments {
		dir, err := openArgument(argument)
		if err != nil {
			return nil, err
		}
		n := len(list)
		task.Find(ctx, dir, func(below string) bool {
			list = append(list, found{argument, below, filepath.Join(argument, filepath.FromSlash(below))})
			return true
		})
		if err := dir.Close(); err != nil {
			return nil, environment(err)
		}
		if len(list) == n && ctx.Err() == nil {
			return nil, usage("no task folder found in %s: a task folder holds at least three of %v, or two of them of which one is a config.json with a \"resource\" object", argument, task.Required())
		}
		slices.SortStableFunc(list[n:], func(a, b found) int { return compareFolders(a.below, b.below) })
	}
	return list, nil
}

func compareFolders(a, b string) int {
	switch {
	case a == b:
		return 0
	case a < b:
		return -1
	default:
		return 1
	}
}

// openArgument opens the folder that a person named.
func openArgument(name string) (*task.Dir, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, usage("%s: %w", name, cause(err))
	case !info.IsDir():
		return nil, usage("%s is a file; name the folder that it lies in", name)
	}
	dir, err := task.OpenDir(name)
	if err != nil {
		return nil, environment(fmt.Errorf("%s: %w", name, cause(err)))
	}
	return dir, nil
}

// cause takes the operation and path off an error of the file system, which the message names itself.
func cause(err error) error {
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // only the outermost is unwrapped
		return e.Err
	}
	return err
}

// loadFolder reads a task folder from the disk.
func loadFolder(f found) (*task.Folder, error) {
	dir, err := task.OpenDir(f.dir)
	if err != nil {
		return nil, environment(fmt.Errorf("%s: %w", f.dir, cause(err)))
	}
	folder := task.Load(dir)
	if err := dir.Close(); err != nil {
		return nil, environment(err)
	}
	return folder, nil
}
