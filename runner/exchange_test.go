package runner

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/fstest"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestLostBeforeTheBody loses the way to the task between the head of the request and its body: the client closes the connection at
// once, and the body's write finds it closed. The cause is what was lost, and not that.
func TestLostBeforeTheBody(t *testing.T) {
	dir := fstest.MapFS{task.InputFile: {Data: []byte("a question")}, task.OutputFile: {Data: []byte("an answer")}}
	example, err := readExample(dir)
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	defer func() { _ = there.Close() }() // a test's connection
	conn := &losingConn{Conn: here, closed: make(chan struct{})}
	x := &exchange{example: example, conn: &openConn{Conn: conn}, address: "task:8080", limit: time.Minute}
	go func() { _, _ = io.Copy(io.Discard, there) }() // it takes the head
	if err := x.post(context.Background()); err != nil {
		t.Fatal(err)
	}
	if x.lost == nil {
		t.Errorf("got %q", x.answer.Failure)
	}
}

// TestLostBeforeAnother asks again where the way to the task is lost meanwhile, and where the task has closed its port. Only the
// latter is the task's.
func TestLostBeforeAnother(t *testing.T) {
	for _, closed := range []bool{false, true} {
		r, x := &run{}, &exchange{address: "task:8080", limit: time.Minute}
		x.dial = func(context.Context) (net.Conn, error) {
			if closed {
				return nil, ErrNotListening
			}
			return nil, errors.New("a cable")
		}
		if err := r.postAgain(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if lost := x.lost != nil; lost == closed || x.answer.Failure == "" {
			t.Errorf("closed %v: got %q, lost %v", closed, x.answer.Failure, lost)
		}
	}
}

// A losingConn loses its way when the first write is through; the second waits until the connection is closed.
type losingConn struct {
	net.Conn
	writes int
	closed chan struct{}
}

func (c *losingConn) Read([]byte) (int, error) { return 0, &lostError{errors.New("a cable")} }

func (c *losingConn) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 1 {
		<-c.closed
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func (c *losingConn) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return c.Conn.Close()
}
