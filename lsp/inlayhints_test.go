package lsp

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

type inlay struct {
	Position       editortest.Position
	Label, Tooltip string
	TextEdits      []editortest.TextEdit
}

// hintsOf are the hints of a document.
func hintsOf(e *editortest.Editor, uri string) []inlay {
	whole := object{"start": object{"line": 0, "character": 0}, "end": object{"line": 999, "character": 0}}
	return ask[[]inlay](e, "inlayHint", uri, object{"range": whole})
}

func labels(list []inlay) string {
	var all []string
	for _, h := range list {
		all = append(all, h.Label)
	}
	return strings.Join(all, " | ")
}

func TestDefaultHints(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, reading(), object{"rules": object{"config-missing-default": "off"}}, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	for _, c := range []struct{ name, text, want string }{
		{"all there", `{"resource": {"cpu": 1, "mem": 128, "use_gpu": false, "gpu_count": 0}}`, ""},
		{"an empty resource", `{"resource": {}}`, "cpu: 1, mem: 128 MB, use_gpu: false, gpu_count: 0"},
		{"no resource", `{}`, "resource: {cpu: 1, mem: 128 MB, use_gpu: false, gpu_count: 0}"},
		{"the GPU's", `{"resource": {"cpu": 1, "mem": 128}}`, "use_gpu: false, gpu_count: 0"},
		{"mem alone is refused", `{"resource": {"mem": 128, "use_gpu": false, "gpu_count": 0}}`, ""},
		{"a misspelt one", `{"resource": {"memory": 64, "use_gpu": false, "gpu_count": 0}}`, ""},
		{"no object", `[]`, ""},
		{"no text", ``, ""},
	} {
		e.Change(uri, c.text)
		if got := labels(hintsOf(e, uri)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	e.Change(uri, "{\r\n  \"😀\": 1, \"resource\": {\r\n  }\r\n}\r\n")
	list := hintsOf(e, uri)
	if len(list) != 1 || list[0].Position != (editortest.Position{Line: 1, Character: 24}) || list[0].Tooltip == "" {
		t.Fatalf("%+v", list)
	}
	e.Apply(editortest.WorkspaceEdit{Changes: map[string][]editortest.TextEdit{uri: list[0].TextEdits}})
	want := "{\r\n  \"😀\": 1, \"resource\": {\r\n    \"cpu\": 1,\r\n    \"mem\": 128,\r\n    \"use_gpu\": false,\r\n    \"gpu_count\": 0\r\n  }\r\n}\r\n"
	if diff := cmp.Diff(want, e.Text(uri)); diff != "" {
		t.Error(diff)
	}
	if list := hintsOf(e, uri); list == nil || len(list) != 0 {
		t.Errorf("taken up: %v", list)
	}
	e.Change(uri, "{}")
	elsewhere := object{"range": object{"start": object{"line": 5, "character": 0}, "end": object{"line": 6, "character": 0}}}
	e.Change(uri, "{\n}\n\n\n\n\n\n")
	if list := ask[[]inlay](e, "inlayHint", uri, elsewhere); len(list) != 0 {
		t.Errorf("outside the range: %v", list)
	}
	if list := hintsOf(e, e.OpenFile(filepath.Join(dir, "Dockerfile"))); list == nil || len(list) != 0 {
		t.Errorf("in the Dockerfile: %v", list)
	}
}

// awaitHints asks until the hints are these.
func awaitHints(t *testing.T, e *editortest.Editor, uri, want string) []inlay {
	t.Helper()
	for deadline := time.Now().Add(editortest.Patience); ; {
		list := hintsOf(e, uri)
		if got := labels(list); got == want || time.Now().After(deadline) {
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
			return list
		}
	}
}

// refreshes is how often the editor was told to ask for its hints again.
func refreshes(s editortest.State) (n int) {
	for _, m := range s.Messages {
		if m.Method == "workspace/inlayHint/refresh" {
			n++
		}
	}
	return n
}

func TestPeakHint(t *testing.T) {
	peak := int64(25_900_000)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		report := r.passed()
		report.PeakMemory = &peak
		return report
	}}
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{Runner: runner}, reading(), nil, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	if got := labels(hintsOf(e, uri)); got != "" {
		t.Errorf("before a run: %q", got)
	}
	runID(t, e, "meca.run", dir)
	e.Await(editortest.Said("workspace/inlayHint/refresh", func(editortest.Object) bool { return true }))
	awaitHints(t, e, uri, "peak 24.7 MiB, last run")
	e.Change(uri, `{"resource": {"cpu": 2, "mem": 128, "use_gpu": false, "gpu_count": 0}}`)
	if list := awaitHints(t, e, uri, "peak 24.7 MiB, out of date"); !strings.Contains(list[0].Tooltip, "changed since") || e.Underlined(uri, editortest.Range{End: list[0].Position}) != `{"resource": {"cpu": 2, "mem": 128` {
		t.Errorf("%+v", list)
	}
	// What is shown of the run changes with other files too: the editor is told to ask again.
	e.Close(uri)
	uri = e.OpenFile(filepath.Join(dir, "config.json"))
	awaitHints(t, e, uri, "peak 24.7 MiB, last run")
	source := e.OpenFile(filepath.Join(dir, "src", "app.py"))
	before := refreshes(e.State())
	e.Change(source, e.Text(source)+"#")
	e.Await(editortest.Expectation{What: "a refresh", Check: func(s editortest.State) editortest.Verdict {
		if refreshes(s) > before {
			return editortest.Met
		}
		return editortest.Unmet
	}})
	awaitHints(t, e, uri, "peak 24.7 MiB, out of date")
	e.Change(uri, `{"resource": {"use_gpu": false, "gpu_count": 0}}`)
	if got := labels(hintsOf(e, uri)); got != "cpu: 1, mem: 128 MB" {
		t.Errorf("without mem: %q", got)
	}
}
