// Package runner runs a task folder on a container engine as a MECA host does, and tells what came of it.
//
// [Run] is the whole story, a line one can read: build the folder's image, start a container of it with the task's limits, wait for
// the mark in its log and for port 8080, post the example, compare the answer, and remove whatever was made. It gives no error: all
// that happened stands in the [task.Report], and what is uncertain is never called passed.
//
// The engine is reached through the small interface [Engine]; [Docker] is the one that there is. Everything that comes back from an
// engine, a build or a container is foreign: it is bounded in size and time, and made plain before it is shown.
//
// What a host does, and why the details are as they are, is told in docs/hosts.md.
package runner
