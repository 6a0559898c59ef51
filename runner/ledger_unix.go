//go:build unix

package runner

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock locks a file until it is closed, by whatever end of its process. It is errLocked where another open file has the lock.
func tryLock(file *os.File) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var locking error
	err = conn.Control(func(fd uintptr) { locking = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(locking, unix.EWOULDBLOCK) {
		return errLocked
	}
	return errors.Join(err, locking)
}

// ownFolder makes sure that a folder is a real one, this person's, and shut to others as far as that.
func ownFolder(info fs.FileInfo, shut fs.FileMode) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link; remove it")
	case !info.IsDir():
		return errors.New("is no folder; remove it")
	case !ok || int(stat.Uid) != os.Geteuid():
		return errors.New("belongs to another user; remove it")
	case info.Mode().Perm()&shut != 0:
		return errors.New("is open to other users; remove it, or close it with chmod 700")
	default:
		return nil
	}
}

// detach lets a program outlive the end of this one's terminal and process group, and a kill of that group.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// closeInherited keeps the files that this process was started with, and does not know of, from being passed on: who waits for their
// end would wait for the watchdog, too.
func closeInherited() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return // then they are passed on
	}
	for _, f := range open {
		if fd, err := strconv.Atoi(f.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
