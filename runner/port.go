package runner

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// silences are how long a new connection must stay open and silent to count as accepted by the task. In front of a published port
// stands the engine's proxy, which accepts in any case, and closes at once where nothing listens behind it; at once can be long on a
// busy machine. The first is for the connection that the request is tried on, where the kernel does not tell who listens; the next where
// that turns out to have been the proxy.
func silences() []time.Duration {
	return []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, time.Second}
}

// A dialer makes a connection to the task's port, with the errors of Engine.Dial.
type dialer func(context.Context) (net.Conn, error)

func (r *run) dial(ctx context.Context) (net.Conn, error) {
	return r.engine.Dial(ctx, r.container.id, r.address)
}

// An openConn is a connection that the task has accepted. What it may have said already is read again.
type openConn struct {
	net.Conn
	began time.Time // when it was tried
	made  time.Time // when it was made
	said  []byte
}

func (c *openConn) Read(p []byte) (int, error) {
	if len(c.said) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.said)
	c.said = c.said[n:]
	return n, nil
}

// probe connects to the task's port, without asking anything. No silence means that the connection is known to be the task's. The errors
// are those of Engine.Dial.
func probe(ctx context.Context, dial dialer, silence time.Duration) (*openConn, error) {
	began := time.Now()
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	made := time.Now()
	if silence == 0 {
		return &openConn{Conn: conn, began: began, made: made}, nil
	}
	var first [1]byte
	err = conn.SetReadDeadline(time.Now().Add(silence))
	n := 0
	if err == nil {
		n, err = conn.Read(first[:])
	}
	if n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		if err = conn.SetReadDeadline(time.Time{}); err == nil {
			return &openConn{Conn: conn, began: began, made: made, said: first[:n]}, nil
		}
	}
	_ = conn.Close() // there is nothing to save
	return nil, ErrNotListening
}

// awaitPort waits until the task listens, and keeps the first connection that it accepts for the request.
func (r *run) awaitPort(ctx context.Context, readyBy time.Time) error {
	wait := min(10*time.Second, max(2*time.Second, time.Until(readyBy)))
	r.listenBy = time.Now().Add(wait)
	r.report.Listen = &task.Listen{}
	return r.openPort(ctx, silences()[0], task.PhaseReady)
}

// awaitPortAgain does so where the proxy had looked like the task.
func (r *run) awaitPortAgain(ctx context.Context, silence time.Duration) error {
	if soonest := time.Now().Add(2 * time.Second); r.listenBy.Before(soonest) {
		r.listenBy = soonest
	}
	return r.openPort(ctx, silence, task.PhaseAnswer)
}

// openPort connects again and again until the task accepts. To another machine the way may be slow: there a connection that was begun in
// time is waited for, since only an answer tells of the task.
func (r *run) openPort(ctx context.Context, silence time.Duration, during task.Phase) error {
	limited, cancel := context.WithDeadline(ctx, r.listenBy)
	defer cancel()
	dialing := limited
	if r.far {
		dialing = ctx
	}
	listen, began := r.report.Listen, time.Now()
	refused, lost := 0, 0
	var unanswered error
	for rest := time.Millisecond; limited.Err() == nil; rest = min(2*rest, 25*time.Millisecond) {
		if r.hasEnded() {
			return r.ended(ctx, during)
		}
		wait := silence
		if during == task.PhaseReady && listens(r.process, r.container.id) { // asked before, so that the proxy finds it open
			wait = 0
		}
		conn, err := probe(dialing, r.dial, wait)
		if err == nil {
			r.accepted(conn, refused > 0)
			listen.WaitedTime += time.Since(began)
			return nil
		}
		const tries = 3
		switch {
		case errors.Is(err, ErrNotListening):
			refused, lost = refused+1, 0
		case dialing.Err() != nil: // the end of the time is no answer
		case lost+1 == tries:
			return unreachable(err)
		default:
			lost, unanswered = lost+1, err
		}
		pause(limited, rest)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case refused == 0 && unanswered != nil:
		return unreachable(unanswered)
	}
	listen.Open, listen.MarkToOpen = false, nil
	listen.WaitedTime += time.Since(began)
	listen.Others = r.listeners(ctx)
	if r.report.OutOfMemory = r.container.outOfMemory(ctx); r.report.OutOfMemory {
		return r.outOfMemory()
	}
	return notListening(listen)
}

// unreachable is the verdict where the way to the task is closed: it is not known whether the task listens.
func unreachable(err error) error {
	return trouble("the task's port cannot be reached: %s", plain(err.Error()))
}

// farFromMark is how soon after the mark a first connection to another machine must be made to tell that the port was open by then.
const farFromMark = 100 * time.Millisecond

// accepted notes an open port. A port that was open at the first try was open when the mark came, as far as a host could tell. A host
// is on the engine's machine: from another one the first try may come so late that this is not known.
func (r *run) accepted(conn *openConn, late bool) {
	r.conn = conn
	l, mark := r.report.Listen, r.container.out.mark().at
	l.Open = true
	switch {
	case late:
		gap := conn.began.Sub(mark)
		l.MarkToOpen = &gap
	case l.MarkToOpen == nil && !(r.far && conn.made.Sub(mark) > farFromMark):
		l.MarkToOpen = new(time.Duration)
	}
}

// listeners asks the container's kernel what it does listen on. Images without cat leave that unknown.
func (r *run) listeners(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out, err := r.engine.Output(ctx, r.container.id, "cat", "/proc/net/tcp", "/proc/net/tcp6")
	if err != nil {
		return nil
	}
	return listening(string(out))
}
