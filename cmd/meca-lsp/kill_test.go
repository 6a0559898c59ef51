//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// moments are lines of a run's output, at which it is killed.
var moments = []string{
	"building the image", "Step 3/", "Step 4/", "in a RUN", "Step 6/", "Step 7/", "│ asleep", "Step 9/", "Step 11/", "Successfully built",
	"starting the container", "▸ waiting for", "│ meca-init-done", "asking the example",
}

// TestKillRun kills runs of the command line, together with all of their process group, at each of their steps and at random moments
// after them.
func TestKillRun(t *testing.T) {
	p := newPlace(t)
	decoys(t, 20, nil)
	for i := range kills(t) {
		at := moments[i*5%len(moments)]
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			p := p.elsewhere(t)
			folder, traces := p.folder(t, longBuild, "accepts")
			v := p.start(t, "run", "--fresh", folder)
			if !v.until(t, at) {
				t.Fatalf("the run ended before: %s", strings.Join(v.all, "\n"))
			}
			delay := time.Duration(rand.Int64N(int64(100 * time.Millisecond)))
			<-time.After(delay)
			v.kill()
			killed := time.Now().Format(time.StampMilli)
			defer func() {
				if t.Failed() {
					v.until(t, "\x00")
					t.Logf("killed at %s:\n%s", killed, strings.Join(v.all, "\n"))
				}
			}()
			t.Logf("killed %v later; gone %v after that", delay, p.gone(t, traces))
		})
	}
}

// TestKillServer kills servers at each of a run's phases.
func TestKillServer(t *testing.T) {
	p := newPlace(t)
	phases := []string{"build", "start", "ready", "answer"}
	for i := range max(len(phases), kills(t)/2) {
		phase := phases[i%len(phases)]
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			p := p.elsewhere(t)
			folder, traces := p.folder(t, longBuild, "accepts")
			server := p.serve(t, folder, phase)
			delay := time.Duration(rand.Int64N(int64(200 * time.Millisecond)))
			<-time.After(delay)
			if err := server.Kill(); err != nil {
				t.Fatal(err)
			}
			t.Logf("killed %v later; gone %v after that", delay, p.gone(t, traces))
		})
	}
}

// TestKillBoth kills a run and its watchdog. The next run removes what they left.
func TestKillBoth(t *testing.T) {
	p := newPlace(t)
	for _, at := range []string{"Step 4/", "asleep", "asking the example"} {
		folder, traces := p.folder(t, longBuild, "accepts")
		v := p.start(t, "run", "--fresh", folder)
		v.until(t, at)
		for _, pid := range p.watchdogs(t) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
		v.kill()
		if len(names(t, p.sessions())) == 0 {
			t.Error("there is no file of the run")
		}
		other, _ := p.folder(t, "", "")
		if code, out := p.start(t, "run", "--fresh", other).end(t); code != 0 {
			t.Errorf("the next run exits with %d: %s", code, out)
		}
		t.Logf("killed at %q: gone within %v of the end of the next run", at, p.gone(t, traces))
	}
}

// TestKillOne kills one of two runs of a folder. The other comes to its own verdict.
func TestKillOne(t *testing.T) {
	p := newPlace(t)
	folder, traces := p.folder(t, "", "accepts")
	one := p.start(t, "run", "--fresh", folder)
	one.until(t, "asking the example") // before the other begins, which does not ask for long
	two := p.start(t, "run", "--fresh", "--answer-timeout", "6s", folder)
	two.until(t, "asking the example")
	if n := len(traces.Containers(t)); n != 2 {
		t.Fatalf("there are %d containers", n)
	}
	one.kill()
	for again := time.NewTicker(20 * time.Millisecond); len(traces.Containers(t)) == 2; <-again.C {
	}
	code, out := two.end(t)
	if code != 1 || !strings.Contains(out, "[run-no-answer]") || strings.Contains(out, "left in the engine") {
		t.Errorf("the other exits with %d: %s", code, out)
	}
	p.gone(t, traces)
}

