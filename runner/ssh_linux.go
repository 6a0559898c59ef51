package runner

import "syscall"

// ownSession is a session of a program's own. It ends with this program, also where this one is killed.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}
