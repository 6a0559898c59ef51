package enginetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/runner"
)

// podmanConf keeps to limits that a machine which is itself a container can give: Podman's own are higher than those.
const podmanConf = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n"

// Podman starts a service of the Podman that is installed, with storage of its own, and gives its address. It ends with the test. Where
// there is no Podman, or none can be started, the test is skipped, unless MECA_TEST_PODMAN is "required": then it fails.
func Podman(t testing.TB) string {
	t.Helper()
	giveUp := t.Skipf
	if os.Getenv("MECA_TEST_PODMAN") == "required" {
		giveUp = t.Fatalf
	}
	if _, err := exec.LookPath("podman"); err != nil {
		giveUp("this test needs Podman: %v", err)
	}
	if os.Geteuid() != 0 {
		giveUp("this test starts Podman with storage of its own, for which it must be root")
	}
	dir, err := os.MkdirTemp("", "podman") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "containers.conf")
	if err := os.WriteFile(conf, []byte(podmanConf), 0o600); err != nil {
		t.Fatal(err)
	}
	host := "unix://" + filepath.Join(dir, "sock")
	storage := []string{"--root", filepath.Join(dir, "root"), "--runroot", filepath.Join(dir, "run"), "--tmpdir", filepath.Join(dir, "tmp"),
		"--cgroup-manager=cgroupfs", "--events-backend=file"}
	service := exec.Command("podman", append(storage, "system", "service", "--time=0", host)...)
	service.Env = append(os.Environ(), "CONTAINERS_CONF="+conf)
	log := &strings.Builder{}
	said, err := service.StderrPipe()
	if err == nil {
		err = service.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(log, io.LimitReader(said, 64<<10)) // what it says is for the message alone
		_, _ = io.Copy(io.Discard, said)
		_ = service.Wait() // it is ended by a signal
	}()
	t.Cleanup(func() {
		if err := service.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-ended
		removeStorage(t, dir)
	})
	if err := awaitEngine(host, ended); err != nil {
		giveUp("Podman does not start: %v", err)
	}
	return host
}

// awaitEngine waits until an engine answers, or has ended.
func awaitEngine(host string, ended <-chan struct{}) error {
	limit := time.After(time.Minute)
	for {
		engine, err := runner.ConnectTo(context.Background(), host)
		if err == nil {
			engine.Close()
			return nil
		}
		select {
		case <-ended:
			return errors.New("it ended at once")
		case <-limit:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// removeStorage removes Podman's folder. It mounts a folder of it upon itself; and for five minutes after a command in a container a
// process of its stays, which would then make the folder anew.
func removeStorage(t testing.TB, dir string) {
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Error(err)
	}
	for _, path := range processes {
		words, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(words), "conmon\x00") || !strings.Contains(string(words), dir+"/") {
			continue // it has ended, or is another's
		}
		if id, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			_ = syscall.Kill(id, syscall.SIGKILL) // it may have ended by now
		}
	}
	_ = syscall.Unmount(filepath.Join(dir, "root", "overlay"), syscall.MNT_DETACH) // it may not be mounted any more
	if err := os.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
