//go:build unix

package task

import "syscall"

// nonblock lets the opening of a FIFO without a writer return at once.
const nonblock = syscall.O_NONBLOCK
