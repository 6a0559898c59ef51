package clocktest

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Spent gives the processor's time that f takes, in this goroutine alone.
func Spent(t testing.TB, f func()) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := used(t)
	f()
	return used(t) - before
}

// used is what this thread has used so far.
func used(t testing.TB) time.Duration {
	const thisThread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thisThread, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
