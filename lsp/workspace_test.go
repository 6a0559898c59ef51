package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// configOf is the URI of a folder's config.json.
func configOf(dir string) string { return editortest.URI(filepath.Join(dir, "config.json")) }

// faulty is a task folder with one fault in config.json.
func faulty(t testing.TB) tree { return clean(t).with(tree{"config.json": faultyConfig}) }

// TestFoundAtStart wants every task folder of the workspace to be diagnosed, and nothing else.
func TestFoundAtStart(t *testing.T) {
	ws := t.TempDir()
	a := faulty(t).write(t, filepath.Join(ws, "a"))
	b := faulty(t).write(t, filepath.Join(ws, "deep/er/b c#%ü"))
	tree{"config.json": "{"}.write(t, filepath.Join(ws, "web"))
	faulty(t).write(t, filepath.Join(ws, "node_modules/x"))
	faulty(t).write(t, filepath.Join(ws, ".hidden/x"))
	other := faulty(t).write(t, filepath.Join(t.TempDir(), "other"))
	e := begin(t, Options{}, ws, other)
	e.Await(editortest.HasCodes(configOf(a), "config-wrong-type"), editortest.HasCodes(configOf(b), "config-wrong-type"), editortest.HasCodes(configOf(other), "config-wrong-type"))
	alone := e.Open(filepath.Join(ws, "web/config.json"), "{")
	if lenses := e.Lenses(alone); len(lenses) > 0 {
		t.Errorf("lenses on a config.json that is no task's: %v", lenses)
	}
	if n := len(e.State().Diagnostics); n != 3 {
		t.Errorf("diagnostics for %d files", n)
	}
}

// TestNoFolderOpen opens a file of a task folder in an editor without a workspace.
func TestNoFolderOpen(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	e := begin(t, Options{})
	source := e.OpenFile(filepath.Join(dir, "src/app.py"))
	if titles := editortest.Titles(e.Lenses(source)); len(titles) > 0 {
		t.Errorf("lenses on a source file: %v", titles)
	}
	e.Await(editortest.HasCodes(configOf(dir), "config-wrong-type"))
	config := e.OpenFile(filepath.Join(dir, "config.json"))
	if titles := editortest.Titles(e.Lenses(config)); len(titles) != 2 {
		t.Errorf("lenses %v", titles)
	}
	e.Close(source)
	e.Await(editortest.HasCodes(config, "config-wrong-type"))
	e.Close(config) // the last open file of the folder: it is let go
	e.Await(editortest.HasCodes(config))
	e.Open(filepath.Join(t.TempDir(), "config.json"), "{")
	answers(t, e)
}

// TestLensesRightAfterOpening asks before the folder can have been found: the answer waits for that.
func TestLensesRightAfterOpening(t *testing.T) {
	dir := faulty(t).write(t, t.TempDir())
	for range 10 {
		e := begin(t, Options{})
		uri := e.OpenFile(filepath.Join(dir, "config.json"))
		if titles := editortest.Titles(e.Lenses(uri)); len(titles) != 2 {
			t.Fatalf("lenses %v", titles)
		}
	}
}

func TestFoldersComeAndGo(t *testing.T) {
	a, b := faulty(t).write(t, t.TempDir()), faulty(t).write(t, t.TempDir())
	e := begin(t, Options{}, a)
	e.Await(editortest.HasCodes(configOf(a), "config-wrong-type"))
	folder := func(dir string) any { return object{"uri": editortest.URI(dir), "name": "x"} }
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{folder(b), folder(b)}, "removed": []any{}}})
	e.Await(editortest.HasCodes(configOf(b), "config-wrong-type"))
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{}, "removed": []any{folder(a), folder("/no/such")}}})
	e.Await(editortest.HasCodes(configOf(a)), editortest.HasCodes(configOf(b), "config-wrong-type"))
	// A file of it that is open keeps its folder.
	uri := e.OpenFile(filepath.Join(b, "config.json"))
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": []any{}, "removed": []any{folder(b)}}})
	e.Change(uri, cleanConfig)
	e.Await(editortest.HasCodes(uri))
	e.Change(uri, faultyConfig)
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	e.Notify("workspace/didChangeWorkspaceFolders", object{"event": 5})
	answers(t, e)
}

