//go:build !unix

package main

// ignoreBrokenPipe has nothing to do where a broken pipe is an error anyway.
func ignoreBrokenPipe() {}
