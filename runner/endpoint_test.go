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
	for _, test := range []struct {
		name   string
		env    map[string]string
		config string
		want   string
	}{
		{"nothing is said", nil, t.TempDir(), defaultHost},
		{"rootless", map[string]string{"XDG_RUNTIME_DIR": "/run/user/7"}, t.TempDir(), defaultHost + "; unix:///run/user/7/docker.sock (rootless)"},
		{"DOCKER_HOST goes first", map[string]string{"DOCKER_HOST": "tcp://h:1", "DOCKER_CONTEXT": "far"}, config, "tcp://h:1 (DOCKER_HOST) remote"},
		{"current context", nil, config, fmt.Sprintf("unix:///home/u/.docker/desktop/docker.sock (Docker context \"desktop\" of %s)", filepath.Join(config, "config.json"))},
		{"DOCKER_CONTEXT", map[string]string{"DOCKER_CONTEXT": "far"}, config, `tcp://far:2376 (Docker context "far" of DOCKER_CONTEXT) remote`},
		{"default context", map[string]string{"DOCKER_CONTEXT": "default"}, config, defaultHost},
		{"unknown context", map[string]string{"DOCKER_CONTEXT": "x"}, config, `Docker context "x" of DOCKER_CONTEXT: there is no such context`},
		{"broken context", map[string]string{"DOCKER_CONTEXT": "broken"}, config, `Docker context "broken" of DOCKER_CONTEXT: its file cannot be read`},
		{"ssh", map[string]string{"DOCKER_CONTEXT": "shell"}, config, `ssh://me@far (Docker context "shell" of DOCKER_CONTEXT) remote: not yet supported: an engine behind ssh://`},
		{"no address", map[string]string{"DOCKER_HOST": "docker.sock"}, config, "docker.sock (DOCKER_HOST) remote: it is no address"},
		{"no configuration", nil, "", defaultHost},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, e := range endpoints(environment{get: func(name string) string { return test.env[name] }, config: test.config}) {
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