func TestWatchedFiles(t *testing.T) {
	ws := t.TempDir()
	dir := clean(t).write(t, filepath.Join(ws, "a"))
	e := begin(t, Options{}, ws)
	config := configOf(dir)
	registered := editortest.Said("client/registerCapability", func(p editortest.Object) bool {
		list, _ := p["registrations"].([]any)
		return len(list) == 1 && list[0].(object)["method"] == "workspace/didChangeWatchedFiles"
	})
	uri := e.OpenFile(filepath.Join(dir, "Dockerfile"))
	e.Await(registered, editortest.HasCodes(uri))

	if err := os.Remove(filepath.Join(dir, "name.txt")); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, filepath.Join(dir, "name.txt"))
	e.Await(editortest.HasCode(config, "missing-file"))
	tree{"name.txt": "A name"}.write(t, dir)
	e.Changed(1, filepath.Join(dir, "name.txt"))
	e.Await(editortest.HasCodes(config))

	// The editor's text counts for what an open file says, the disk for whether it is there.
	tree{"Dockerfile": "FROM x\nNONSENSE\n"}.write(t, dir)
	e.Changed(2, filepath.Join(dir, "Dockerfile"))
	v := e.Change(uri, "FROM scratch\nCMD [\"/a\"]\n")
	e.Await(editortest.ForVersion(uri, v), editortest.HasCode(uri, "port-not-exposed"), editortest.Never(editortest.HasCode(uri, "dockerfile-syntax")))
	if err := os.Remove(filepath.Join(dir, "Dockerfile")); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, filepath.Join(dir, "Dockerfile"))
	e.Await(editortest.HasCode(config, "missing-file"))
}

// TestWatchedFolders sees folders come and go as a whole, and become task folders file by file.
func TestWatchedFolders(t *testing.T) {
	ws := t.TempDir()
	e := begin(t, Options{}, ws)

	// A whole folder comes, and goes.
	b := faulty(t).write(t, filepath.Join(ws, "x/y/b"))
	e.Changed(1, filepath.Join(ws, "x"))
	e.Await(editortest.HasCodes(configOf(b), "config-wrong-type"))
	if err := os.RemoveAll(filepath.Join(ws, "x")); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, filepath.Join(ws, "x"))
	e.Await(editortest.HasCodes(configOf(b)))

	// A folder becomes a task folder file by file.
	c := filepath.Join(ws, "c")
	tree{"config.json": faultyConfig}.write(t, c)
	e.Changed(1, filepath.Join(c, "config.json"))
	tree{"src/app.py": "x"}.write(t, c)
	e.Changed(1, filepath.Join(c, "src/app.py"))
	e.Await(editortest.HasCode(configOf(c), "config-wrong-type"), editortest.HasCode(configOf(c), "missing-file"))
	skipped := faulty(t).write(t, filepath.Join(ws, "node_modules/d"))
	e.Changed(1, filepath.Join(skipped, "config.json"), skipped)
	tree{"config.json": cleanConfig}.write(t, c)
	e.Changed(2, filepath.Join(c, "config.json"))
	e.Await(editortest.Expectation{What: "the fault of c is gone", Check: func(s editortest.State) editortest.Verdict {
		if d := s.Diagnostics[configOf(c)]; len(d.List) > 0 && !slices.Contains(d.Codes(), "config-wrong-type") {
			return editortest.Met
		}
		return editortest.Unmet
	}})
	if _, told := e.State().Diagnostics[configOf(skipped)]; told {
		t.Error("a folder in node_modules was diagnosed")
	}
}

// TestWithoutWatching wants an editor that watches no files to get news of the disk by opening and saving.
func TestWithoutWatching(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := start(t, Options{})
	e.Initialize(editortest.Config{Roots: []string{dir}})
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(uri))
	if err := os.Remove(filepath.Join(dir, "name.txt")); err != nil {
		t.Fatal(err)
	}
	e.Save(uri)
	e.Await(editortest.HasCodes(uri, "missing-file"))
	tree{"name.txt": "x"}.write(t, dir)
	docker := e.OpenFile(filepath.Join(dir, "Dockerfile"))
	e.Await(editortest.HasCodes(docker), editortest.HasCodes(uri))
	for _, m := range e.State().Messages {
		if m.Call {
			t.Errorf("a request to a client that can nothing: %s", m.Method)
		}
	}
}

