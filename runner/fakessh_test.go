package runner_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// fakeSSH is the program ssh of TestEngineBySSH: to an engine on FAKE_SSH_ENGINE, or with -W to the address that the file FAKE_SSH_TASK
// holds, whatever port it is asked for, as if that were on another machine.
func fakeSSH(args []string) int {
	log, err := os.OpenFile(os.Getenv("FAKE_SSH_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(log, strings.Join(args, " "))
	_ = log.Close() // the test sees what is missing
	forward := slices.Contains(args, "-W")
	network, address := "unix", os.Getenv("FAKE_SSH_ENGINE")
	if forward {
		b, err := os.ReadFile(os.Getenv("FAKE_SSH_TASK"))
		if err != nil {
			panic(err)
		}
		network, address = "tcp", string(b)
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, "channel 0: open failed: connect failed: Connection refused")
		return 255
	}
	if forward {
		fmt.Fprintln(os.Stderr, "debug2: channel 0: open confirm rwindow 2097152 rmax 32768")
	}
	go func() { _, _ = io.Copy(conn, os.Stdin) }() // the other way tells of the end
	_, _ = io.Copy(os.Stdout, conn)                // it ends with either side
	if forward {
		fmt.Fprintln(os.Stderr, "debug2: channel 0: rcvd eof")
	}
	return 0
}

// sshOnPath puts this program on the PATH as ssh.
func sshOnPath(t *testing.T, engine string) (log, binding string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for ssh is a script")
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log, binding = filepath.Join(dir, "log"), filepath.Join(dir, "binding")
	script := fmt.Sprintf("#!/bin/sh\nFAKE_SSH_LOG=%s FAKE_SSH_ENGINE=%s FAKE_SSH_TASK=%s exec %s \"$@\"\n", log, engine, binding, own)
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return log, binding
}

// TestEngineBySSH runs a task on an engine of paper behind ssh. The task is asked through ssh, and never at the port of this machine
// that has the same number.
func TestEngineBySSH(t *testing.T) {
	fake := enginetest.NewFake(t)
	log, binding := sshOnPath(t, strings.TrimPrefix(fake.Host(), "unix://"))
	t.Setenv("DOCKER_HOST", "ssh://me@far")
	engine, err := runner.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	far := &elsewhere{Engine: engine, stranger: newStranger(t), heard: func(address string) {
		if err := os.WriteFile(binding, []byte(address), 0o600); err != nil {
			t.Error(err)
		}
	}}
	r := runFolder(t.Context(), t, far, enginetest.Folder(t, "", nil), quick(), &recording{})
	if r.Outcome != task.Passed {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	if left := fake.Left(); left != nil {
		t.Errorf("left are %q", left)
	}
	if n := far.stranger.visits.Load(); n != 0 {
		t.Errorf("%d connections went to a stranger", n)
	}
	said, err := os.ReadFile(log)
	if want := " -l me -vv -W " + far.stranger.Addr().String() + " -- far\n"; err != nil || !strings.Contains(string(said), want) {
		t.Errorf("ssh was called with %s, and never with %s: %v", said, want, err)
	}
}
