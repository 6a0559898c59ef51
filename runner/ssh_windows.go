package runner

import (
	"os/exec"
	"syscall"
)

// apart gives a program a group of its own: a Ctrl-C at the terminal is this program's alone, which still needs its connections to
// remove what it has made.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}
