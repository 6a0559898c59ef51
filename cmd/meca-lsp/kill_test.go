//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// patience is how long a test waits for what must happen within seconds, on a machine that does other things, too.
const patience = 30 * time.Second

// kills is how many runs are killed: MECA_TEST_CYCLES, else few.
func kills(t *testing.T) int {
	t.Helper()
	s := os.Getenv("MECA_TEST_CYCLES")
	if s == "" {
		return 10
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A place is a machine's surroundings for programs that are killed: folders of their own, and the engine.
type place struct {
	program string // the bad task
	cache   string // where the ledger goes
	temp    string // where files would go that a program leaves
}

func newPlace(t *testing.T) *place {
	t.Helper()
	enginetest.Require(t)
	return &place{program: enginetest.BadTask(t), cache: t.TempDir(), temp: t.TempDir()}
}

// elsewhere is a place for the same program, with folders of its own.
func (p *place) elsewhere(t *testing.T) *place {
	return &place{program: p.program, cache: t.TempDir(), temp: t.TempDir()}
}

// longBuild are instructions that take their time, in every kind of step.
const longBuild = "COPY big /big\nRUN [\"/badtask\", \"say\", \"in a RUN\"]\nCOPY config.json /one\nCOPY config.json /two\n" +
	"RUN [\"/badtask\", \"sleep\", \"1\"]\n"

// folder writes a task folder whose things can be found in the engine. Started, it does as mode says.
func (p *place) folder(t *testing.T, build, mode string) (string, *enginetest.Traces) {
	t.Helper()
	traces := enginetest.NewTraces(t)
	return enginetest.Folder(t, p.program, enginetest.Files{
		"big": strings.Repeat("0123456789abcdef", 1<<20),
		"Dockerfile": "FROM scratch\nENV " + traces.Mark + "\nCOPY src/badtask /badtask\n" + build +
			"VOLUME /data\nEXPOSE 8080\nCMD [\"/badtask\", \"" + mode + "\"]\n",
	}), traces
}

func (p *place) environment() []string {
	return append(os.Environ(), "XDG_CACHE_HOME="+p.cache, "XDG_RUNTIME_DIR=", "TMPDIR="+p.temp)
}

// sessions are the files of the ledger.
func (p *place) sessions() string { return filepath.Join(p.cache, "meca-lsp", "sessions") }

// A program is meca-lsp, as a process in a group of its own.
type program struct {
	cmd   *exec.Cmd
	lines chan string // what it prints; closed at its end
	all   []string
}

// start starts meca-lsp.
func (p *place) start(t *testing.T, args ...string) *program {
	t.Helper()
	c := exec.CommandContext(context.Background(), "meca-lsp", args...)
	c.Env, c.SysProcAttr = p.environment(), &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	v := &program{cmd: c, lines: make(chan string, 1000)}
	go func() {
		defer close(v.lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			v.lines <- in.Text()
		}
	}()
	t.Cleanup(func() { v.kill() })
	return v
}

// until waits for a line, and reports whether it came.
func (v *program) until(t *testing.T, part string) bool {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, more := <-v.lines:
			if !more {
				return false
			}
			v.all = append(v.all, line)
			if strings.Contains(line, part) {
				return true
			}
		case <-late:
			t.Fatalf("%q was not printed, but:\n%s", part, strings.Join(v.all, "\n"))
		}
	}
}

// kill ends the process and all of its group, at once.
func (v *program) kill() {
	_ = syscall.Kill(-v.cmd.Process.Pid, syscall.SIGKILL) // it may be gone
	_ = v.cmd.Wait()                                      // it was killed
}

// end waits for the end, and gives the exit code, or the signal as a negative number.
func (v *program) end(t *testing.T) (code int, output string) {
	t.Helper()
	for v.until(t, "\x00") {
	}
	err := v.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			return -int(s.Signal()), strings.Join(v.all, "\n")
		}
	} else if err != nil {
		t.Fatal(err)
	}
	return v.cmd.ProcessState.ExitCode(), strings.Join(v.all, "\n")
}

// gone waits until nothing is left, in the engine and on the disk, and gives how long that took.
func (p *place) gone(t *testing.T, traces *enginetest.Traces) time.Duration {
	t.Helper()
	began := time.Now()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for ; ; <-again.C {
		left := slices.Concat(traces.Left(t), names(t, p.sessions()))
		if len(left) == 0 {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("left are %q", left)
		}
	}
	if left := names(t, p.temp); len(left) > 0 {
		t.Errorf("files are left: %q", left)
	}
	return time.Since(began)
}

