// Package bench measures what no test may hold against a busy machine: how long a run takes beside the commands that it spares, how much
// memory it needs for a flood, how soon a cancelled container is gone. Its README.md has the figures.
//
// `make bench` runs it. MECA_BENCH is how often each thing is measured; without it nothing is.
package bench
