//go:build !linux

package clocktest

import (
	"testing"
	"time"
)

// Spent gives the time that f takes, of which this system does not tell what was the processor's.
func Spent(t testing.TB, f func()) time.Duration {
	t.Helper()
	began := time.Now()
	f()
	return time.Since(began)
}
