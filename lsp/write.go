package lsp

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// createBelow creates a file in a task folder. One that is there stays as it is: that is fs.ErrExist.
func createBelow(dir string, n diagnostics.NewFile) error {
	d, err := task.OpenDir(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // the file is closed by itself
	return d.Create(n.Path, n.Content)
}

// maxMarked is how large a file may be whose byte order mark is removed, in bytes.
const maxMarked = 16 << 20

// dropMark rewrites a file of a task folder without its byte order mark. The new content stands in a file of its own until it is
// whole, and then takes the old one's place.
func dropMark(dir, rel string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // the files are closed by themselves
	name := filepath.FromSlash(rel)
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	case info.Size() > maxMarked:
		return fmt.Errorf("it is larger than %d bytes", maxMarked)
	}
	content, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	if len(content) < len(text.BOM) || string(content[:len(text.BOM)]) != text.BOM {
		return errors.New("the file on the disk has none")
	}
	return replace(root, name, content[len(text.BOM):], info.Mode().Perm())
}

// replace gives a file a new content, or leaves it as it is.
func replace(root *os.Root, name string, content []byte, mode os.FileMode) error {
	next := name + ".meca-lsp.new"
	f, err := root.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(next, name)
	}
	if err != nil {
		_ = root.Remove(next) // the first error is the one to tell
	}
	return err
}
