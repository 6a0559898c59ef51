package runner

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
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

// A buildContext is what of a folder is sent to the builder: the names that its host takes, files after their folders.
type buildContext struct {
	fsys   fs.FS
	leaves func(name string) bool // reports whether a host leaves a name out
	deep   bool                   // in a folder that is left out may be something that is not
	names  []string
	bytes  int64
}

// wholeContext is what a host takes that sends the whole folder, as .dockerignore leaves it.
func wholeContext(fsys fs.FS, ignore *task.Ignore) *buildContext {
	return &buildContext{fsys: fsys, leaves: ignore.Excludes, deep: ignore.HasExceptions()}
}

// cutContext is what a desktop host takes: Dockerfile and src, with nothing that could be left out of them
// (docs/hosts.md#build).
func cutContext(fsys fs.FS) *buildContext {
	return &buildContext{fsys: fsys, leaves: func(name string) bool {
		return name != task.DockerfileName && name != task.SourceDir && !strings.HasPrefix(name, task.SourceDir+"/")
	}}
}

// scan lists a folder's build context, and refuses one that is out of bounds. It opens folders, no files.
func (c *buildContext) scan(ctx context.Context, bounds contextBounds) error {
	err := c.scanFolder(ctx, ".", 0, bounds)
	if err == nil && c.bytes > bounds.bytes {
		err = fmt.Errorf("the folder is too large to be sent to the engine: %s in %d files, more than %s; name what the image does not need in %s",
			size(c.bytes), len(c.names), size(bounds.bytes), task.IgnoreFile)
	}
	return err
}

func (c *buildContext) scanFolder(ctx context.Context, dir string, depth int, bounds contextBounds) error {
	if depth > bounds.depth {
		return fmt.Errorf("the folder is nested too deeply to be sent to the engine: more than %d levels", bounds.depth)
	}
	list, err := readDir(ctx, c.fsys, dir, bounds.entries)
	if err != nil {
		return unreadable(dir, err)
	}
	for _, e := range list {
		name := path.Join(dir, e.Name())
		excluded := c.leaves(name)
		if !excluded {
			c.names = append(c.names, name)
		}
		if len(c.names) > bounds.entries {
			return fmt.Errorf("the folder is too large to be sent to the engine: more than %d files; name what the image does not need in %s",
				bounds.entries, task.IgnoreFile)
		}
		switch {
		case e.IsDir() && (!excluded || c.deep):
			if err := c.scanFolder(ctx, name, depth+1, bounds); err != nil {
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
// are passed over, as the Docker command line does with sockets. What is written goes into sum too, but for the times: a builder's
// cache takes no notice of them either.
func (c *buildContext) writeTo(ctx context.Context, w io.Writer, sum hash.Hash) error {
	t := &tarWriter{tar.NewWriter(w), sum}
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

func (c *buildContext) writeEntry(t *tarWriter, name string) error {
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
func (c *buildContext) writeFile(t *tarWriter, name string) error {
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

// A tarWriter writes a tar, and sums up what is in it.
type tarWriter struct {
	*tar.Writer
	sum hash.Hash
}

func (t *tarWriter) WriteHeader(h *tar.Header) error {
	fmt.Fprintf(t.sum, "%q %c %o %q %d\n", h.Name, h.Typeflag, h.Mode, h.Linkname, h.Size) // a hash never fails to write
	return t.Writer.WriteHeader(h)
}

func (t *tarWriter) Write(b []byte) (int, error) {
	_, _ = t.sum.Write(b) // it never fails
	return t.Writer.Write(b)
}

// digest sums up a build context without sending it.
func (c *buildContext) digest(ctx context.Context) ([]byte, error) {
	sum := sha256.New()
	if err := c.writeTo(ctx, io.Discard, sum); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
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