// names are the names in a folder; none where it is not there.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// Decoys are containers that are not ours, whatever their labels and their image's labels say.
func decoys(t *testing.T, n int, labels map[string]string) []string {
	t.Helper()
	traces := enginetest.NewTraces(t)
	api := traces.API
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nENV "+traces.Mark+"\nLABEL org.meca-lsp.session=0123456789abcdef0123456789abcdef org.meca-lsp.owner=0123456789abcdef\nCMD [\"/x\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := "decoy-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	build := exec.CommandContext(t.Context(), "docker", "build", "-q", "-t", name, dir)
	build.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var ids []string
	for range n {
		c, err := api.ContainerCreate(t.Context(), &container.Config{Image: name, Labels: labels}, nil, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	t.Cleanup(func() {
		for _, id := range ids {
			if err := api.ContainerRemove(context.Background(), id, container.RemoveOptions{Force: true}); err != nil {
				t.Errorf("a container that is not ours is gone: %v", err)
			}
		}
		if out, err := exec.CommandContext(context.Background(), "docker", "rmi", name).CombinedOutput(); err != nil {
			t.Errorf("an image that is not ours is gone: %v: %s", err, out)
		}
	})
	return ids
}

// moments are lines of a run's output, at which it is killed.
var moments = []string{
	"building the image", "Step 3/", "Step 4/", "in a RUN", "Step 6/", "Step 7/", "asleep", "Step 9/", "Step 11/", "Successfully built",
	"starting the container", "waiting for", "meca-init-done", "asking the example",
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
			v := p.start(t, "run", folder)
			if !v.until(t, at) {
				t.Fatalf("the run ended before: %s", strings.Join(v.all, "\n"))
			}
			delay := time.Duration(rand.Int64N(int64(100 * time.Millisecond)))
			<-time.After(delay)
			v.kill()
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

// serve starts a server and a run in it, and waits until the run is in a phase.
func (p *place) serve(t *testing.T, folder, phase string) *os.Process {
	t.Helper()
	c := exec.CommandContext(context.Background(), "meca-lsp", "serve")
	c.Env = p.environment()
	e := editortest.Start(t, func(in io.ReadCloser, out io.WriteCloser) int {
		c.Stdin, c.Stdout = in, out
		if err := c.Run(); err == nil {
			t.Error("the server was not killed")
		}
		return -1
	})
	e.Initialize(editortest.Config{Roots: []string{folder}, Options: map[string]any{"runEvents": true}})
	uri := e.OpenFile(filepath.Join(folder, "config.json"))
	e.Await(editortest.ForVersion(uri, 1))
	if _, err := e.Execute("meca.run", map[string]any{"folder": editortest.URI(folder)}).Wait(); err != nil {
		t.Fatal(err)
	}
	e.Await(editortest.Said("meca/run", func(o editortest.Object) bool { return o["kind"] == "state" && o["state"] == phase }))
	return c.Process
}

// TestKillBoth kills a run and its watchdog. The next run removes what they left.
func TestKillBoth(t *testing.T) {
	p := newPlace(t)
	for _, at := range []string{"Step 4/", "asleep", "asking the example"} {
		folder, traces := p.folder(t, longBuild, "accepts")
		v := p.start(t, "run", folder)
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
		if code, out := p.start(t, "run", other).end(t); code != 0 {
			t.Errorf("the next run exits with %d: %s", code, out)
		}
		t.Logf("killed at %q: gone within %v of the end of the next run", at, p.gone(t, traces))
	}
}

// watchdogs finds the processes that watch here.
func (p *place) watchdogs(t *testing.T) []int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range lines {
		b, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(b), "\x00watchdog\x00"+p.sessions()+"\x00") {
			pid, err := strconv.Atoi(strings.Split(path, "/")[2])
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		t.Error("there is no watchdog")
	}
	return pids
}

// TestKillOne kills one of two runs of a folder. The other comes to its own verdict.
func TestKillOne(t *testing.T) {
	p := newPlace(t)
	folder, traces := p.folder(t, "", "accepts")
	one := p.start(t, "run", folder)
	two := p.start(t, "run", "--answer-timeout", "6s", folder)
	one.until(t, "asking the example")
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
	v := p.start(t, "run", folder)
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
	v := p.start(t, "run", folder)
	v.until(t, "asking the example")
	interrupt := func(v *program) {
		if err := syscall.Kill(-v.cmd.Process.Pid, syscall.SIGINT); err != nil {
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
		v := p.start(t, "run", folder)
		v.until(t, "asking the example")
		interrupt(v)
		v.until(t, "removing container")
		if syscall.Kill(-v.cmd.Process.Pid, syscall.SIGINT) != nil {
			continue // it was faster
		}
		code, out := v.end(t)
		twice = code == -int(syscall.SIGINT)
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
			code, out := here.start(t, "run", folder).end(t)
			if n := strings.Count(out, "if meca-lsp is killed during this run"); code != 0 || words != "" && (n != 1 || !strings.Contains(out, words)) {
				t.Errorf("exit code %d, want the words %q once: %s", code, words, out)
			}
			if left := traces.Left(t); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
}
