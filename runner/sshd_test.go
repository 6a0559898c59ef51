//go:build !windows

package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// An sshServer is a real one on a high port of this machine, with keys of its own. Where the tests' ssh goes to "far", it comes to it.
type sshServer struct {
	dir, port string
	program   string
	running   *exec.Cmd
	said      chan struct{} // closed when all that the running one said was read
}

// newSSHServer starts a server; lines are added to its configuration. Without sshd the test is skipped.
func newSSHServer(t *testing.T, lines ...string) *sshServer {
	t.Helper()
	s := &sshServer{dir: t.TempDir()}
	for _, name := range []string{"sshd", "/usr/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			s.program = path
		}
	}
	if _, err := exec.LookPath("ssh"); err != nil || s.program == "" {
		t.Skip("this test needs ssh and sshd (Debian: openssh-client, openssh-server)")
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where sshd locks itself in
			t.Fatal(err)
		}
	}
	for _, name := range []string{"host", "id"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.path(name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close() // sshd takes it in a moment
	host, err := os.ReadFile(s.path("host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "known", fmt.Sprintf("[127.0.0.1]:%s %s", s.port, host))
	s.write(t, "none", "")
	s.write(t, "sshd_config", strings.Join(append(lines, "Port "+s.port, "ListenAddress 127.0.0.1", "HostKey "+s.path("host"),
		"AuthorizedKeysFile "+s.path("id.pub"), "PidFile none", "StrictModes no", "PasswordAuthentication no",
		"KbdInteractiveAuthentication no", "UsePAM no", "PermitRootLogin yes", ""), "\n"))
	s.start(t)
	t.Cleanup(s.stop)
	s.client(t)
	return s
}

func (s *sshServer) path(name string) string { return filepath.Join(s.dir, name) }

func (s *sshServer) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start starts the server, and waits until it listens.
func (s *sshServer) start(t *testing.T) {
	t.Helper()
	s.running = exec.Command(s.program, "-D", "-e", "-f", s.path("sshd_config"))
	stderr, err := s.running.StderrPipe()
	if err == nil {
		err = s.running.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		if said = append(said, lines.Text()); strings.Contains(lines.Text(), "Server listening on") {
			break
		}
	}
	if lines.Err() != nil || len(said) == 0 || !strings.Contains(said[len(said)-1], "Server listening on") {
		t.Fatalf("sshd says: %s", said)
	}
	s.said = make(chan struct{})
	go func(said chan struct{}) {
		defer close(said)
		for lines.Scan() { // so that it is never held up
		}
	}(s.said)
}

// stop kills the server and what serves its connections.
func (s *sshServer) stop() {
	for _, pid := range append(descendants(s.running.Process.Pid), s.running.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone
	}
	<-s.said
	_ = s.running.Wait() // it was killed
}

// descendants are the processes that a process has started, and those that these have.
func descendants(pid int) []int {
	out, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil // there are none
	}
	var all []int
	for _, word := range strings.Fields(string(out)) {
		if child, err := strconv.Atoi(word); err == nil {
			all = append(append(all, child), descendants(child)...)
		}
	}
	return all
}

// client gives the tests an ssh with a configuration of its own, of which these lines are the first.
func (s *sshServer) client(t *testing.T, lines ...string) {
	t.Helper()
	real, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "config", strings.Join(append(append([]string{"Host far"}, lines...), "HostName 127.0.0.1", "Port "+s.port, "IdentityFile "+s.path("id"),
		"IdentitiesOnly yes", "IdentityAgent none", "UserKnownHostsFile "+s.path("known"), "GlobalKnownHostsFile none", ""), "\n"))
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", real, s.path("config"))
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// share lets all ssh of the test go through one connection, as many a person's configuration does.
func (s *sshServer) share(t *testing.T) {
	t.Helper()
	short, err := os.MkdirTemp("", "") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	s.client(t, "ControlMaster auto", "ControlPersist yes", "ControlPath "+filepath.Join(short, "m"))
	t.Cleanup(func() {
		_ = exec.Command("ssh", "-F", s.path("config"), "-O", "exit", "far").Run() // it ends with the server, too
		_ = os.RemoveAll(short)                                                    // the system sweeps it, too
	})
}

// surroundings is what a command on the far side finds: the tests' engine.
func surroundings(socket string) string {
	return "SetEnv DOCKER_HOST=unix://" + socket + " PATH=" + os.Getenv("PATH")
}

// TestEngineBehindSSHD runs the example and some bad tasks on an engine behind a real ssh server.
func TestEngineBehindSSHD(t *testing.T) {
	socket := engineSocket(t)
	for name, shared := range map[string]bool{"each by itself": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			witness := enginetest.NewWitness(t, enginetest.Require(t))
			s := newSSHServer(t, surroundings(socket))
			if shared {
				s.share(t)
			}
			t.Setenv("DOCKER_HOST", "ssh://far")
			engine, err := runner.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(engine.Close)
			witness.Engine = engine
			r := runFolder(t.Context(), t, witness, echoExample(t), quick(), &recording{})
			if r.Outcome != task.Passed {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			bad := enginetest.BadTask(t)
			for mode, want := range map[string]string{
				"redirect-own":   "Passed: ",
				"loopback":       "Failed: meca-init-done was printed, but nothing listens on 0.0.0.0:8080",
				"content-length": "Failed: no whole answer came: the connection was closed in the middle of the answer",
			} {
				folder := enginetest.Folder(t, bad, enginetest.Files{"Dockerfile": plainDockerfile(mode)})
				if r := runFolder(t.Context(), t, witness, folder, quick(), &recording{}); !strings.HasPrefix(r.Message, want) {
					t.Errorf("%s: got %s, want %s", mode, r.Message, want)
				}
			}
			witness.NothingLeft(t)
		})
	}
}

// TestSSHDDies ends the ssh server in the middle of a run, and starts it again. That is no fault of the task's, and nothing is left.
func TestSSHDDies(t *testing.T) {
	socket := engineSocket(t)
	witness := enginetest.NewWitness(t, enginetest.Require(t))
	s := newSSHServer(t, surroundings(socket))
	t.Setenv("DOCKER_HOST", "ssh://far")
	engine, err := runner.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	witness.Engine = engine
	rec := &recording{seen: func(e task.Event) {
		if e.Phase == task.PhaseAnswer && e.Stream == "" {
			s.stop()
			s.start(t)
		}
	}}
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile("accepts")})
	r := runFolder(t.Context(), t, witness, folder, quick(), rec)
	if r.Outcome != task.Error || !strings.Contains(r.Message, "the connection to the engine's machine broke: ssh") {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	witness.NothingLeft(t)
}

