package runner

import (
	"io"
	"sync"
	"time"
)

// lastLines is how many lines of output a report keeps.
const lastLines = 50

// An output drains what a container prints, to its end and whatever it is, in bounded memory: it looks for the mark, shows lines while
// the gate is open, and keeps the last ones.
type output struct {
	marked chan struct{} // closed when the log has the mark
	done   chan struct{} // closed when the output has ended

	mu     sync.Mutex // guards all below
	stdout markScanner
	stderr markScanner
	markAt time.Time // when the log got the mark
	last   *tail
	err    error // why the output broke off; nil for an end
}

// drain reads a container's multiplexed output in the background, until it ends or is closed.
func drain(r io.ReadCloser, t *teller) *output {
	o := &output{marked: make(chan struct{}), done: make(chan struct{}), last: newTail(lastLines)}
	go o.read(r, t)
	return o
}

func (o *output) read(r io.ReadCloser, t *teller) {
	defer close(o.done)
	g := containerGate()
	cutter := func(stream string) *lineCutter {
		return &lineCutter{each: func(line []byte) {
			o.keep(line)
			g.show(t, stream, line)
		}}
	}
	out, errs := cutter(fromStdout), cutter(fromStderr)
	err := demux(r,
		func(p []byte) { o.look(p); out.write(p) },
		func(p []byte) { o.lookAside(p); errs.write(p) })
	_ = r.Close() // all that it had was read
	out.flush()
	errs.flush()
	o.end(err)
}

func (o *output) keep(line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last.add(line)
}

// look searches stdout.
func (o *output) look(p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stdout.seen {
		return
	}
	o.stdout.write(p)
	o.announce()
}

// lookAside searches stderr, for the message alone: no host reads it.
func (o *output) lookAside(p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stderr.write(p)
}

func (o *output) end(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	if !o.stdout.seen {
		o.stdout.close()
		o.announce()
	}
	o.stderr.close()
}

// announce tells that the mark has come, if it has. The caller holds mu, and has made sure that it was not told before.
func (o *output) announce() {
	if o.stdout.seen {
		o.markAt = time.Now()
		close(o.marked)
	}
}

// A markState is what an output showed of the mark so far.
type markState struct {
	seen     bool      // on stdout, in the log
	at       time.Time // when
	waiting  bool      // on stdout, but its line goes on
	onStderr bool
}

func (o *output) mark() markState {
	o.mu.Lock()
	defer o.mu.Unlock()
	return markState{
		seen: o.stdout.seen, at: o.markAt,
		waiting:  o.stdout.waiting && !o.stdout.seen,
		onStderr: o.stderr.waiting || o.stderr.seen,
	}
}

// lastLines gives the last lines, made plain.
func (o *output) lastLines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last.plain()
}

// broken is why the output broke off; nil where it has not, or has ended well.
func (o *output) broken() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
