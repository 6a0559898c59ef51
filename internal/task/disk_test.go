//go:build unix

package task_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// onDisk writes a folder to disk.
func onDisk(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o777); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, dir string) *task.Dir {
	t.Helper()
	d, err := task.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func load(t testing.TB, dir string) *task.Folder {
	t.Helper()
	return task.Load(open(t, dir))
}

// Whatever stands in place of an entry has a kind of its own, and nobody waits for it.
func TestEntriesOnDisk(t *testing.T) {
	outside := onDisk(t, map[string]string{"secret.json": `{"resource": {"cpu": 9, "mem": 99}}`, "dir/x": ""})
	for name, test := range map[string]struct {
		make func(path string) error
		want task.EntryKind
	}{
		"FIFO": {func(path string) error { return syscall.Mkfifo(path, 0o666) }, task.Irregular},
		"socket": {func(path string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
			if err == nil {
				t.Cleanup(func() { _ = l.Close() }) // the test is over
			}
			return err
		}, task.Irregular},
		"folder":                {func(path string) error { return os.Mkdir(path, 0o777) }, task.Directory},
		"link to a device":      {func(path string) error { return os.Symlink("/dev/zero", path) }, task.OutsideLink},
		"link outside":          {func(path string) error { return os.Symlink(filepath.Join(outside, "secret.json"), path) }, task.OutsideLink},
		"link outside, upwards": {func(path string) error { return os.Symlink("../../../../../../etc/hostname", path) }, task.OutsideLink},
		"dangling link":         {func(path string) error { return os.Symlink("nowhere", path) }, task.OutsideLink},
		"link to itself":        {func(path string) error { return os.Symlink(filepath.Base(path), path) }, task.OutsideLink},
		"link within":           {func(path string) error { return os.Symlink("src/app.py", path) }, task.Regular},
		"link to a FIFO": {func(path string) error {
			return errors.Join(syscall.Mkfifo(path+".fifo", 0o666), os.Symlink(filepath.Base(path)+".fifo", path))
		}, task.Irregular},
		"a folder's name as a link":  {func(path string) error { return os.Symlink("src", path) }, task.Directory},
		"nothing":                    {func(string) error { return nil }, task.Absent},
		"a file that cannot be read": {func(path string) error { return os.WriteFile(path, []byte("{}"), 0) }, task.Unreadable},
	} {
		for _, entry := range []string{task.ConfigFile, task.DockerfileName, task.NameFile, task.OutputFile, task.IgnoreFile} {
			if test.want == task.Unreadable && os.Geteuid() == 0 {
				continue // root reads everything
			}
			files := good(t)
			delete(files, entry)
			dir := onDisk(t, files)
			if err := test.make(filepath.Join(dir, entry)); err != nil {
				t.Fatal(err)
			}
			f := load(t, dir)
			if got := f.Entry(entry).Kind; got != test.want {
				t.Errorf("%s as %s: %v, want %v", name, entry, got, test.want)
			}
			if test.want != task.Regular && (f.File(entry) != nil || f.Limits().CPU == 9) {
				t.Errorf("%s as %s was read", name, entry)
			}
			if entry != task.DockerfileName && len(f.Marks()) != 1 {
				t.Errorf("%s as %s: %d marks", name, entry, len(f.Marks()))
			}
		}
	}
}

// A link to a folder is not followed: what is in it is not known, and not taken for missing.
func TestLinkedSource(t *testing.T) {
	files := good(t)
	delete(files, task.StarterApp)
	files["app/app.py"] = "print('x')"
	dir := onDisk(t, files)
	if err := os.Symlink("app", filepath.Join(dir, "src")); err != nil {
		t.Fatal(err)
	}
	f := load(t, dir)
	if e := f.Entry(task.SourceDir); e.Kind != task.Directory || e.Empty {
		t.Errorf("%+v", e)
	}
	if there, known := f.Has("src/app.py"); there || known {
		t.Errorf("src/app.py: there %v, known %v", there, known)
	}
	if there, known := f.Has("app/app.py"); !there || !known {
		t.Errorf("app/app.py: there %v, known %v", there, known)
	}
	if there, known := f.Has("app/b.py"); there || !known {
		t.Errorf("app/b.py: there %v, known %v", there, known)
	}
}

// Examples of any size cost nothing.
func TestSparseExample(t *testing.T) {
	dir := onDisk(t, good(t))
	for _, name := range []string{task.InputFile, task.ConfigFile, task.DockerfileName, "src/big.bin"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, name), 2<<30); err != nil {
			t.Skip("no sparse files here:", err)
		}
	}
	f := load(t, dir)
	for _, name := range []string{task.InputFile, task.ConfigFile, task.DockerfileName} {
		if e := f.Entry(name); e.Kind != task.Regular || e.Size != 2<<30 {
			t.Errorf("%+v", e)
		}
		if text := f.File(name); text != nil && len(text.Text) > task.MaxText {
			t.Errorf("%s: %d bytes are kept", name, len(text.Text))
		}
	}
	if len(f.Config().Problems) != 1 || len(f.Dockerfile().Problems) != 1 {
		t.Errorf("%d and %d problems, want one each", len(f.Config().Problems), len(f.Dockerfile().Problems))
	}
}

