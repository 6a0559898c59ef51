package task_test

import (
	"sync"
	"testing"
	"testing/fstest"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestIgnoreIsSharedByReaders asks one value from many sides at once, as a folder's readers do.
func TestIgnoreIsSharedByReaders(t *testing.T) {
	folder := task.Load(fstest.MapFS{".dockerignore": {Data: []byte("src\n!src/*.py\nl?b/**/x\n")}})
	var asked sync.WaitGroup
	for range 8 {
		asked.Go(func() {
			for name, want := range map[string]bool{"src/a.py": false, "src/a.txt": true, "lib/a/x": true, "other": false} {
				if got := folder.Ignore().Excludes(name); got != want {
					t.Errorf("%s: %v", name, got)
				}
			}
		})
	}
	asked.Wait()
}
