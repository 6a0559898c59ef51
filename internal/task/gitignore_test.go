package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// found are the task folders that Find visits, and Search comes to.
func found(t *testing.T, files map[string]string) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	list := []string{}
	Find(context.Background(), fsys, func(dir string) bool {
		list = append(list, dir)
		return true
	})
	slices.Sort(list)
	search := NewSearch(fsys)
	for name := range files {
		if dir := filepath.Dir(name); filepath.Base(name) == ConfigFile && search.Comes(dir) != slices.Contains(list, dir) {
			t.Errorf("Search and Find do not agree on %s", dir)
		}
	}
	return list
}

func TestGitIgnore(t *testing.T) {
	tasks := []string{"a", "b", "out/a", "x/out/a", "x/y/b", "x/y/z/out", "node_modules/a", ".hidden/a"}
	all := []string{"a", "b", "out/a", "x/out/a", "x/y/b", "x/y/z/out"}
	for _, c := range []struct {
		ignore, nested string // .gitignore of the root, and of x
		gone           []string
	}{
		{"", "", nil},
		{"# a\n\n   \n", "", nil},
		{"a", "", []string{"a", "out/a", "x/out/a"}},
		{"/a", "", []string{"a"}},
		{"a/", "", []string{"a", "out/a", "x/out/a"}},
		{"out/a", "", []string{"out/a"}},
		{"out\r\n", "", []string{"out/a", "x/out/a", "x/y/z/out"}},
		{"/out", "", []string{"out/a"}},
		{"**/out", "", []string{"out/a", "x/out/a", "x/y/z/out"}},
		{"x/**/out", "", []string{"x/out/a", "x/y/z/out"}},
		{"x/**", "", []string{"x/out/a", "x/y/b", "x/y/z/out"}},
		{"x/*", "", []string{"x/out/a", "x/y/b", "x/y/z/out"}},
		{"x/*\n!x/y", "", []string{"x/out/a"}},
		{"x\n!x/y", "", []string{"x/out/a", "x/y/b", "x/y/z/out"}}, // nothing below a folder that is left out comes back
		{"a\n!/a", "", []string{"out/a", "x/out/a"}},
		{"o?t", "", []string{"out/a", "x/out/a", "x/y/z/out"}},
		{"[!o]", "", []string{"a", "b", "out/a", "x/out/a", "x/y/b", "x/y/z/out"}},
		{"[ab]", "", []string{"a", "b", "out/a", "x/out/a", "x/y/b"}},
		{"[a", "", nil},
		{"[[:alpha:]]", "", nil},
		{`\a`, "", []string{"a", "out/a", "x/out/a"}},
		{`\#a`, "", nil},
		{"a ", "", []string{"a", "out/a", "x/out/a"}},
		{`a\ `, "", nil},
		{"", "out", []string{"x/out/a", "x/y/z/out"}},
		{"", "/y/z", []string{"x/y/z/out"}},
		{"out", "!out", []string{"out/a"}},
		{"\xEF\xBB\xBFa", "", []string{"a", "out/a", "x/out/a"}},
		{"*", "", all},
		{"**", "", all},
		{"/", "", nil},
	} {
		files := map[string]string{".gitignore": c.ignore, "x/.gitignore": c.nested}
		for _, dir := range tasks {
			for _, name := range []string{ConfigFile, DockerfileName, NameFile} {
				files[dir+"/"+name] = "x"
			}
		}
		want := slices.DeleteFunc(slices.Clone(all), func(dir string) bool { return slices.Contains(c.gone, dir) })
		if got := found(t, files); !slices.Equal(got, want) {
			t.Errorf("%q and %q: found %v, want %v", c.ignore, c.nested, got, want)
		}
	}
}

// TestGitIgnoreBounds reads files that want to take long.
func TestGitIgnoreBounds(t *testing.T) {
	deep := strings.Repeat("a/", 200)
	files := map[string]string{".gitignore": strings.Repeat(strings.Repeat("**/a/", 50)+"b\n", 100) + strings.Repeat("*a", 5000)}
	for _, name := range []string{ConfigFile, DockerfileName, NameFile} {
		files[deep+name] = "x"
	}
	if got := found(t, files); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

// TestGitAgrees asks git itself which folders a repository leaves out.
func TestGitAgrees(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "ab", "out"}
	pieces := []string{"a", "b", "*", "**", "o*t", "?", "[ab]", "[!a]", "a*b", "out", "*b", `\a`}
	pattern := func() string {
		var segments []string
		for range 1 + r.IntN(3) {
			segments = append(segments, pieces[r.IntN(len(pieces))])
		}
		p := strings.Join(segments, "/")
		for _, extra := range []struct{ before, after string }{{"!", ""}, {"/", ""}, {"", "/"}, {"", " "}} {
			if r.IntN(4) == 0 {
				p = extra.before + p + extra.after
			}
		}
		return p
	}
	for range 20 {
		root := t.TempDir()
		for range 40 {
			dir := root
			for range 1 + r.IntN(4) {
				dir = filepath.Join(dir, names[r.IntN(len(names))])
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		ignores := ""
		for _, dir := range []string{".", "a", "b/a", "out"} {
			content := ""
			for range r.IntN(4) {
				content += pattern() + "\n"
			}
			if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
				continue
			}
			ignores += fmt.Sprintf("%s: %q\n", dir, content)
			if err := os.WriteFile(filepath.Join(root, dir, ".gitignore"), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		compareWithGit(t, git, root, ignores)
	}
}

func compareWithGit(t *testing.T, git, root, ignores string) {
	t.Helper()
	run := func(stdin string, args ...string) string {
		c := exec.Command(git, append([]string{"-C", root}, args...)...)
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		c.Stdin = strings.NewReader(stdin)
		out, err := c.Output()
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: nothing is left out
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	run("", "init", "-q")
	var dirs []string
	fsys := os.DirFS(root)
	err := filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.Name() == ".git":
			return filepath.SkipDir
		case e.IsDir() && name != root:
			rel, err := filepath.Rel(root, name)
			dirs = append(dirs, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	for name := range strings.SplitSeq(run(strings.Join(dirs, "\n")+"\n", "check-ignore", "--stdin"), "\n") {
		fmt.Fprintln(&want, name)
	}
	var got bytes.Buffer
	search := NewSearch(fsys)
	for _, dir := range dirs {
		if !search.Comes(dir) {
			fmt.Fprintln(&got, dir)
		}
	}
	if diff := cmp.Diff(strings.Fields(want.String()), strings.Fields(got.String())); diff != "" {
		t.Errorf("with\n%sgit and we leave out (-git +we):\n%s", ignores, diff)
	}
}
