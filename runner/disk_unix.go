//go:build linux || darwin

package runner

import "syscall"

// freeDisk is how many bytes may still be written below a path; nil where that cannot be known.
func freeDisk(path string) *int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return nil
	}
	free := int64(s.Bavail) * int64(s.Bsize) //nolint:unconvert // its type is another on another system
	return &free
}
