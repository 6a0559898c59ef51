package task

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is a folder on disk, opened beneath itself: no name in it, and no link, leads outside. It is an fs.FS.
//
// Files are opened without blocking, so that a FIFO in place of a file cannot hang a reader.
type Dir struct{ root *os.Root }

// OpenDir opens a folder of the host's file system. The caller closes it.
func OpenDir(name string) (*Dir, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Dir{root}, nil
}

// Close releases the folder.
func (d *Dir) Close() error { return d.root.Close() }

// Open opens a file or folder for reading. Unlike other file systems it takes names that are not UTF-8: there are such files.
func (d *Dir) Open(name string) (fs.File, error) {
	if !filepath.IsLocal(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return d.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
}

// Stat follows links, as long as they stay in the folder.
func (d *Dir) Stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }

// Lstat tells of a link itself.
func (d *Dir) Lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }

// ReadLink gives a link's target as written.
func (d *Dir) ReadLink(name string) (string, error) { return d.root.Readlink(name) }

// OpenDir opens a folder below this one, beneath itself. The caller closes it.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Dir{root}, nil
}

// ReadText reads a regular file of at most limit bytes; the rest of a larger one is left out.
func (d *Dir) ReadText(name string, limit int64) (string, error) {
	disk := disk{fsys: d}
	return disk.readFile(name, limit)
}

// Create writes a new file, with the folders that it needs. It never touches a file that is there: that is fs.ErrExist.
func (d *Dir) Create(name, content string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrInvalid}
	}
	if i := lastSlash(name); i > 0 {
		if err := d.root.MkdirAll(name[:i], 0o777); err != nil {
			return err
		}
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(content); err != nil {
		_ = f.Close() // the write's error is the one to tell
		return err
	}
	return f.Close()
}

// Replace gives a file new content, all at once, if it still holds the old one; else it is left alone and the error says so.
func (d *Dir) Replace(name, old, content string) error {
	info, err := d.root.Stat(name)
	if err != nil {
		return err
	}
	if now, err := fs.ReadFile(d, name); err != nil {
		return err
	} else if string(now) != old {
		return &fs.PathError{Op: "replace", Path: name, Err: errors.New("the file has changed meanwhile")}
	}
	if link, err := d.root.Lstat(name); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		return d.root.WriteFile(name, []byte(content), info.Mode().Perm()) // a new file would take the link's place
	}
	aside := name + ".meca-lsp.tmp"
	if err := d.Create(aside, content); err != nil {
		return err
	}
	err = d.root.Chmod(aside, info.Mode().Perm())
	if err == nil {
		err = d.root.Rename(aside, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(aside))
	}
	return nil
}

// Rename gives a file another name that must not be taken.
func (d *Dir) Rename(from, to string) error {
	if _, err := d.root.Lstat(to); err == nil && !sameFile(d.root, from, to) {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	return d.root.Rename(from, to)
}

// sameFile is true for two spellings of one name on a file system that does not tell letter cases apart.
func sameFile(root *os.Root, a, b string) bool {
	x, err1 := root.Lstat(a)
	y, err2 := root.Lstat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func lastSlash(name string) int {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return i
		}
	}
	return -1
}