// TestWatchingRefused falls back to opening and saving, as with an editor that cannot watch.
func TestWatchingRefused(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := start(t, Options{})
	refused := make(chan struct{})
	e.Answers("client/registerCapability", func(json.RawMessage) (any, *editortest.Error, bool) {
		close(refused)
		return nil, &editortest.Error{Code: -32601, Message: "no"}, true
	})
	e.Initialize(editortest.Config{Capabilities: full(), Roots: []string{dir}})
	<-refused
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(uri))
	if err := os.Remove(filepath.Join(dir, "name.txt")); err != nil {
		t.Fatal(err)
	}
	e.Save(uri)
	e.Await(editortest.HasCodes(uri, "missing-file"))
}

// TestCheckout tells of a thousand changed files at once: the folder is read a few times, not a thousand.
func TestCheckout(t *testing.T) {
	ws := t.TempDir()
	dir := clean(t).write(t, filepath.Join(ws, "a"))
	var log countingLog
	e := begin(t, Options{Log: log.logger()}, ws)
	for log.count(causeDisk) == 0 {
		answers(t, e)
	}
	log.reset()
	paths := []string{}
	for i := range 1000 {
		name := fmt.Sprintf("src/f%d.py", i)
		tree{name: "x"}.write(t, dir)
		paths = append(paths, filepath.Join(dir, name))
	}
	tree{"config.json": faultyConfig}.write(t, dir)
	e.Changed(1, append(paths, filepath.Join(dir, "config.json"))...)
	e.Await(editortest.HasCodes(configOf(dir), "config-wrong-type"))
	if n := log.count(causeDisk); n != 1 {
		t.Errorf("read %d times for one message", n)
	}
	log.reset()
	tree{"config.json": cleanConfig}.write(t, dir)
	for _, p := range paths {
		e.Changed(2, p)
	}
	e.Changed(2, filepath.Join(dir, "config.json"))
	e.Await(editortest.HasCodes(configOf(dir)))
	if n := log.count(causeDisk); n > 100 {
		t.Errorf("read %d times for 1001 messages", n)
	}
}

// TestCheckoutOfManyFolders reads each folder of a checkout once.
func TestCheckoutOfManyFolders(t *testing.T) {
	ws := t.TempDir()
	const n = 100
	dirs, paths := []string{}, []string{}
	for i := range n {
		dirs = append(dirs, clean(t).write(t, filepath.Join(ws, fmt.Sprint(i))))
	}
	var log countingLog
	e := begin(t, Options{Log: log.logger()}, ws)
	for log.count("dir="+ws+" found=100") == 0 || log.count(causeDisk) < n {
		answers(t, e)
	}
	log.reset()
	for _, dir := range dirs {
		for i := range 10 {
			name := fmt.Sprintf("src/f%d.py", i)
			tree{name: "x"}.write(t, dir)
			paths = append(paths, filepath.Join(dir, name))
		}
		tree{"config.json": faultyConfig}.write(t, dir)
		paths = append(paths, filepath.Join(dir, "config.json"))
	}
	e.Changed(1, paths...)
	e.Await(allFaulty(n))
	if got := log.count(causeDisk); got != n {
		t.Errorf("%d folders were read %d times", n, got)
	}
}

