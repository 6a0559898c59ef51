//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
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
const patience = editortest.Patience

// kills is how many runs are killed: MECA_TEST_CYCLES, else few.
func kills(t *testing.T) int { return enginetest.Cycles(t, 10) }

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
	if _, err := e.Execute("meca.run", map[string]any{"folder": editortest.URI(folder), "fresh": true}).Wait(); err != nil {
		t.Fatal(err)
	}
	e.Await(editortest.Said("meca/run", func(o editortest.Object) bool { return o["kind"] == "state" && o["state"] == phase }))
	return c.Process
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
