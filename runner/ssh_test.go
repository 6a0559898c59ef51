package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

func TestParseSSH(t *testing.T) {
	for address, want := range map[string]string{
		"ssh://far":                      "-- far docker system dial-stdio",
		"ssh://me@far:2222":              "-l me -p 2222 -- far docker system dial-stdio",
		"ssh://me@far/run/user/7/d.sock": "-l me -- far docker --host unix:///run/user/7/d.sock system dial-stdio",
		"ssh://[fe80::1%25eth0]:22/":     "-p 22 -- fe80::1%eth0 docker system dial-stdio",
		"ssh://DOMAIN%5Cme@far":          `-l DOMAIN\me -- far docker system dial-stdio`,
		"ssh://-oProxyCommand=touch%20x": "it is no address",
		"ssh://-oProxyCommand=x":         "is no name of a machine",
		"ssh://far%60id%60":              "it is no address",
		"ssh://a'b@far":                  "is no name of an account",
		"ssh://-l@far":                   "is no name of an account",
		"ssh://$(id)@far":                "is no name of an account",
		"ssh://@far":                     "is no name of an account",
		"ssh:///x":                       "is no name of a machine",
		"ssh://me:secret@far":            "a password in an address is not used",
		"ssh://far/a;reboot":             "has more than letters",
		"ssh://far/a%20b":                "has more than letters",
		"ssh://far?x":                    "ends with its path",
		"ssh://far:port":                 "it is no address",
		"ssh:far":                        "it is no address",
	} {
		var got string
		if h, err := parseSSH(address); err != nil {
			got = err.Error()
		} else {
			args := strings.Join(h.engineArguments(), " ")
			got = args[strings.Index(args, "ServerAliveInterval=15 ")+len("ServerAliveInterval=15 "):]
			if !strings.HasPrefix(args, "-T -o BatchMode=yes ") {
				t.Errorf("%s: ssh might ask: %s", address, args)
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

// TestPasswordIsNotShown keeps a password that someone wrote into an address out of every message.
func TestPasswordIsNotShown(t *testing.T) {
	for _, address := range []string{"ssh://me:secret@far", "tcp://me:secret@far:2376"} {
		e := endpoint{host: address, from: "DOCKER_HOST"}.checked()
		if all := e.String() + e.remote() + e.problem.Error(); strings.Contains(all, "secret") {
			t.Errorf("%s: %s", address, all)
		}
	}
}

// sshScript puts a program named ssh, and nothing else, on the PATH.
func sshScript(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for ssh is a script")
	}
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

// TestSSHFails tells one clear thing for everything that ssh may say.
func TestSSHFails(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"not installed": {"", "there is no ssh program on this machine. Install OpenSSH's client"},
		"host key": {"echo 'No ED25519 host key is known for far' >&2; echo 'Host key verification failed.' >&2; exit 255",
			"ssh: No ED25519 host key is known for far Host key verification failed. Make the machine's key known, and see to it that this works without a question: ssh -p 22 me@far"},
		"denied":    {"echo 'me@far: Permission denied (publickey).' >&2; exit 255", "ssh: me@far: Permission denied (publickey). Passwords are not asked for"},
		"no docker": {"echo 'bash: line 1: docker: command not found' >&2; exit 127", "there is no docker command on far (bash: line 1: docker: command not found). Install Docker's command line there"},
		"no engine": {"echo 'Cannot connect to the Docker daemon.' >&2; exit 1", "the docker command on far gave up: Cannot connect to the Docker daemon. Find out what is wrong with: ssh -p 22 me@far docker version"},
		"escapes":   {"printf '\\033[31mno\\033[0m\\n' >&2; exit 255", "ssh: no. Find out"},
		"silence":   {"exit 255", "ssh: exit status 255. Find out"},
		"killed":    {"kill -9 $$", "signal: killed"},
		"no HTTP":   {"echo hello", "malformed HTTP response"},
		"at once":   {"exit 0", "it hung up without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			sshScript(t, test.script)
			t.Setenv("DOCKER_HOST", "ssh://me@far:22")
			_, err := Connect(t.Context())
			var none *NoEngineError
			if !errors.As(err, &none) || !strings.Contains(err.Error(), "ssh://me@far:22 (DOCKER_HOST): ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestSSHIsFast speaks with an ssh that has said all it had to say, or has ended, before anything is asked: that is heard afterwards.
func TestSSHIsFast(t *testing.T) {
	for script, want := range map[string]string{"echo hello": "hello\n <nil>", "exit 0": " EOF", "echo no >&2; exit 255": "ssh: no"} {
		sshScript(t, script)
		h, err := parseSSH("ssh://far")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := h.dialEngine(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if script != "echo hello" { // which waits until it is heard
			<-conn.(*sshConn).done
		}
		var asked atomic.Bool
		heard := make(chan string)
		go func() {
			p := make([]byte, 16)
			n, err := conn.Read(p)
			if !asked.Load() {
				t.Errorf("%s: it was heard before it was asked", script)
			}
			heard <- fmt.Sprint(string(p[:n]), " ", err)
		}()
		for range 1000 {
			runtime.Gosched() // so that the other one has had its chance
		}
		asked.Store(true)
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Errorf("%s: the question gives %v", script, err)
		}
		if got := <-heard; !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
		h.close()
	}
}

// TestSSHHangs gives up on an ssh that never ends, whatever it is asked, when the connection is no longer wanted.
func TestSSHHangs(t *testing.T) {
	path := os.Getenv("PATH")
	sshScript(t, "trap '' TERM; PATH="+path+"; while :; do sleep 1; done")
	h, err := parseSSH("ssh://far")
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.dialEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("something was read")
	}
	if len(h.conns) != 0 {
		t.Errorf("%d connections are left", len(h.conns))
	}
}

// TestSSHEndsBehindTheTask hears of the end late: the task has hung up, and ssh, which had to be killed for it, is gone, too. The former
// counts.
func TestSSHEndsBehindTheTask(t *testing.T) {
	sshScript(t, "echo 'debug2: channel 0: open confirm rwindow 0 rmax 0' >&2; echo 'debug2: channel 0: rcvd eof' >&2; kill -9 $$")
	h, err := parseSSH("ssh://far")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sshWay{h}.dial(t.Context(), "", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	c := conn.(*sshConn)
	<-c.done
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	_ = c.Close() // it never fails
}

func TestForwardError(t *testing.T) {
	gone := errors.New("gone")
	for said, want := range map[string]error{
		"channel 0: open failed: connect failed: Connection refused": ErrNotListening,
		"Connection closed by far":                                   gone,
	} {
		if err := forwardError([]string{said}, gone); !errors.Is(err, want) {
			t.Errorf("%s: got %v", said, err)
		}
	}
	var shared *sharedError
	if err := forwardError([]string{"Stdio forwarding request failed: Session open refused by peer"}, gone); !errors.As(err, &shared) {
		t.Errorf("got %v", err)
	}
	if err := forwardError([]string{"channel 0: open failed: administratively prohibited: open failed"}, gone); !strings.Contains(err.Error(), "AllowTcpForwarding") {
		t.Errorf("got %v", err)
	}
}
