//go:build !windows

package runner

// defaultHost is where an engine listens by default.
const defaultHost = "unix:///var/run/docker.sock"
