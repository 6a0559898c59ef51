package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/container"
)

// dial connects to the task: through the session that waits, or a new one.
func (r *relay) dial(ctx context.Context) (net.Conn, error) {
	if err := r.ready(ctx); err != nil {
		return nil, fmt.Errorf("the relay does not start: %w", err)
	}
	for {
		s, waited, err := r.free(ctx)
		if err != nil {
			return nil, fmt.Errorf("the relay does not answer: %w", err)
		}
		err = s.ask(ctx)
		switch {
		case err == nil:
			return s, nil
		case errors.Is(err, ErrNotListening):
			r.keep(s)
			return nil, ErrNotListening
		}
		_ = s.Close() // it is of no more use
		if !waited || ctx.Err() != nil {
			return nil, err
		}
		// The one that had waited may have been cut meanwhile.
	}
}

// free gives a session, and whether it had waited.
func (r *relay) free(ctx context.Context) (s *relaySession, waited bool, err error) {
	r.mu.Lock()
	s, r.idle = r.idle, nil
	r.mu.Unlock()
	if s != nil {
		return s, true, nil
	}
	s, err = r.connect(ctx)
	return s, false, err
}

// keep lets a session wait for the next dial.
func (r *relay) keep(s *relaySession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle != nil {
		_ = r.idle.Close() // one is enough
	}
	r.idle = s
}

// connect starts a program in the relay, which waits to be asked.
func (r *relay) connect(ctx context.Context) (*relaySession, error) {
	d := r.way.d
	exec, err := d.api.ContainerExecCreate(ctx, relayContainer+r.short, container.ExecOptions{
		Cmd: []string{relayProgram, RelayVerb, RelayConnect}, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return nil, engineError(err)
	}
	conn, head, err := d.hijack(ctx, "/exec/"+url.PathEscape(exec.ID)+"/start", []byte(`{"Detach":false,"Tty":false}`))
	if err != nil {
		return nil, err
	}
	return &relaySession{Conn: conn, head: head}, nil
}

// hijack posts a request on a connection of its own, and takes the connection out of HTTP. What was read of it already is in the
// buffer. The connection outlives ctx.
func (d *Docker) hijack(ctx context.Context, path string, body []byte) (net.Conn, *bufio.Reader, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url(path), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "tcp")
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	release := whileDialing(ctx, conn)
	head := bufio.NewReaderSize(conn, 32<<10)
	var response *http.Response
	if err = request.Write(conn); err == nil {
		response, err = http.ReadResponse(head, request)
	}
	if err = release(err); err != nil {
		_ = conn.Close() // nothing came of it
		return nil, nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols && response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // its status is enough
		_ = conn.Close()          // nothing came of it
		return nil, nil, errors.New("the engine answered " + plain(response.Status))
	}
	return conn, head, nil
}

// whileDialing lets the end of ctx interrupt a connection until it is released. The error is then the context's.
func whileDialing(ctx context.Context, conn net.Conn) (release func(error) error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a connection that takes no deadline was closed
	return func(err error) error {
		if !stop() {
			return ctx.Err()
		}
		return err
	}
}

// A relaySession is a program in a relay, as the engine attaches it: what is written goes to its standard input, and frames come back.
// Standard output has the relay's answers, a line each, and after "open" the task's bytes; standard error tells how they ended. An
// engine that cannot start the program says so on standard output.
type relaySession struct {
	net.Conn
	head *bufio.Reader

	stream byte // of the frame that is being read
	left   int  // bytes of it
	ending relayLine
}

// ask has the relay connect to the task.
func (s *relaySession) ask(ctx context.Context) error {
	release := whileDialing(ctx, s.Conn)
	var answer relayLine
	_, err := s.Write([]byte{relayAsk})
	for err == nil && answer.whole == "" {
		if !s.hasData() {
			err = s.step()
			continue
		}
		err = s.read(&answer)
	}
	err = release(err)
	switch words := answer.String(); {
	case err != nil && words != "":
		return fmt.Errorf("the relay does not run: %s", plain(words))
	case err != nil:
		return fmt.Errorf("the relay was lost: %w", err)
	case words == relayOpen:
		return nil
	case words == relayClosed:
		return ErrNotListening
	default:
		return fmt.Errorf("the relay says: %s", plain(words))
	}
}

func (s *relaySession) hasData() bool { return s.left > 0 && s.stream == streamStdout }

// step reads the head of a frame, or a byte of how it ended.
func (s *relaySession) step() error {
	if s.left > 0 {
		return s.read(&s.ending)
	}
	head, err := s.head.Peek(8)
	if err != nil {
		return err
	}
	s.stream, s.left = head[0], int(binary.BigEndian.Uint32(head[4:]))
	if s.stream != streamStdout && s.stream != streamStderr {
		return fmt.Errorf("the relay's output has a frame of the stream %d", s.stream)
	}
	_, err = s.head.Discard(8)
	return err
}

// read reads a byte of a line.
func (s *relaySession) read(line *relayLine) error {
	c, err := s.head.ReadByte()
	if err == nil {
		s.left--
		line.take(c)
	}
	return err
}

// Read gives what the task says. Its end is io.EOF only where the relay has said so: a task that breaks off, and an engine that does,
// are no end of an answer. What the relay says of the end may overtake the task's last bytes: an engine carries the two streams apart.
func (s *relaySession) Read(p []byte) (int, error) {
	for !s.hasData() {
		err := s.step()
		switch {
		case errors.Is(err, io.EOF) && s.ending.whole == relayEnd:
			return 0, io.EOF
		case errors.Is(err, io.EOF) && s.ending.whole == relayBroken:
			return 0, syscall.ECONNRESET
		case err != nil:
			return 0, lost(err)
		}
	}
	n, err := s.head.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, lost(err)
}

// Write gives bytes to the task.
func (s *relaySession) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	return n, lost(err)
}

// lost marks the errors that are of the way. A deadline of our own is none.
func lost(err error) error {
	switch {
	case err == nil, errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		return err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return &lostError{err}
}

// A relayLine is a line that a relay says, as far as it was read.
type relayLine struct {
	part  []byte
	whole string
}

func (l *relayLine) take(c byte) {
	const longest = 1 << 10
	switch {
	case c == '\n':
		l.whole, l.part = string(l.part), nil
	case len(l.part) < longest:
		l.part = append(l.part, c)
	}
}

func (l *relayLine) String() string {
	if l.whole != "" {
		return l.whole
	}
	return string(l.part)
}