// TestForgedLabels gives another's containers the very labels of a run's, and kills the run.
func TestForgedLabels(t *testing.T) {
	p := newPlace(t)
	folder, traces := p.folder(t, "", "accepts")
	v := p.start(t, "run", "--fresh", folder)
	v.until(t, "asking the example")
	ids := traces.Containers(t)
	if len(ids) != 1 {
		t.Fatalf("there are the containers %q", ids)
	}
	ours, err := traces.API.ContainerInspect(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	labels := ours.Config.Labels
	if labels["org.meca-lsp.session"] == "" || labels["org.meca-lsp.owner"] == "" {
		t.Errorf("the container has the labels %v", labels)
	}
	decoys(t, 3, labels)
	v.kill()
	p.gone(t, traces)
}

// TestInterrupt presses Ctrl-C, once and twice.
func TestInterrupt(t *testing.T) {
	p := newPlace(t)
	folder, traces := p.folder(t, "", "accepts")
	v := p.start(t, "run", "--fresh", folder)
	v.until(t, "asking the example")
	press := syscall.SIGINT
	if signal.Ignored(press) { // as in what a shell starts in the background, and then in all that this starts
		press = syscall.SIGTERM
	}
	interrupt := func(v *program) {
		if err := syscall.Kill(-v.cmd.Process.Pid, press); err != nil {
			t.Fatal(err)
		}
	}
	interrupt(v)
	code, out := v.end(t)
	if left := slices.Concat(traces.Left(t), names(t, p.sessions())); code != 130 || len(left) > 0 {
		t.Errorf("exit code %d, left are %q: %s", code, left, out)
	}
	twice := false
	for try := 0; try < 10 && !twice; try++ {
		v := p.start(t, "run", "--fresh", folder)
		v.until(t, "asking the example")
		interrupt(v)
		v.until(t, "Canceled.")
		if syscall.Kill(-v.cmd.Process.Pid, press) != nil {
			continue // it was faster
		}
		code, out := v.end(t)
		twice = code == -int(press)
		if !twice && code != 130 {
			t.Errorf("exit code %d: %s", code, out)
		}
		p.gone(t, traces)
	}
	if !twice {
		t.Error("the second Ctrl-C never ended the program")
	}
}

// TestUnusableLedger runs a task where the ledger's folder cannot be had. The run says so once, and goes on.
func TestUnusableLedger(t *testing.T) {
	p := newPlace(t)
	root := os.Geteuid() == 0
	make700 := func(path string) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, prepare := range map[string]func(t *testing.T, cache string) (words string){
		"a link": func(t *testing.T, cache string) string {
			make700(filepath.Join(cache, "meca-lsp"))
			must(os.Symlink(t.TempDir(), filepath.Join(cache, "meca-lsp", "sessions")))
			return "is a symbolic link"
		},
		"a link above": func(t *testing.T, cache string) string {
			must(os.Symlink(t.TempDir(), filepath.Join(cache, "meca-lsp")))
			return "is a symbolic link"
		},
		"open to all": func(t *testing.T, cache string) string {
			make700(filepath.Join(cache, "meca-lsp", "sessions"))
			must(os.Chmod(filepath.Join(cache, "meca-lsp", "sessions"), 0o777))
			return "is open to other users"
		},
		"another's": func(t *testing.T, cache string) string {
			make700(filepath.Join(cache, "meca-lsp", "sessions"))
			if root {
				must(os.Chown(filepath.Join(cache, "meca-lsp", "sessions"), 12345, -1))
				return "belongs to another user"
			}
			return ""
		},
		"a file": func(t *testing.T, cache string) string {
			must(os.WriteFile(filepath.Join(cache, "meca-lsp"), nil, 0o600))
			return "is no folder"
		},
		"read-only": func(t *testing.T, cache string) string {
			must(os.Remove(cache))
			must(os.Symlink("/proc/self/fdinfo", cache))
			return "cannot be used"
		},
		"full": func(t *testing.T, cache string) string {
			if !root || syscall.Mount("none", cache, "tmpfs", 0, "size=4k,mode=700") != nil {
				return ""
			}
			t.Cleanup(func() { must(syscall.Unmount(cache, 0)) })
			make700(filepath.Join(cache, "meca-lsp", "sessions"))
			must(os.WriteFile(filepath.Join(cache, "filler"), make([]byte, 4096), 0o600))
			return "takes no more"
		},
	} {
		t.Run(name, func(t *testing.T) {
			here := &place{program: p.program, cache: filepath.Join(t.TempDir(), "cache"), temp: p.temp}
			make700(here.cache)
			words := prepare(t, here.cache)
			folder, traces := here.folder(t, "", "")
			code, out := here.start(t, "run", "--fresh", folder).end(t)
			if n := strings.Count(out, "if meca-lsp is killed during this run"); code != 0 || words != "" && (n != 1 || !strings.Contains(out, words)) {
				t.Errorf("exit code %d, want the words %q once: %s", code, words, out)
			}
			if left := traces.Left(t); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
}
