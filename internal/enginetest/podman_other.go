//go:build !linux

package enginetest

import "testing"

// Podman skips the test: its service runs on Linux alone.
func Podman(t testing.TB) string {
	t.Helper()
	t.Skip("this test starts Podman's service, which runs on Linux alone")
	return ""
}
