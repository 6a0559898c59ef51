//go:build !linux && !darwin

package runner

// freeDisk is not known here: engines run in a virtual machine.
func freeDisk(string) *int64 { return nil }
