package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// The bounds of an answer, in bytes.
const (
	answerSlack = 64 << 10 // that are kept beyond the length of the expected answer
	maxHeaders  = 1 << 20
)

// maxRedirects is how many a host follows.
const maxRedirects = 10

// An exchange is one request and its answer.
type exchange struct {
	example *example
	conn    *openConn     // for the first request; redirects make their own
	dial    dialer        // of the task's port
	address string        // what the port is called in the request
	limit   time.Duration // of the deadline, for the message
	began   time.Time     // when the task was asked

	answer task.Answer
	lost   *lostError // why the answer did not get here, which is not the task's fault
	more   bool       // the answer goes on with something that is no white space
	read   atomic.Int64
}

// heard reports whether any byte of an answer came.
func (x *exchange) heard() bool { return x.read.Load() > 0 }

// post sends the example and reads the answer. What goes wrong with the task stands in the answer; an error is the example's.
func (x *exchange) post(ctx context.Context) error {
	x.answer = task.Answer{DiffAt: -1, Expected: x.example.expected}
	body, err := x.example.question()
	if err != nil {
		_ = x.conn.Close() // nothing was asked
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+x.address+"/", body)
	if err != nil {
		_ = body.Close() // it was only read
		return trouble("the request cannot be made: %v", err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.ContentLength, q.GetBody = x.example.input.size, x.example.question
	if q.ContentLength == 0 {
		q.Body, q.GetBody = http.NoBody, nil
	}
	client, done := x.client()
	defer done()
	response, err := client.Do(q)
	if err == nil {
		x.answer.Status = response.StatusCode
		err = x.readBody(response.Body)
		_ = response.Body.Close() // all that is of interest was read
	}
	var v *verdict
	if errors.As(err, &v) {
		return v
	}
	x.explain(ctx, err)
	return nil
}

// client makes a client that reaches one port alone, without proxies, cookies, compression or a second use of a connection. done
// closes the connection that was not used.
func (x *exchange) client() (c *http.Client, done func()) {
	first := x.conn
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if conn := first; conn != nil {
				first = nil
				return newPatientConn(conn, &x.read), nil
			}
			conn, err := x.connect(ctx)
			if err != nil {
				return nil, err
			}
			return newPatientConn(conn, &x.read), nil
		},
	}
	c = &http.Client{Transport: transport, CheckRedirect: func(to *http.Request, via []*http.Request) error {
		if to.URL.Host != x.address || to.URL.Scheme != "http" {
			return http.ErrUseLastResponse // what the task answered is the answer; nobody else is asked
		}
		if len(via) >= maxRedirects {
			return fmt.Errorf("it redirects more than %d times", maxRedirects)
		}
		return nil
	}}
	return c, func() {
		transport.CloseIdleConnections()
		_ = x.conn.Close() // closed already, if it was used
	}
}

// connect makes another connection to the task. Where the way there is the trouble, the error says so.
func (x *exchange) connect(ctx context.Context) (net.Conn, error) {
	conn, err := x.dial(ctx)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrNotListening) {
		return conn, err
	}
	if known := (*lostError)(nil); errors.As(err, &known) {
		return nil, err
	}
	return nil, &lostError{err}
}

// A patientConn counts what it reads. It hears nothing before the request has begun, so that a task that speaks first has answered
// wrongly like any other; and it lets a request go on when the task stops listening to it: an answer may come all the same. A write on
// a connection that the client has closed is no error either: what it was closed for says more.
type patientConn struct {
	net.Conn
	read  *atomic.Int64
	begin func()          // begins to hear; may be called again
	begun <-chan struct{} // closed by begin
}

func newPatientConn(c net.Conn, read *atomic.Int64) *patientConn {
	begun := make(chan struct{})
	return &patientConn{Conn: c, read: read, begun: begun, begin: sync.OnceFunc(func() { close(begun) })}
}

func (c *patientConn) Read(p []byte) (int, error) {
	<-c.begun
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c *patientConn) Write(p []byte) (int, error) {
	defer c.begin()
	n, err := c.Conn.Write(p)
	for _, hungUp := range []error{syscall.EPIPE, syscall.ECONNRESET, net.ErrClosed} {
		if errors.Is(err, hungUp) {
			return len(p), nil
		}
	}
	return n, err
}

func (c *patientConn) Close() error {
	defer c.begin()
	return c.Conn.Close()
}

// readBody reads the answer, keeps what can decide the comparison, and stops where the rest cannot change it.
func (x *exchange) readBody(r io.Reader) error {
	a := &x.answer
	keep := int64(len(x.example.expected) + answerSlack)
	kept, err := io.ReadAll(io.LimitReader(r, keep))
	a.Body, a.Bytes = kept, int64(len(kept))
	if err != nil || a.Bytes < keep {
		return err
	}
	// A character may stand across the border: it belongs to the rest.
	whole := len(kept) - unfinished(kept)
	rest := append([]byte(nil), kept[whole:]...)
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		a.Bytes += int64(n)
		if n > 0 {
			a.Truncated = true
			rest = append(rest, buf[:n]...)
			rest = trimStart(rest)
			if len(rest) > unfinished(rest) {
				x.more = true
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			x.more = a.Truncated && len(rest) > 0
			if a.Truncated && !x.more {
				a.Body = kept[:whole]
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// trimStart cuts white space from the front, in place.
func trimStart(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	return b
}

// unfinished is the length of a character at the end of b that needs more bytes; 0 where there is none.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// explain writes why there is no whole answer.
func (x *exchange) explain(ctx context.Context, err error) {
	a := &x.answer
	switch {
	case err == nil:
	case errors.As(err, &x.lost):
		a.Failure = plain(x.lost.Error())
	case ctx.Err() != nil:
		a.TimedOut, a.Failure = true, fmt.Sprintf("the deadline of %s passed", task.Duration(x.limit))
	case !x.heard():
		a.Failure = "the connection was closed without an answer"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		a.Failure = "the connection was closed in the middle of the answer"
	default:
		words := err.Error()
		if i := strings.LastIndex(words, "\": "); i >= 0 {
			words = words[i+len("\": "):] // behind the method and address
		}
		words = strings.TrimPrefix(words, "net/http: HTTP/1.x transport connection broken: ")
		a.Failure = plain(words)
	}
}
