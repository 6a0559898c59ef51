package lsp

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts a server and a fake editor.
func start(t testing.TB, o Options) *editortest.Editor {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(&testLog{t: t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return editortest.Start(t, func(in io.ReadCloser, out io.WriteCloser) int {
		return Serve(context.Background(), in, out, o)
	})
}

// testLog writes a server's log to the test's, as long as the test goes on.
type testLog struct {
	t    testing.TB
	once sync.Once
	mu   sync.Mutex
	over bool
}

func (l *testLog) Write(p []byte) (int, error) {
	l.once.Do(func() {
		l.t.Cleanup(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.over = true
		})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.t.Logf("%s", p)
	}
	return len(p), nil
}

// tree is a folder's content, by slash-separated path.
type tree map[string]string

// clean is a task folder without a fault.
func clean(t testing.TB) tree {
	t.Helper()
	files := tree{}
	for _, name := range append(task.Required(), task.StarterApp) {
		if name == task.SourceDir {
			continue
		}
		content, ok := task.Template(name)
		if !ok {
			t.Fatalf("no template for %s", name)
		}
		files[name] = content
	}
	files["name.txt"], files["description.txt"] = "Word counter", "Counts the words of a text."
	return files
}

// with is the tree with other files in it; an empty content takes a file away.
func (f tree) with(files tree) tree {
	all := maps.Clone(f)
	for name, content := range files {
		if all[name] = content; content == "" {
			delete(all, name)
		}
	}
	return all
}

// write makes the tree a folder on the disk.
func (f tree) write(t testing.TB, dir string) string {
	t.Helper()
	for name, content := range f {
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

// object is a JSON object.
type object = map[string]any

// full are the capabilities of an editor that can everything.
func full() object {
	return object{
		"general": object{"positionEncodings": []string{"utf-16"}},
		"workspace": object{
			"applyEdit":             true,
			"workspaceEdit":         object{"documentChanges": true, "resourceOperations": []string{"create", "rename", "delete"}},
			"didChangeWatchedFiles": object{"dynamicRegistration": true},
			"codeLens":              object{"refreshSupport": true},
			"workspaceFolders":      true,
		},
		"textDocument": object{
			"publishDiagnostics": object{"relatedInformation": true, "versionSupport": true},
			"codeAction":         object{"codeActionLiteralSupport": object{"codeActionKind": object{"valueSet": []string{"quickfix"}}}},
			"hover":              object{"contentFormat": []string{"markdown", "plaintext"}},
			"completion":         object{"completionItem": object{"snippetSupport": true, "documentationFormat": []string{"markdown"}}},
		},
		"window": object{"workDoneProgress": true},
	}
}

// begin starts a session on the given roots with an editor that can everything.
func begin(t testing.TB, o Options, roots ...string) *editortest.Editor {
	t.Helper()
	e := start(t, o)
	e.Initialize(editortest.Config{Capabilities: full(), Roots: roots})
	return e
}

// quick are waits for tests of what the server does when others do not answer.
func quick() *waits {
	w := defaultWaits()
	w.process, w.progress, w.flush = 5*time.Millisecond, 50*time.Millisecond, 2*time.Second
	return w
}

// quiet logs nothing.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// countingLog counts the records of a cause.
type countingLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *countingLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *countingLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

func (l *countingLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
}

func (l *countingLog) count(cause string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, cause) {
			n++
		}
	}
	return n
}
