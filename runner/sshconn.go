package runner

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// An sshConn is an ssh program whose standard input and output are a connection to somewhere. Closing it ends the program.
type sshConn struct {
	net.Conn               // this end of a pipe; the other one is the program's
	asked    chan struct{} // closed by the first Write; nil where Read does not wait for it
	ask      func()        // closes it; may be called again
	heard    atomic.Bool   // something was read
	said     *sshTail
	toPort   bool          // it leads to a port, of which ssh tells when it hangs up
	stop     func()        // asks the program to end, and kills it where it does not
	closed   atomic.Bool   // by this side
	done     chan struct{} // closed when the program is gone
	err      error         // valid once done is closed: why the connection is at its end, nil where that is sound
}

// sshEnding is how long an ssh program is given to end before it is killed.
const sshEnding = 500 * time.Millisecond

// start starts ssh. Neither the program nor the connection ends with ctx. Where asked is not nil, nothing is heard before something was
// asked: an HTTP client has no use for an answer, or an end, that is there before its request, and does not tell what it was.
func (h *sshHost) start(ctx context.Context, args []string, asked chan struct{}) (*sshConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lifetime, stop := context.WithCancel(context.WithoutCancel(ctx))
	cmd := exec.CommandContext(lifetime, "ssh", args...)
	apart(cmd)
	cmd.WaitDelay = sshEnding
	c := &sshConn{asked: asked, ask: func() {}, said: newSSHTail(), stop: stop, done: make(chan struct{})}
	if asked != nil {
		c.ask = sync.OnceFunc(func() { close(asked) })
	}
	cmd.Stderr = c.said
	in, err := cmd.StdinPipe()
	if err != nil {
		stop()
		return nil, notStarted(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		_ = in.Close() // nobody reads it
		return nil, notStarted(err)
	}
	var theirs net.Conn
	c.Conn, theirs = net.Pipe()
	h.mu.Lock()
	h.conns[c] = true
	h.mu.Unlock()
	go func() {
		_, _ = io.Copy(in, theirs) // it ends with either side, and the reading tells why
		_ = in.Close()             // the program may be gone
	}()
	go func() {
		_, _ = io.Copy(theirs, out) // it ends with either side
		_ = in.Close()              // without output the program is of no more use
		go c.wait(h, cmd)
		select {
		case <-c.said.hungUp:
		case <-c.done:
		}
		_ = theirs.Close() // it never fails
	}()
	return c, nil
}

// wait waits until the program is gone.
func (c *sshConn) wait(h *sshHost, cmd *exec.Cmd) {
	alarm := time.AfterFunc(sshEnding, c.stop)
	err := cmd.Wait()
	alarm.Stop()
	c.stop()
	c.err = h.ended(err, c.said.lines())
	h.mu.Lock()
	delete(h.conns, c)
	h.mu.Unlock()
	close(c.done)
}

// Read tells at the end why ssh has ended.
func (c *sshConn) Read(p []byte) (int, error) {
	if c.asked != nil {
		<-c.asked
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(true)
	}
	return n, c.why(err)
}

// Write gives no error where the other side hung up before its first word: whether it said one, and why it hung up, the next Read tells.
func (c *sshConn) Write(p []byte) (int, error) {
	defer c.ask()
	n, err := c.Conn.Write(p)
	if errors.Is(err, io.ErrClosedPipe) && c.asked != nil && !c.heard.Load() && !c.closed.Load() {
		return len(p), nil
	}
	if err = c.why(err); errors.Is(err, io.ErrClosedPipe) {
		err = syscall.EPIPE // as of any connection whose other side has hung up
	}
	return n, err
}

// why finds the cause of an error of the pipe.
func (c *sshConn) why(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	if c.closed.Load() {
		return net.ErrClosed
	}
	if c.toPort && isClosed(c.said.hungUp) { // ssh's own end, which comes after, is none of the task's
		return err
	}
	select {
	case <-c.done:
		if c.err != nil {
			return &lostError{c.err}
		}
	default: // the other side has hung up
	}
	return err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Close ends the program, and waits until it is gone.
func (c *sshConn) Close() error {
	c.closed.Store(true)
	_ = c.Conn.Close() // it never fails
	c.ask()
	c.stop()
	<-c.done
	return nil
}

// An sshTail keeps the last lines that ssh says, without those for its debugging. Of these it takes what ssh says of a forwarded port,
// and nowhere else. The connection is made: "channel 0: open confirm" where it did so itself, "master session id" where another ssh of
// the person's did so for it. The other side has hung up: "channel 0: rcvd eof"; without this, only the program's end tells whether
// that was the task or the connection.
type sshTail struct {
	connected, hungUp chan struct{} // closed by that

	mu                   sync.Mutex // guards all below
	line                 []byte     // unfinished
	last                 []string
	isConnected, isEnded bool
}

func newSSHTail() *sshTail {
	return &sshTail{connected: make(chan struct{}), hungUp: make(chan struct{})}
}

func (t *sshTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const longest = 1 << 10
	for _, b := range p {
		if b != '\n' {
			if len(t.line) < longest {
				t.line = append(t.line, b)
			}
			continue
		}
		t.take(string(bytes.TrimSpace(t.line)))
		t.line = t.line[:0]
	}
	return len(p), nil
}

// take takes a line. The caller holds mu.
func (t *sshTail) take(line string) {
	debug := strings.HasPrefix(line, "debug")
	switch {
	case !debug:
	case !t.isConnected && (strings.Contains(line, ": open confirm ") || strings.Contains(line, "master session id")):
		t.isConnected = true
		close(t.connected)
	case !t.isEnded && strings.HasSuffix(line, ": rcvd eof"):
		t.isEnded = true
		close(t.hungUp)
	}
	const kept = 4
	if line == "" || debug || strings.HasPrefix(line, "OpenSSH_") || strings.HasPrefix(line, "Authenticated to ") {
		return
	}
	if t.last = append(t.last, line); len(t.last) > kept {
		t.last = t.last[1:]
	}
}

func (t *sshTail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if rest := strings.TrimSpace(string(t.line)); rest != "" {
		t.take(rest)
		t.line = nil
	}
	return t.last
}
