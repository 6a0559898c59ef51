package task_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// folder is a folder in memory; a name that ends with a slash is a folder that holds nothing.
func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range files {
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			fsys[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o777}
			continue
		}
		fsys[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o666, ModTime: time.Unix(1_000_000, 0)}
	}
	return fsys
}

// good is the template as a folder.
func good(t testing.TB) map[string]string {
	files := map[string]string{}
	for _, name := range task.Required() {
		if name == task.SourceDir {
			name = task.StarterApp
		}
		content, ok := task.Template(name)
		if !ok {
			t.Fatalf("the template has no %s", name)
		}
		files[name] = content
	}
	return files
}

func TestLoad(t *testing.T) {
	files := good(t)
	files["src/__pycache__/app.pyc"] = "x"
	files["README.md"] = "prints meca-init-done"
	f := task.Load(folder(files))
	for _, name := range task.Required() {
		want := task.Regular
		if name == task.SourceDir {
			want = task.Directory
		}
		if e := f.Entry(name); e.Kind != want || e.Empty || want == task.Regular && e.Size != int64(len(files[name])) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if f.Config() == nil || f.Dockerfile() == nil || len(f.Dockerfile().Stages) != 1 || f.Partial() || len(f.InstructionLines()) != 5 {
		t.Error("config.json or Dockerfile is not read")
	}
	if len(f.Marks()) != 1 || f.Marks()[0].File.Path != task.StarterApp || f.Marks()[0].File.Slice(f.Marks()[0].Span) != task.Mark {
		t.Errorf("marks: %+v", f.Marks())
	}
	want := []string{".", "Dockerfile", "README.md", "config.json", "description.txt", "example_input.bin", "example_output.bin", "name.txt", "src"}
	if diff := cmp.Diff(want[1:], f.Names()); diff != "" {
		t.Errorf("Names: %s", diff)
	}
	if f.Limits().MemMiB != 128 || f.File("config.json") == nil || f.File("nothing") != nil {
		t.Error("limits or files are wrong")
	}
}

func TestLoadNothing(t *testing.T) {
	for name, f := range map[string]*task.Folder{"empty": task.Load(fstest.MapFS{}), "empty, open texts": task.Load(fstest.MapFS{}).With(map[string]string{"config.json": "{}", "src/x.py": task.Mark})} {
		for _, required := range task.Required() {
			if f.Entry(required).Kind != task.Absent {
				t.Errorf("%s: %s is there", name, required)
			}
		}
		if len(f.Files()) > 0 || len(f.Marks()) > 0 || f.Hash() == "" || f.Limits().CPU != 1 {
			t.Errorf("%s: something is there", name)
		}
	}
}

func TestEntries(t *testing.T) {
	f := task.Load(folder(map[string]string{"src/": "", "config.json/": "", "Dockerfile": "", "name.txt/x": ""}))
	for name, want := range map[string]task.Entry{
		"src":         {Name: "src", Kind: task.Directory, Empty: true},
		"config.json": {Name: "config.json", Kind: task.Directory, Empty: true},
		"name.txt":    {Name: "name.txt", Kind: task.Directory},
		"Dockerfile":  {Name: "Dockerfile", Kind: task.Regular},
		"other":       {Name: "other"},
	} {
		if got := f.Entry(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// locked is a folder of which some names cannot be opened.
type locked struct {
	fstest.MapFS
	names map[string]bool
}

func (l locked) Open(name string) (fs.File, error) {
	if l.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

// ReadDir hides fstest.MapFS's own, which would not ask Open.
func (l locked) ReadDir() {}

func TestUnreadable(t *testing.T) {
	names := map[string]bool{}
	for _, name := range task.Required() {
		names[name] = true
	}
	f := task.Load(locked{folder(good(t)), names})
	for _, name := range task.Required() {
		if e := f.Entry(name); e.Kind != task.Unreadable {
			t.Errorf("%s counts as %v", name, e.Kind)
		}
	}
}

// Open texts count for what the files say, and not for which files there are.
func TestWith(t *testing.T) {
	files := good(t)
	files["src/z.py"] = "print('meca-init-done')\n"
	disk := task.Load(folder(files))
	f := disk.With(map[string]string{
		"config.json":   `{"resource": {"cpu": 3, "mem": 64}}`,
		"Dockerfile":    "FROM a\nFROM b\n",
		".dockerignore": "src/*\n",
		"src/app.py":    "# meca-init-done\nprint('meca-init-done')\n",
		"src/new.py":    task.Mark,
		"name.txt":      text.BOM + "x",
	})
	if f.Limits().CPU != 3 || len(f.Dockerfile().Stages) != 2 || !f.Ignore().Excludes("src/app.py") {
		t.Error("open texts do not count")
	}
	if disk.Limits().CPU != 1 || len(disk.Dockerfile().Stages) != 1 || disk.Ignore().Excludes("src/app.py") || len(disk.Marks()) != 2 {
		t.Error("the receiver was changed")
	}
	var marks []string
	for _, m := range f.Marks() {
		marks = append(marks, fmt.Sprintf("%s:%d", m.File.Path, m.File.LineOf(m.Span.Start)+1))
	}
	if diff := cmp.Diff([]string{"src/app.py:2", "src/z.py:1"}, marks); diff != "" {
		t.Error(diff)
	}
	if f.Entry("src/new.py").Kind != task.Absent || f.File("name.txt").Text != "x" || !f.File("name.txt").BOM {
		t.Error("open texts make files, or lose their mark")
	}
	again := f.With(map[string]string{"Dockerfile": "FROM a\n"})
	if again.Limits().CPU != 1 || again.Ignore().Excludes("src/app.py") || len(again.Marks()) != 2 || again.File("config.json").Text != files["config.json"] {
		t.Error("texts that are no longer open still count")
	}
}

// The marks have one order, whatever order the open texts come in.
func TestMarksAreSorted(t *testing.T) {
	files, open := good(t), map[string]string{}
	for i := range 8 {
		name := fmt.Sprintf("src/%d.py", i)
		files[name] = "pass"
		open[name] = "print('meca-init-done')"
	}
	disk := task.Load(folder(files))
	for range 20 {
		last := ""
		for _, m := range disk.With(open).Marks() {
			if m.File.Path <= last {
				t.Fatalf("%s stands behind %s", m.File.Path, last)
			}
			last = m.File.Path
		}
	}
}

// The hash changes with what a run would see, and with nothing else: opening a file changes nothing.
func TestHash(t *testing.T) {
	files := good(t)
	files["src/helper.py"] = "x = 1\r\n"
	files["src/bom.py"] = text.BOM + "y = 1\n"
	files["README.md"] = "words"
	fsys := folder(files)
	base := task.Load(fsys)
	for name, content := range files {
		hidden := strings.TrimPrefix(content, text.BOM) // as an editor gives it that hides the mark
		for _, open := range []string{content, hidden} {
			if got := base.With(map[string]string{name: open}).Hash(); got != base.Hash() {
				t.Errorf("opening %s changes the hash", name)
			}
		}
		if got := base.With(map[string]string{name: content + " "}).Hash(); got == base.Hash() {
			t.Errorf("a change of %s in the editor does not change the hash", name)
		}
		changed := folder(files)
		changed[name].Data = append([]byte(content), ' ')
		if task.Load(changed).Hash() == base.Hash() {
			t.Errorf("a change of %s does not change the hash", name)
		}
		saved := task.Load(changed).Hash()
		if name != "README.md" && saved != base.With(map[string]string{name: content + " "}).Hash() {
			t.Errorf("saving %s changes the hash", name)
		}
		delete(changed, name)
		if task.Load(changed).Hash() == base.Hash() {
			t.Errorf("without %s the hash is the same", name)
		}
	}
	touched := folder(files)
	touched["src/app.py"].ModTime = time.Unix(2_000_000, 0)
	if task.Load(touched).Hash() != base.Hash() {
		t.Error("saving a file without a change changes the hash")
	}
}

func TestIgnore(t *testing.T) {
	for _, test := range []struct {
		name, rules string
		excluded    string
		sent        string
	}{
		{"none", "", "", "a src/app.py .env"},
		{"a name", "a\n", "a", "b src/a"},
		{"a folder", "data\n", "data data/x data/y/z", "src/data"},
		{"any depth", "**/*.log\n", "x.log src/y/z.log", "x.txt"},
		{"exception", "*\n!src\n", "README.md data/x", "src src/app.py"},
		{"exception within", "src/*\n!src/app.py\n", "src/b.py", "src/app.py"},
		{"comments, blanks, CRLF", "# a\r\n\r\n  b  \r\n", "b", "a"},
		{"BOM", text.BOM + "a\n", "a", "b"},
		{"leading slash", "/a\n", "a", "src/a"},
		{"always sent", "Dockerfile\n.dockerignore\n*\n", "x", "Dockerfile .dockerignore"},
		{"pattern", "src/[ab].py\n", "src/a.py", "src/c.py"},
	} {
		ignore := task.Load(folder(map[string]string{".dockerignore": test.rules})).Ignore()
		if ignore.Problem != "" {
			t.Errorf("%s: %s", test.name, ignore.Problem)
		}
		for _, name := range strings.Fields(test.excluded) {
			if !ignore.Excludes(name) {
				t.Errorf("%s: %s is sent", test.name, name)
			}
		}
		for _, name := range strings.Fields(test.sent) {
			if ignore.Excludes(name) {
				t.Errorf("%s: %s is not sent", test.name, name)
			}
		}
	}
	for _, bad := range []string{"a\n[\n", "[a-\n", "!\n"} {
		ignore := task.Load(folder(map[string]string{".dockerignore": bad})).Ignore()
		if ignore.Problem == "" || ignore.Excludes("a") {
			t.Errorf("%q: problem %q", bad, ignore.Problem)
		}
	}
	if !task.Load(folder(map[string]string{".dockerignore": "*\n!src\n"})).Ignore().HasExceptions() {
		t.Error("an exception is not seen")
	}
}

// The mark counts where a program may print it, and not in a comment or a document.
func TestMarks(t *testing.T) {
	const m = task.Mark
	for _, test := range []struct {
		name, file, text string
		want             int
	}{
		{"Python", "src/a.py", "print('" + m + "')\n", 1},
		{"Python comment", "src/a.py", "# print('" + m + "')\nx = 1 # " + m + "\n", 0},
		{"Python, a # in a string", "src/a.py", "print('# " + m + "')\n", 1},
		{"Python, a # in a long string", "src/a.py", "x = \"\"\"\n# no comment\n\"\"\"\nprint(\"" + m + "\")\n", 1},
		{"Python, an apostrophe in a comment", "src/a.py", "# don't\nprint('" + m + "')\n", 1},
		{"Python, escaped quote", "src/a.py", "x = 'it\\'s' # " + m + "\n", 0},
		{"twice", "src/a.py", "print('" + m + "', '" + m + "')\n", 2},
		{"JavaScript", "src/a.js", "console.log(`" + m + "`)\n", 1},
		{"JavaScript comment", "src/a.js", "// " + m + "\n/* " + m + "\n */\n", 0},
		{"JavaScript, a URL in a string", "src/a.js", "f('http://x'); console.log('" + m + "')\n", 1},
		{"TypeScript", "src/a.ts", "console.log('" + m + "') // x\n", 1},
		{"Go", "src/a.go", "fmt.Println(\"" + m + "\") // " + m + "\n", 1},
		{"Go raw string", "src/a.go", "fmt.Println(`// " + m + "`)\n", 1},
		{"Rust, a lifetime", "src/a.rs", "fn f<'a>(x: &'a str) { println!(\"" + m + "\"); } // " + m + "\n", 1},
		{"Java", "src/A.java", "/** " + m + " */ char c = '\"'; System.out.println(\"" + m + "\");\n", 1},
		{"C", "src/a.c", "/* " + m + " */ puts(\"" + m + "\");\n", 1},
		{"C++", "src/a.cpp", "std::cout << \"" + m + "\" << std::endl; // " + m + "\n", 1},
		{"shell", "src/a.sh", "#!/bin/sh\necho " + m + "\n", 1},
		{"shell comment", "src/a.sh", "# " + m + "\necho x # " + m + "\n", 0},
		{"shell, # within a word", "src/a.sh", "echo $# ${#x} a#b " + m + "\n", 1},
		{"Python docstrings", "src/a.py", "#!/usr/bin/env python\n\"\"\"Prints " + m + ".\"\"\"\n\n\ndef f():\n    +m+  # x\n    \"" + m + "\"\n", 0},
		{"Python, a docstring behind a bracket", "src/a.py", "x = [\n  1]\n\"\"\"\n" + m + "\n\"\"\"", 0},
		{"Python, a long string that is assigned", "src/a.py", "x = \"\"\"\n" + m + "\n\"\"\"\nprint(x)\n", 1},
		{"Python, a string of its own line in a call", "src/a.py", "print(\n    \"" + m + "\"\n)\n", 1},
		{"Python, a string behind a line that goes on", "src/a.py", "x = \\\n\"" + m + "\"\nprint(x)\n", 1},
		{"Python, a string that goes on", "src/a.py", "\"" + m + "\".join(x)\n", 1},
		{"a script without an ending, in a comment", "src/run", "#!/bin/sh\n# " + m + "\nexec x # " + m + "\n", 0},
		{"no ending", "src/run", "echo " + m + "\n", 1},
		{"CRLF", "src/a.py", "# " + m + "\r\nprint('" + m + "')\r\n", 1},
		{"BOM", "src/a.py", text.BOM + "print('" + m + "')\n", 1},
		{"unclosed comment", "src/a.js", "/* " + m, 0},
		{"unclosed string", "src/a.py", "x = '\nprint('" + m + "')\n", 1},
		{"README", "README.md", m, 0},
		{"readme without an ending", "src/Readme", m, 0},
		{"text", "src/notes.txt", m, 0},
		{"the contract's own files", "description.txt", m, 0},
		{"example", "example_output.bin", m, 0},
		{"node_modules", "src/node_modules/a/a.js", m, 0},
		{".git", ".git/x", m, 0},
		{"split in two", "src/a.py", "print('meca-init' + '-done')\n", 0},
	} {
		if got := len(task.Load(folder(map[string]string{test.file: test.text})).Marks()); got != test.want {
			t.Errorf("%s: %d marks, want %d", test.name, got, test.want)
		}
	}
	program := task.Load(folder(map[string]string{"src/app": "\x7fELF\x00\x00" + m}))
	if len(program.Marks()) != 0 || !program.Files()[0].Opaque {
		t.Error("a program is no text to point at; but it may well print the mark")
	}
}

func TestFind(t *testing.T) {
	whole := func(dir string, fsys fstest.MapFS) {
		for name, f := range folder(good(t)) {
			fsys[strings.TrimPrefix(dir+"/"+name, "/")] = f
		}
	}
	fsys := fstest.MapFS{}
	whole("a", fsys)
	whole("deep/er/b", fsys)
	whole("a/nested", fsys)
	whole("a/src/inner", fsys)                    // the sources of a task
	whole("node_modules/x", fsys)                 // a package
	whole(".hidden/x", fsys)                      // hidden
	for name, content := range map[string]string{ // as few entries as count
		"two/config.json": `{"resource": {"cpu": 1}}`, "two/Dockerfile": "FROM a",
		"other/config.json": `{"version": 1}`, "other/Dockerfile": "FROM a",
		"none/config.json": `{"resource": {}}`,
		"three/Dockerfile": "", "three/src/x": "", "three/name.txt": "",
		"broken/config.json": `{"resource": {"cpu": 1`, "broken/src/x": "",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	var found []string
	task.Find(context.Background(), fsys, func(dir string) bool { found = append(found, dir); return true })
	if diff := cmp.Diff([]string{"a", "broken", "three", "two", "a/nested", "deep/er/b"}, found); diff != "" {
		t.Error(diff)
	}
	n := 0
	task.Find(context.Background(), fsys, func(string) bool { n++; return false })
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	task.Find(canceled, fsys, func(string) bool { n += 100; return true })
	if n != 1 {
		t.Errorf("the search went on: %d", n)
	}
	root := fstest.MapFS{}
	whole("", root)
	var dirs []string
	task.Find(context.Background(), root, func(dir string) bool { dirs = append(dirs, dir); return true })
	if diff := cmp.Diff([]string{"."}, dirs); diff != "" {
		t.Error(diff)
	}
}

func TestTemplate(t *testing.T) {
	f := task.Load(folder(good(t)))
	if len(f.Config().Problems)+len(f.Dockerfile().Problems) > 0 {
		t.Error("the template is faulty")
	}
	if _, ok := task.Template("nothing"); ok {
		t.Error("there is a template for anything")
	}
}

func BenchmarkLoad(b *testing.B) {
	fsys := folder(good(b))
	for b.Loop() {
		task.Load(fsys)
	}
}

func BenchmarkWith(b *testing.B) {
	files := good(b)
	f := task.Load(folder(files))
	for b.Loop() {
		f.With(map[string]string{"config.json": files["config.json"], "Dockerfile": files["Dockerfile"]})
	}
}
