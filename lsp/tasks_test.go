package lsp

import (
	"path/filepath"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// listed is a meca/tasks notification whose only task fits.
func listed(fits func(item editortest.Object) bool) editortest.Expectation {
	return editortest.Said("meca/tasks", func(o editortest.Object) bool {
		items, _ := o["tasks"].([]any)
		if len(items) != 1 {
			return false
		}
		item, _ := items[0].(map[string]any)
		return fits(item)
	})
}

// TestTasks follows the list of tasks from the first look at the disk through an edit, a run and a change after it to its end.
func TestTasks(t *testing.T) {
	peak := int64(3 << 20)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		report := differing(r, "a", "b")
		report.PeakMemory = &peak
		return report
	}}
	root := t.TempDir()
	dir := clean(t).write(t, filepath.Join(root, "words"))
	e := sessionOn(t, Options{Runner: runner}, full(), object{"tasks": true, "runEvents": true}, root)
	e.Await(listed(func(o editortest.Object) bool {
		return o["folder"] == editortest.URI(dir) && o["path"] == "words" && o["name"] == "Word counter" && o["last"] == nil &&
			o.At("limits", "cpu") == 1.0 && o.At("limits", "memMiB") == 128.0 && o.At("limits", "gpuCount") == 0.0
	}))

	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Change(uri, `{"resource": {"cpu": 2, "mem": 256, "use_gpu": true, "gpu_count": 1}}`)
	e.Await(listed(func(o editortest.Object) bool {
		return o.At("limits", "cpu") == 2.0 && o.At("limits", "memMiB") == 256.0 && o.At("limits", "gpuCount") == 1.0
	}))

	e.Execute("meca.run", object{"folder": editortest.URI(dir)})
	output := editortest.URI(filepath.Join(dir, "example_output.bin"))
	e.Await(
		editortest.Said("meca/run", func(o editortest.Object) bool {
			findings, _ := o["findings"].([]any)
			if o["kind"] != "end" || len(findings) != 1 {
				return false
			}
			var found editortest.Object = findings[0].(map[string]any)
			return found["code"] == "run-output-differs" && found["uri"] == output && found.At("range", "start", "line") == 0.0
		}),
		listed(func(o editortest.Object) bool {
			return o.At("last", "outcome") == "failed" && o.At("last", "peakBytes") == float64(peak) && o.At("last", "stale") == false
		}),
	)

	e.Change(uri, `{"resource": {"cpu": 1, "mem": 256, "use_gpu": false, "gpu_count": 0}}`)
	e.Await(listed(func(o editortest.Object) bool { return o.At("last", "stale") == true && o.At("limits", "cpu") == 1.0 }))
}

// TestTasksUnasked: a client that did not ask is told nothing.
func TestTasksUnasked(t *testing.T) {
	e, _ := known(t, Options{}, nil)
	e.Await(editortest.Never(editortest.Said("meca/tasks", func(editortest.Object) bool { return true })))
}