// Names that are odd are names.
func TestOddNames(t *testing.T) {
	files := good(t)
	for _, name := range []string{"src/a b.py", "src/a\nb.py", "src/$(x).py", "src/-x.py", "src/\xff.py", "src/é.py", "src/e\u0301.py", "src/" + strings.Repeat("n", 252) + ".py"} {
		files[name] = "print('meca-init-done')"
	}
	f := load(t, onDisk(t, files))
	if len(f.Marks()) < 9 { // a file system may take é and e with an accent for one name
		t.Errorf("%d marks", len(f.Marks()))
	}
}

// A folder that is far too large is looked at in part.
func TestLoadWithinBounds(t *testing.T) {
	files, deep := good(t), good(t)
	for i := range 5_010 {
		files[fmt.Sprintf("data/%d.py", i)] = ""
	}
	deep[strings.Repeat("d/", 50)+"x"] = ""
	dir := onDisk(t, good(t))
	for i := range 5_010 {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range map[string]*task.Folder{"files": task.Load(folder(files)), "depth": task.Load(folder(deep)), "empty folders": load(t, dir)} {
		if !f.Partial() || len(f.Files()) > 5_000 || len(f.Marks()) != 1 {
			t.Errorf("%s: partial: %v, %d files, %d marks", name, f.Partial(), len(f.Files()), len(f.Marks()))
		}
	}
}

func TestDir(t *testing.T) {
	dir := onDisk(t, map[string]string{"a/b": "x", "c": "y"})
	if err := os.Symlink(os.TempDir(), filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	if err := d.Create("new/er/file", "z"); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "new/er/file")); err != nil || string(b) != "z" {
		t.Errorf("%q, %v", b, err)
	}
	for _, name := range []string{"c", "a"} {
		if err := d.Create(name, "over"); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create(%s): %v", name, err)
		}
	}
	for _, name := range []string{"../x", "/x", "", "a/../../x", "out/x", "c/x"} {
		if err := d.Create(name, "z"); err == nil {
			t.Errorf("Create(%q) leads outside, or through a file", name)
		}
		if _, err := d.Open(name); err == nil {
			t.Errorf("Open(%q) leads outside, or through a file", name)
		}
	}
	if err := d.Rename("c", "a/b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Rename over a file: %v", err)
	}
	if err := d.Rename("c", "C"); err != nil {
		t.Errorf("Rename to another case: %v", err)
	}
	if err := d.Rename("C", "../c"); err == nil {
		t.Error("Rename leads outside")
	}
	below, err := d.OpenDir("a")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = below.Close() }() // the test is over
	if _, err := below.Stat("b"); err != nil {
		t.Error(err)
	}
	if _, err := below.Stat("../C"); err == nil {
		t.Error("a folder below leads out of itself")
	}
	if _, err := d.OpenDir("out"); err == nil {
		t.Error("OpenDir follows a link outside")
	}
}

// The search for task folders meets the same oddities.
func TestFindOnDisk(t *testing.T) {
	files := map[string]string{}
	for name, content := range good(t) {
		files["a/"+name] = content
		files["b/"+name] = content
	}
	dir := onDisk(t, files)
	for _, err := range []error{
		os.Symlink(dir, filepath.Join(dir, "loop")), os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "again")),
		os.Remove(filepath.Join(dir, "b/config.json")), syscall.Mkfifo(filepath.Join(dir, "b/config.json"), 0o666),
		os.Mkdir(filepath.Join(dir, "two"), 0o777), syscall.Mkfifo(filepath.Join(dir, "two/config.json"), 0o666), os.Mkdir(filepath.Join(dir, "two/src"), 0o777),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	task.Find(context.Background(), open(t, dir), func(dir string) bool { found = append(found, dir); return true })
	if strings.Join(found, " ") != "a b" {
		t.Errorf("found %v", found)
	}
}

// BenchmarkLoadHuge looks at a folder of 100,000 files: it is to take less than a second.
func BenchmarkLoadHuge(b *testing.B) {
	files := good(b)
	for i := range 100_000 {
		files[fmt.Sprintf("src/%d/%d.py", i/1000, i)] = "pass"
	}
	dir := onDisk(b, files)
	for b.Loop() {
		load(b, dir)
	}
}
