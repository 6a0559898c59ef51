//go:build unix

package runner

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
)

func TestContextPassesSpecialFilesOver(t *testing.T) {
	path, dir := folder(t, map[string]string{"Dockerfile": "FROM scratch\n", "s/keep": ""})
	if err := syscall.Mkfifo(filepath.Join(path, "s", "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(path) // a socket's path is short
	l, err := net.Listen("unix", "s/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it was only there
	headers, _ := sent(t, dir)
	if len(headers) != 3 || headers["s/keep"] == nil {
		t.Errorf("sent are %v", headers)
	}
}
