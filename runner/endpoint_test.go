package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestEndpoints(t *testing.T) {
	config := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(config, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dockerContext := func(name, meta string) {
		sum := sha256.Sum256([]byte(name))
		write("contexts/meta/"+hex.EncodeToString(sum[:])+"/meta.json", meta)
	}
	write("config.json", `{"currentContext": "desktop"}`)
	dockerContext("desktop", `{"Name":"desktop","Endpoints":{"docker":{"Host":"unix:///home/u/.docker/desktop/docker.sock"}}}`)
	dockerContext("far", `{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":true}}}`)
	dockerContext("shell", `{"Name":"shell","Endpoints":{"docker":{"Host":"ssh://me@far"}}}`)
	dockerContext("broken", `{`)
	const podman = "unix:///run/podman/podman.sock (Podman)"
	if runtime.GOOS != "linux" {
		t.Skip("the paths are Linux's")
	}
	for _, test := range []struct {
		name   string
		env    map[string]string
		config string
		want   string
	}{
		{"nothing is said", nil, t.TempDir(), defaultHost + "; " + podman},
		{"every socket", map[string]string{"XDG_RUNTIME_DIR": "/run/user/7", "COLIMA_HOME": "/c", "HOME": "/home/u"}, t.TempDir(), defaultHost +
			"; unix:///run/user/7/docker.sock (rootless); unix:///home/u/.docker/run/docker.sock (Docker Desktop)" +
			"; unix:///home/u/.docker/desktop/docker.sock (Docker Desktop); unix:///c/default/docker.sock (Colima)" +
			"; unix:///home/u/.colima/default/docker.sock (Colima); unix:///run/user/7/podman/podman.sock (Podman); " + podman},
		{"DOCKER_HOST goes first", map[string]string{"DOCKER_HOST": "tcp://h:1", "DOCKER_CONTEXT": "far"}, config, "tcp://h:1 (DOCKER_HOST) remote"},
		{"current context", nil, config, fmt.Sprintf("unix:///home/u/.docker/desktop/docker.sock (Docker context \"desktop\" of %s)", filepath.Join(config, "config.json"))},
		{"DOCKER_CONTEXT", map[string]string{"DOCKER_CONTEXT": "far"}, config, `tcp://far:2376 (Docker context "far" of DOCKER_CONTEXT) remote`},
		{"default context", map[string]string{"DOCKER_CONTEXT": "default"}, config, defaultHost + "; " + podman},
		{"unknown context", map[string]string{"DOCKER_CONTEXT": "x"}, config, `Docker context "x" of DOCKER_CONTEXT: there is no such context`},
		{"broken context", map[string]string{"DOCKER_CONTEXT": "broken"}, config, `Docker context "broken" of DOCKER_CONTEXT: its file cannot be read`},
		{"ssh", map[string]string{"DOCKER_CONTEXT": "shell"}, config, `ssh://me@far (Docker context "shell" of DOCKER_CONTEXT) remote`},
		{"bad ssh", map[string]string{"DOCKER_HOST": "ssh://-o@far"}, config, `ssh://-o@far (DOCKER_HOST) remote: "-o" is no name of an account`},
		{"another scheme", map[string]string{"DOCKER_HOST": "fd://3"}, config, "fd://3 (DOCKER_HOST) remote: an engine behind fd:// cannot be reached"},
		{"default port", map[string]string{"DOCKER_HOST": "tcp://h"}, config, "tcp://h:2375 (DOCKER_HOST) remote"},
		{"default port with TLS", map[string]string{"DOCKER_HOST": "tcp://h", "DOCKER_TLS_VERIFY": "1"}, config, "tcp://h:2376 (DOCKER_HOST) remote"},
		{"path", map[string]string{"DOCKER_HOST": "tcp://h:1/x"}, config, "tcp://h:1/x (DOCKER_HOST) remote: it is no address"},
		{"no address", map[string]string{"DOCKER_HOST": "docker.sock"}, config, "docker.sock (DOCKER_HOST) remote: it is no address"},
		{"no configuration", nil, "", defaultHost + "; " + podman},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, e := range endpoints(environment{get: func(name string) string { return test.env[name] }, config: test.config, home: test.env["HOME"]}) {
				s := e.String()
				if e.host != "" && e.remote() != "" {
					s += " remote"
				}
				if e.problem != nil {
					s += ": " + e.problem.Error()
				}
				got = append(got, s)
			}
			if all := strings.Join(got, "; "); !strings.HasPrefix(all, test.want) || len(got) != 1+strings.Count(test.want, "; ") {
				t.Errorf("got  %s\nwant %s", all, test.want)
			}
		})
	}
}

func TestConnectFindsNothing(t *testing.T) {
	dir, err := os.MkdirTemp("", "") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // the system sweeps it, too
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: closed, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close() // nobody listens, but the socket stays
	for name, want := range map[string]string{
		filepath.Join(dir, "none"): "there is no such socket. Start Docker",
		file:                       "nothing listens there. Start Docker",
		closed:                     "nothing listens there. Start Docker",
	} {
		t.Setenv("DOCKER_HOST", "unix://"+name)
		_, err := Connect(t.Context())
		var none *NoEngineError
		if !errors.As(err, &none) || len(none.Tried) != 1 || !strings.Contains(err.Error(), "unix://"+name+" (DOCKER_HOST): "+want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestNoEngineErrorTellsAll(t *testing.T) {
	err := &NoEngineError{Tried: []Attempt{
		{"unix:///var/run/docker.sock", &net.OpError{Op: "dial", Err: &os.SyscallError{Syscall: "connect", Err: syscall.EACCES}}},
		{"unix:///run/user/7/docker.sock (rootless)", fs.ErrNotExist},
		{"tcp://\x1b[31mh:1", errors.New("something \x1b]0;else\a")},
	}}
	want := "no container engine answers; tried unix:///var/run/docker.sock: permission denied, unix:///run/user/7/docker.sock (rootless): there is no such socket, " +
		"tcp://h:1: something . Give your account access to Docker (on Linux: sudo usermod -aG docker $USER, then log in again), or set DOCKER_HOST"
	if got := err.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the attempts' errors are not found")
	}
}

// TestNoEngineErrorIsShort names the first sockets that are not there, and all that is of interest.
func TestNoEngineErrorIsShort(t *testing.T) {
	err := &NoEngineError{Tried: []Attempt{
		{"a", fs.ErrNotExist}, {"b", fs.ErrNotExist}, {"c", fs.ErrNotExist}, {"d", syscall.ECONNREFUSED}, {"e", fs.ErrNotExist},
	}}
	want := "no container engine answers; tried a: there is no such socket, b: there is no such socket, d: nothing listens there, " +
		"and 2 more that are not there. Start Docker, or set DOCKER_HOST to the address of an engine that runs"
	if got := err.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConnectIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("DOCKER_HOST", "unix:///nowhere")
	if _, err := Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAddress(t *testing.T) {
	for words, want := range map[string]string{
		`Delete "http://%2Ftmp%2Fsock/v1.41/containers/00?force=1": context deadline exceeded`: "context deadline exceeded",
		`conflict: the image is in use`: "conflict: the image is in use",
		`it said "http is off`:          `it said "http is off`,
	} {
		if got := withoutAddress(words); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}