// TestIgnoredFolders leaves out what .gitignore does, follows its changes, and checks what is opened all the same.
func TestIgnoredFolders(t *testing.T) {
	ws := t.TempDir()
	a, b := faulty(t).write(t, filepath.Join(ws, "out/a")), faulty(t).write(t, filepath.Join(ws, "b"))
	tree{".gitignore": "out\n"}.write(t, ws)
	e := begin(t, Options{}, ws)
	e.Await(editortest.HasCodes(configOf(b), "config-wrong-type"), editortest.Said("client/registerCapability", func(p editortest.Object) bool {
		raw, err := json.Marshal(p)
		return err == nil && strings.Contains(string(raw), ".gitignore,")
	}))
	e.Changed(2, filepath.Join(a, "config.json"), a)
	tree{"config.json": cleanConfig}.write(t, b)
	e.Changed(2, filepath.Join(b, "config.json"))
	e.Await(editortest.HasCodes(configOf(b)))
	if _, told := e.State().Diagnostics[configOf(a)]; told {
		t.Error("a folder that is left out was diagnosed")
	}
	ignore := filepath.Join(ws, ".gitignore")
	tree{".gitignore": "# nothing\n"}.write(t, ws)
	e.Changed(2, ignore)
	e.Await(editortest.HasCodes(configOf(a), "config-wrong-type"))
	tree{".gitignore": "/out/a\n"}.write(t, ws)
	e.Changed(2, ignore)
	e.Await(editortest.HasCodes(configOf(a)))
	uri := e.OpenFile(filepath.Join(a, "config.json"))
	e.Await(editortest.HasCodes(uri, "config-wrong-type"))
	e.Changed(2, ignore) // it is open
	e.Change(uri, cleanConfig)
	e.Await(editortest.HasCodes(uri))
	if err := os.Remove(ignore); err != nil {
		t.Fatal(err)
	}
	e.Changed(3, ignore)
	tree{"name.txt": ""}.write(t, a)
	e.Changed(2, filepath.Join(a, "name.txt"))
	e.Await(editortest.HasCode(editortest.URI(filepath.Join(a, "name.txt")), "empty-file"))
}

// TestLargeWorkspace finds hundreds of task folders.
func TestLargeWorkspace(t *testing.T) {
	ws := t.TempDir()
	files := tree{"config.json": faultyConfig, "Dockerfile": "FROM scratch\n", "name.txt": "x"}
	const n = 300
	for i := range n {
		files.write(t, filepath.Join(ws, fmt.Sprintf("g%d/t%d", i%10, i)))
	}
	e := begin(t, Options{Log: quiet()}, ws)
	e.Await(editortest.Expectation{What: "all folders are diagnosed", Check: func(s editortest.State) editortest.Verdict {
		found := 0
		for u, d := range s.Diagnostics {
			if strings.HasSuffix(u, "/config.json") && slices.Contains(d.Codes(), "config-wrong-type") {
				found++
			}
		}
		if found == n {
			return editortest.Met
		}
		return editortest.Unmet
	}})
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestFolderOnItself has neither config.json nor Dockerfile: what is said of the folder is shown where config.json would be.
func TestFolderOnItself(t *testing.T) {
	dir := clean(t).with(tree{"config.json": "", "Dockerfile": ""}).write(t, t.TempDir())
	e := begin(t, Options{}, dir)
	e.Await(editortest.HasCode(configOf(dir), "missing-file"))
	for _, d := range e.State().Diagnostics[configOf(dir)].List {
		if d.Range != (editortest.Range{}) {
			t.Errorf("%s at %v", d.Code, d.Range)
		}
	}
	for u := range e.State().Diagnostics {
		if !strings.HasPrefix(u, editortest.URI(dir)+"/") {
			t.Errorf("diagnostics for %s", u)
		}
	}
}

func TestPaths(t *testing.T) {
	for u, want := range map[string]string{
		"file:///a/b":           "/a/b",
		"file:///a%20b/%C3%BC":  "/a b/ü",
		"file://localhost/a":    "/a",
		"FILE:///a/../b/./c/":   "/b/c",
		"file:///a%2Fb":         "/a/b",
		"file://host/a":         "",
		"file:///a%00b":         "",
		"file:///%zz":           "",
		"untitled:a":            "",
		"":                      "",
		"/a":                    "",
		"file:a":                "",
		"vscode-vfs://github/a": "",
		"file:///a\x7f":         "",
	} {
		if got, _ := pathOf(u); filepath.ToSlash(got) != want {
			t.Errorf("pathOf(%q) = %q, want %q", u, got, want)
		}
	}
	if got := join("file:///a%20b/", "src/x #1.py"); got != "file:///a%20b/src/x%20%231.py" {
		t.Errorf("join gives %s", got)
	}
	if got := upwards("file:///a/b/c/d.py", "c/d.py"); got != "file:///a/b" {
		t.Errorf("upwards gives %s", got)
	}
	if inside("/a/b", "/a/bc") || !inside("/a/b", "/a/b") || !inside("/", "/a") {
		t.Error("inside is wrong")
	}
}
