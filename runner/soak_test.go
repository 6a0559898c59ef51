package runner_test

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// cycles is how often a test that looks for rare faults tries: MECA_TEST_CYCLES, else few. The full number is 200 on a real engine.
func cycles(t *testing.T) int { return enginetest.Cycles(t, 5) }

// TestCancelFake cancels runs on an engine of paper at random moments, five for each cycle on a real one. Nothing may be left: neither in
// the engine, nor in the ledger, nor of this process's files. Goroutines are counted at the end of all tests.
func TestCancelFake(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	fake := enginetest.NewFake(t)
	fake.TakeTime(50 * time.Millisecond) // as a real one does at the least: it notices before the next image that nobody waits for it
	path := enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"})
	ledger := runner.NewLedger(runner.LedgerOptions{})
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	long := cancelFake(t, fake, ledger, path, time.Minute) // opens what stays open
	files, outcomes := openFiles(t, 0), map[task.Outcome]int{}
	for range 5 * cycles(t) {
		delay := rand.N(long)
		if cancelFake(t, fake, ledger, path, delay) < delay {
			outcomes[task.Passed]++
		} else {
			outcomes[task.Canceled]++
		}
		if left := fake.Left(); left != nil {
			t.Fatalf("cancelled after %v: left are %q", delay, left)
		}
	}
	if now := openFiles(t, files); now > files {
		t.Errorf("%d files are open, %d were before", now, files)
	}
	folder, err := runner.LedgerFolder()
	if err != nil {
		t.Fatal(err)
	}
	if notes, err := os.ReadDir(folder); err != nil || len(notes) > 0 {
		t.Errorf("notes of runs are left: %v, %v", notes, err)
	}
	t.Logf("%v", outcomes)
}

// cancelFake runs a folder, cancels it after a while, and tells how long it took.
func cancelFake(t *testing.T, fake *enginetest.Fake, ledger *runner.Ledger, path string, after time.Duration) time.Duration {
	t.Helper()
	engine, err := runner.ConnectTo(t.Context(), fake.Host())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	dir, err := task.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	began := time.Now()
	job := runner.Job{Engine: engine, Files: dir, Folder: task.Load(dir), Path: path, Options: patient(), Ledger: ledger}
	r := runner.Run(ctx, job, func(task.Event) {})
	took := time.Since(began)
	if r.Outcome != task.Canceled && r.Outcome != task.Passed {
		t.Fatalf("cancelled after %v: got %s: %s", after, r.Outcome, r.Message)
	}
	if r.Outcome == task.Canceled && took-after > soon {
		t.Errorf("the run ended %v after it was cancelled", took-after)
	}
	return took
}

// openFiles counts this process's open files, once they are no more than expected, or after a while: the engine's side of a connection
// closes when it notices. It is 0 where the system does not tell.
func openFiles(t *testing.T, expected int) int {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0
		}
		if expected == 0 || len(list) <= expected || time.Now().After(end) {
			return len(list)
		}
	}
}
