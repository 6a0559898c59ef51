//go:build !unix

package task

// nonblock has no meaning where there are no FIFOs in folders.
const nonblock = 0
