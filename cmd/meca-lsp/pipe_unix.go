//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe makes a write to a closed standard output an error, instead of the end of the program.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
