package runner

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// tryLock locks a file until it is closed, by whatever end of its process. It is errLocked where another open file has the lock. The
// lock is far behind the file's end: it would keep others from reading what it covers.
func tryLock(file *os.File) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var locking error
	err = conn.Control(func(handle uintptr) {
		at := &windows.Overlapped{OffsetHigh: 1 << 30}
		locking = windows.LockFileEx(windows.Handle(handle), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	})
	if errors.Is(locking, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return errors.Join(err, locking)
}

// ownFolder makes sure that a folder is a real one. That it is closed to others is for the person's profile, which it is in.
func ownFolder(info fs.FileInfo, _ fs.FileMode) error {
	switch {
	case info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0:
		return errors.New("is a link; remove it")
	case !info.IsDir():
		return errors.New("is no folder; remove it")
	default:
		return nil
	}
}

// detach lets a program outlive the end of this one's console.
func detach(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}

// closeInherited has nothing to do: a program is passed only the handles that it is meant to have.
func closeInherited() {}