// TestSSHDRefuses tells one clear thing of each way in which a real server and a real ssh do not come together.
func TestSSHDRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		server, client string // %s is the folder of the keys
		host, want     string
	}{
		"unknown key":  {client: "UserKnownHostsFile %s/none", want: "Host key verification failed. Make the machine's key known"},
		"denied":       {server: "AuthorizedKeysFile none", want: "Permission denied (publickey). Passwords are not asked for"},
		"no docker":    {server: "SetEnv PATH=/nowhere", want: "there is no docker command on far ("},
		"no engine":    {server: surroundings("/nowhere/docker.sock"), want: "the docker command on far gave up: "},
		"nobody there": {host: "ssh://far:1", want: "Connection refused. Find out what is wrong with: ssh -p 1 far docker version"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSSHServer(t, test.server)
			s.client(t, strings.ReplaceAll(test.client, "%s", s.dir))
			host := "ssh://far"
			if test.host != "" {
				host = test.host
			}
			_, err := runner.ConnectTo(t.Context(), host)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestSSHDForbidsForwarding does not take a server's refusal for the task's.
func TestSSHDForbidsForwarding(t *testing.T) {
	fake := enginetest.NewFake(t)
	for name, shared := range map[string]bool{"by itself": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("docker"); err != nil {
				t.Skip("this test needs the docker command")
			}
			s := newSSHServer(t, "AllowTcpForwarding no", surroundings(strings.TrimPrefix(fake.Host(), "unix://")))
			if shared {
				s.share(t)
			}
			engine, err := runner.ConnectTo(context.Background(), "ssh://far")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(engine.Close)
			r := runFolder(t.Context(), t, engine, enginetest.Folder(t, "", nil), quick(), &recording{})
			if r.Outcome != task.Error || !strings.Contains(r.Message, "AllowTcpForwarding") {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			if left := fake.Left(); left != nil {
				t.Errorf("left are %q", left)
			}
		})
	}
}
