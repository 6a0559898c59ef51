package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// faultless is a folder with a task in it that has no fault.
func faultless(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(task.Required(), task.StarterApp) {
		content, ok := task.Template(name)
		if !ok {
			continue // src is a folder
		}
		if name == "name.txt" || name == "description.txt" {
			content = "A word"
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serving starts meca-lsp serve with an editor at its ends.
func serving(t *testing.T, args ...string) *editortest.Editor {
	t.Helper()
	c := exec.CommandContext(t.Context(), "meca-lsp", append([]string{"serve"}, args...)...)
	c.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	return editortest.Start(t, func(in io.ReadCloser, out io.WriteCloser) int {
		defer func() { _ = in.Close() }() // as the program's end does
		c.Stdout, c.Stderr = out, os.Stderr
		stdin, err := c.StdinPipe() // Run would wait for the editor to hang up
		if err != nil {
			t.Error(err)
			return -1
		}
		go func() {
			_, _ = io.Copy(stdin, in) // until either side is gone
			_ = stdin.Close()
		}()
		_ = c.Run() // the exit code is looked at
		return c.ProcessState.ExitCode()
	})
}

// editing has the editor mend a fault, asking all kinds of things on the way.
func editing(t *testing.T, e *editortest.Editor, dir string) {
	t.Helper()
	e.Initialize(editortest.Config{
		Roots: []string{dir}, ProcessID: os.Getpid(),
		Capabilities: map[string]any{"textDocument": map[string]any{
			"documentSymbol": map[string]any{"hierarchicalDocumentSymbolSupport": true},
			"codeAction":     map[string]any{"codeActionLiteralSupport": map[string]any{}},
		}},
	})
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.ForVersion(uri, 1), editortest.HasCodes(uri))
	e.Change(uri, `{"resource": {"cpu": "1", "mem": 128}}`)
	e.Await(editortest.HasCode(uri, "config-wrong-type"))
	faults := e.State().Diagnostics[uri].List
	wrong := faults[slices.IndexFunc(faults, func(d editortest.Diagnostic) bool { return d.Code == "config-wrong-type" })]
	for _, action := range e.Actions(uri, wrong.Range, nil) {
		if action.Edit != nil && action.IsPreferred && strings.Contains(action.Title, "1") {
			e.Apply(*action.Edit)
			break
		}
	}
	e.Await(editortest.ForVersion(uri, 3))
	if codes := e.State().Diagnostics[uri].Codes(); slices.Contains(codes, "config-wrong-type") {
		t.Errorf("after the fix there are %q", codes)
	}
	at := map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": 0, "character": 15}}
	for _, method := range []string{"textDocument/hover", "textDocument/documentSymbol", "textDocument/codeLens", "textDocument/formatting", "textDocument/completion"} {
		e.Call(method, at, nil)
	}
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// replayOf plays a recording back, and gives the exit code and what was printed.
func replayOf(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "meca-lsp", append([]string{"replay"}, args...)...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// TestReplay records a session with the real program and plays it back: all is as it was. What differs is told where something does.
func TestReplay(t *testing.T) {
	dir, trace := faultless(t), filepath.Join(t.TempDir(), "session")
	if err := os.WriteFile(trace, []byte("an older one"), 0o666); err != nil {
		t.Fatal(err)
	}
	editing(t, serving(t, "--trace", trace), dir)
	info, err := os.Stat(trace)
	if err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if b, err := os.ReadFile(trace + ".1"); err != nil || string(b) != "an older one" {
		t.Errorf("the older recording is %q, %v", b, err)
	}
	code, out := replayOf(t, trace)
	if code != 0 || !regexp.MustCompile(`\b(\d+) requests were played, (\d+) of them had been answered; 0 answers and diagnostics differ\.`).MatchString(out) || strings.Contains(out, "Note") {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, method := range []string{"initialize", "textDocument/hover", "textDocument/codeAction", "shutdown"} {
		if !regexp.MustCompile(`(?m)^ *1 +\S+s +\S+s +\S+s +` + method + "$").MatchString(out) {
			t.Errorf("there are no times for %s in %s", method, out)
		}
	}

	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(other, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(string(b), `"title":`, `"title":"x","was":`, 1))
	if code, out := replayOf(t, other); code != 1 || !strings.Contains(out, "textDocument/code") {
		t.Errorf("another title: exit code %d: %s", code, out)
	}
	write(string(b[:len(b)-300]))
	if code, out := replayOf(t, other); code != 0 || !strings.Contains(out, "Note: the file is cut off in line ") {
		t.Errorf("cut off: exit code %d: %s", code, out)
	}
	write("{}\n" + string(b))
	if code, out := replayOf(t, other); code != 2 || !strings.Contains(out, "no trace of meca-lsp") {
		t.Errorf("no trace: exit code %d: %s", code, out)
	}
	if code, out := replayOf(t, filepath.Join(dir, "no such")); code != 2 {
		t.Errorf("no file: exit code %d: %s", code, out)
	}
	if code, out := replayOf(t, "--folder", faultless(t), trace); code != 0 || strings.Contains(out, "Note") {
		t.Errorf("at another place: exit code %d: %s", code, out)
	}
}

// TestLog wants a line for each request in a log that only its owner can read, and no file's text.
func TestLog(t *testing.T) {
	dir, log := faultless(t), filepath.Join(t.TempDir(), "log")
	for range 2 {
		editing(t, serving(t, "--log", log), dir)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for part, n := range map[string]int{
		"level=INFO msg=request method=textDocument/hover id=": 2, "msg=\"the session starts\" version=": 2, "level=DEBUG": 0, "A word": 0, "meca-init-done": 0,
	} {
		if strings.Count(string(b), part) != n {
			t.Errorf("%q is not %d times in the log: %s", part, n, b)
		}
	}
	if info, err := os.Stat(log); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	editing(t, serving(t, "--log", log, "--log-level", "debug"), dir)
	if b, err = os.ReadFile(log); err != nil || !strings.Contains(string(b), "level=DEBUG msg=notification method=textDocument/didOpen took=") {
		t.Errorf("%v: %s", err, b)
	}
	for _, args := range [][]string{{"--log", dir}, {"--log", filepath.Join(dir, "no", "such")}, {"--log-level", "loud"}, {"--trace", dir}} {
		e := serving(t, args...)
		if code := e.ExitCode(); code != 2 && code != 3 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

// TestLogIsBounded begins a log anew when it is full, and keeps the one before.
func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	line := []byte(strings.Repeat("x", 99) + "\n")
	one, err := openLog(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	two, err := openLog(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 35 {
		if _, err := one.Write(line); err != nil {
			t.Fatal(err)
		}
		if i%2 > 0 { // another server on the same file
			if _, err := two.Write(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range []*logFile{one, two} {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > 1000 || info.Size() == 0 || info.Size()%100 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if maxLog != 16<<20 {
		t.Errorf("a log may have %d bytes", maxLog)
	}
	if left := len(list(t, filepath.Dir(path))); left != 2 {
		t.Errorf("there are %d files", left)
	}
}

func list(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestLogThroughALink writes through no link, and into nothing that is no file.
func TestLogThroughALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err) // not everybody may, on Windows
	}
	for _, path := range []string{link, os.DevNull, dir} {
		if f, err := openLog(path, maxLog); err == nil {
			t.Errorf("%s is a log", path)
			_ = f.Close()
		}
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
}
