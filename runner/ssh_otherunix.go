//go:build !windows && !linux

package runner

import "syscall"

// ownSession is a session of a program's own. Where this program is killed, it ends with its input.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
