package runner

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// contextBounds bound a build context. What is larger was hardly meant: a home folder, a data set beside the task.
type contextBounds struct {
	entries int
	bytes   int64
	depth   int
}

func defaultContextBounds() contextBounds {
	return contextBounds{entries: 200_000, bytes: 5 << 30, depth: 250}
}

// A buildContext is what of a folder is sent to the builder: the names that .dockerignore leaves, files after their folders.
type buildContext struct {
	fsys  fs.FS
	names []string
	bytes int64
}

// scanContext lists a folder's build context, and refuses one that is out of bounds. It opens folders, no files.
func scanContext(ctx context.Context, fsys fs.FS, ignore *task.Ignore, bounds contextBounds) (*buildContext, error) {
	c := &buildContext{fsys: fsys}
	err := c.scan(ctx, ".", 0, ignore, bounds)
	if err == nil && c.bytes > bounds.bytes {
		err = fmt.Errorf("the folder is too large to be sent to the engine: %s in %d files, more than %s; name what the image does not need in %s",
			size(c.bytes), len(c.names), size(bounds.bytes), task.IgnoreFile)
	}
	return c, err
}

func (c *buildContext) scan(ctx context.Context, dir string, depth int, ignore *task.Ignore, bounds contextBounds) error {
	if depth > bounds.depth {
		return fmt.Errorf("the folder is nested too deeply to be sent to the engine: more than %d levels", bounds.depth)
	}
	list, err := readDir(ctx, c.fsys, dir, bounds.entries)
	if err != nil {
		return unreadable(dir, err)
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		excluded := ignore.Excludes(name)
		if !excluded {
			c.names = append(c.names, name)
		}
		if len(c.names) > bounds.entries {
			return fmt.Errorf("the folder is too large to be sent to the engine: more than %d files; name what the image does not need in %s",
				bounds.entries, task.IgnoreFile)
		}
		switch {
		case e.IsDir() && (!excluded || ignore.HasExceptions()):
			if err := c.scan(ctx, name, depth+1, ignore, bounds); err != nil {
				return err
			}
		case e.Type().IsRegular() && !excluded:
			info, err := e.Info()
			if err != nil {
				return unreadable(name, err)
			}
			c.bytes += info.Size()
		}
	}
	return nil
}

// readDir lists a folder, sorted. It reads in portions, so that a huge folder can be cancelled, and no further than is of use.
func readDir(ctx context.Context, fsys fs.FS, dir string, most int) ([]fs.DirEntry, error) {
	f, err := fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	const portion = 1024
	var list []fs.DirEntry
	for ctx.Err() == nil {
		part, err := d.ReadDir(portion)
		list = append(list, part...)
		if errors.Is(err, io.EOF) || err == nil && len(list) > most {
			slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// writeTo writes the context as a tar: owned by root, links as links, permissions and times as they are. FIFOs, sockets and devices
// are passed over, as the Docker command line does with sockets.
func (c *buildContext) writeTo(ctx context.Context, w io.Writer) error {
	t := tar.NewWriter(w)
	for _, name := range c.names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.writeEntry(t, name); err != nil {
			return err
		}
	}
	return t.Close()
}

func (c *buildContext) writeEntry(t *tar.Writer, name string) error {
	info, err := fs.Lstat(c.fsys, name)
	if err != nil {
		return unreadable(name, err)
	}
	switch {
	case info.IsDir():
		return t.WriteHeader(header(name+"/", tar.TypeDir, info))
	case info.Mode()&fs.ModeSymlink != 0:
		h := header(name, tar.TypeSymlink, info)
		if h.Linkname, err = fs.ReadLink(c.fsys, name); err != nil {
			return unreadable(name, err)
		}
		return t.WriteHeader(h)
	case info.Mode().IsRegular():
		return c.writeFile(t, name)
	default:
		return nil
	}
}

// writeFile writes the file that is there once it is open: another one than a moment ago, if someone is busy in the folder.
func (c *buildContext) writeFile(t *tar.Writer, name string) error {
	f, err := c.fsys.Open(name)
	if err != nil {
		return unreadable(name, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return unreadable(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	h := header(name, tar.TypeReg, info)
	h.Size = info.Size()
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.Copy(t, io.LimitReader(readOnly{f}, h.Size))
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return unreadable(name, err)
	case err != nil:
		return err // of the connection, not of the file
	case n < h.Size:
		return fmt.Errorf("%s became shorter while it was sent to the engine", plain(name))
	}
	return nil
}

// readOnly hides a file's other methods from io.Copy, which would find no use for them behind a pipe.
type readOnly struct{ io.Reader }

func header(name string, kind byte, info fs.FileInfo) *tar.Header {
	mode := int64(info.Mode().Perm())
	for bit, flag := range map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if info.Mode()&flag != 0 {
			mode |= bit
		}
	}
	return &tar.Header{Name: name, Typeflag: kind, Mode: mode, ModTime: info.ModTime().Truncate(time.Second)}
}

// unreadable names the file that stands in the way.
func unreadable(name string, err error) error {
	if name == "." {
		name = "the folder"
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s cannot be read: %w", plain(name), err)
}

// size writes a number of bytes for a person.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n == 1:
		return "1 byte"
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}
