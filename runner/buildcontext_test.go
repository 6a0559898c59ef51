package runner

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// folder writes files beneath a new folder and opens it.
func folder(t *testing.T, files map[string]string) (string, *task.Dir) {
	t.Helper()
	path := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Join(path, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := task.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() }) // it was only read
	return path, dir
}

// sent is the tar of a folder's build context.
func sent(t *testing.T, dir fs.FS) (map[string]*tar.Header, map[string]string) {
	t.Helper()
	c := wholeContext(dir, task.Load(dir).Ignore())
	err := c.scan(t.Context(), defaultContextBounds())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.writeTo(t.Context(), &b, sha256.New()); err != nil {
		t.Fatal(err)
	}
	headers, contents := map[string]*tar.Header{}, map[string]string{}
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return headers, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		headers[h.Name], contents[h.Name] = h, string(content)
	}
}

func TestContext(t *testing.T) {
	path, dir := folder(t, map[string]string{
		"Dockerfile": "FROM scratch\n", ".dockerignore": "*.log\nhidden\n!hidden/kept\nDockerfile\n", "a b'$(x)\n.txt": "odd",
		"src/\xff\xfe.bin": "no UTF-8", "src/run.sh": "#!", "src/old": "1969", "debug.log": "x", "hidden/secret": "x", "hidden/kept": "kept", strings.Repeat("n", 200) + "/" + strings.Repeat("m", 200): "long",
	})
	old := time.Date(1969, 1, 1, 0, 0, 0, 500, time.UTC)
	for _, err := range []error{
		os.Chmod(filepath.Join(path, "src/run.sh"), 0o755|fs.ModeSetuid),
		os.Chtimes(filepath.Join(path, "src/old"), old, old),
		os.Symlink("run.sh", filepath.Join(path, "src/inside")),
		os.Symlink("/etc/passwd", filepath.Join(path, "src/outside")),
		os.Symlink("nowhere", filepath.Join(path, "src/dangling")),
		os.Symlink("..", filepath.Join(path, "src/loop")),
		os.Link(filepath.Join(path, "src/run.sh"), filepath.Join(path, "src/hard")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	headers, contents := sent(t, dir)
	want := []string{".dockerignore", "Dockerfile", "a b'$(x)\n.txt", "hidden/kept", strings.Repeat("n", 200) + "/", strings.Repeat("n", 200) + "/" + strings.Repeat("m", 200),
		"src/", "src/dangling", "src/hard", "src/inside", "src/loop", "src/old", "src/outside", "src/run.sh", "src/\xff\xfe.bin"}
	var got []string
	for name, h := range headers {
		got = append(got, name)
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Errorf("%s belongs to %d:%d %s:%s", name, h.Uid, h.Gid, h.Uname, h.Gname)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if h := headers["src/outside"]; h.Typeflag != tar.TypeSymlink || h.Linkname != "/etc/passwd" {
		t.Errorf("an outside link became %+v", h)
	}
	if h := headers["src/run.sh"]; h.Mode != 0o4755 || contents["src/run.sh"] != "#!" {
		t.Errorf("a program became %o %q", h.Mode, contents["src/run.sh"])
	}
	if h := headers["src/old"]; h.ModTime.Unix() != old.Unix() {
		t.Errorf("a time became %v", h.ModTime)
	}
}

func TestContextBounds(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("d/%d", i)] = strings.Repeat("x", 100)
	}
	_, dir := folder(t, files)
	ignore := &task.Ignore{}
	for name, test := range map[string]struct {
		bounds contextBounds
		want   string
	}{
		"entries": {contextBounds{10, 1 << 20, 10}, "more than 10 files"},
		"bytes":   {contextBounds{100, 1500, 10}, "2000 bytes in 21 files, more than 1500 bytes"},
		"depth":   {contextBounds{100, 1 << 20, 0}, "more than 0 levels"},
		"fits":    {contextBounds{100, 1 << 20, 10}, ""},
	} {
		err := wholeContext(dir, ignore).scan(t.Context(), test.bounds)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wholeContext(dir, ignore).scan(canceled, defaultContextBounds()); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled scan gives %v", err)
	}
}

// A brokenFS cannot open one of its files.
type brokenFS struct {
	fs.FS
	name string
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: "somewhere/" + name, Err: fs.ErrPermission}
	}
	return b.FS.Open(name)
}

func (b brokenFS) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(b.FS, name) }
func (b brokenFS) ReadLink(name string) (string, error)   { return fs.ReadLink(b.FS, name) }

func TestContextNamesTheUnreadable(t *testing.T) {
	_, dir := folder(t, map[string]string{"src/a": "a", "src/b": "b"})
	for _, name := range []string{"src", "src/b"} {
		broken := brokenFS{dir, name}
		c := wholeContext(broken, &task.Ignore{})
		err := c.scan(t.Context(), defaultContextBounds())
		if err == nil {
			err = c.writeTo(t.Context(), io.Discard, sha256.New())
		}
		if want := name + " cannot be read: permission denied"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestContextFileThatShrinks(t *testing.T) {
	path, dir := folder(t, map[string]string{"big": strings.Repeat("x", 1<<20)})
	c := wholeContext(dir, &task.Ignore{})
	err := c.scan(t.Context(), defaultContextBounds())
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := c.writeTo(t.Context(), in, sha256.New())
		_ = in.CloseWithError(err) // it never fails
		done <- err
	}()
	if _, err := io.CopyN(io.Discard, out, 600); err != nil { // the header, and a little
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(path, "big"), 10); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out) // it ends with the writer's error
	if err := <-done; err == nil || !strings.Contains(err.Error(), "big became shorter") {
		t.Errorf("got %v", err)
	}
}
