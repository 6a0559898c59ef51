//go:build !unix

package main

// noFollow has no meaning here: that the file is no link is looked at before it is opened.
const noFollow = 0
