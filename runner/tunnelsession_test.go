package runner

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// session gives a session whose relay says these frames once it is asked, in pieces of a few bytes, and then hangs up.
func session(t *testing.T, piece int, frames ...string) *relaySession {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = theirs.Close() }() // it never fails
		if _, err := theirs.Read(make([]byte, 1)); err != nil {
			return
		}
		for all := strings.Join(frames, ""); all != ""; all = all[min(piece, len(all)):] {
			if _, err := theirs.Write([]byte(all[:min(piece, len(all))])); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = ours.Close(); <-done }) // it never fails
	return &relaySession{Conn: ours, head: bufio.NewReaderSize(ours, 32<<10)}
}

// TestRelaySession reads what relays and engines may say, in pieces of every size.
func TestRelaySession(t *testing.T) {
	open := frame(streamStdout, "open\n")
	for name, test := range map[string]struct {
		frames []string
		want   string // of ask, else what is read
		err    error  // of reading; nil for a sound end
	}{
		"answer":              {[]string{open, frame(streamStdout, "hello"), frame(streamStderr, "end\n")}, "hello", nil},
		"one frame":           {[]string{frame(streamStdout, "open\nhello"), frame(streamStderr, "end\n")}, "hello", nil},
		"pieces":              {[]string{frame(streamStdout, "op"), frame(streamStdout, "en\nhel"), frame(streamStdout, "lo"), frame(streamStderr, "e"), frame(streamStderr, "nd\n")}, "hello", nil},
		"the end overtakes":   {[]string{frame(streamStderr, "end\n"), open, frame(streamStdout, "hello")}, "hello", nil},
		"nothing":             {[]string{open, frame(streamStderr, "end\n")}, "", nil},
		"empty frames":        {[]string{frame(streamStdout, ""), open, frame(streamStdout, ""), frame(streamStderr, ""), frame(streamStderr, "end\n")}, "", nil},
		"the task's words":    {[]string{open, frame(streamStdout, "closed\n"), frame(streamStderr, "end\n")}, "closed\n", nil},
		"broken":              {[]string{open, frame(streamStdout, "hel"), frame(streamStderr, "broken\n")}, "hel", syscall.ECONNRESET},
		"the break overtakes": {[]string{frame(streamStderr, "broken\n"), open, frame(streamStdout, "hel")}, "hel", syscall.ECONNRESET},
		"lost":                {[]string{open, frame(streamStdout, "hel")}, "hel", io.ErrUnexpectedEOF},
		"lost in a frame":     {[]string{open, frame(streamStdout, "hello")[:11]}, "hel", io.ErrUnexpectedEOF},
		"closed":              {[]string{frame(streamStdout, "closed\n")}, "nothing listens there", nil},
		"trouble":             {[]string{frame(streamStdout, "the container has no \x1b[31maddress\n")}, "the relay says: the container has no address", nil},
		"not started":         {[]string{frame(streamStdout, "OCI runtime exec failed: no such file")}, "the relay does not run: OCI runtime exec failed: no such file", nil},
		"hung up":             {nil, "the relay was lost: EOF", nil},
		"no frames":           {[]string{"HTTP/1.1 500 Oh"}, "the relay was lost: the relay's output has a frame of the stream 72", nil},
		"endless line":        {[]string{frame(streamStdout, strings.Repeat("x", 5000)+"\n")}, "the relay says: " + strings.Repeat("x", 300), nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, piece := range []int{1, 3, 7, 1 << 20} {
				s := session(t, piece, test.frames...)
				var got string
				err := s.ask(t.Context())
				if err != nil {
					got, err = err.Error(), nil
				} else {
					var b []byte
					b, err = io.ReadAll(s)
					got = string(b)
				}
				if len(test.want) > 300 && strings.HasPrefix(got, test.want[:300]) {
					continue
				}
				if got != test.want || !errors.Is(err, test.err) {
					t.Errorf("in pieces of %d: got %q, %v, want %q, %v", piece, got, err, test.want, test.err)
				}
			}
		})
	}
}

// TestRelaySessionDeadline goes on after a deadline where it was, also in the middle of a frame's head.
func TestRelaySessionDeadline(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }() // they never fail
	s := &relaySession{Conn: ours, head: bufio.NewReaderSize(ours, 32<<10)}
	all := frame(streamStdout, "hello")
	type result struct {
		said string
		err  error
	}
	for at := range len(all) {
		read := make(chan result)
		go func() {
			p := make([]byte, 8)
			n, err := s.Read(p)
			read <- result{string(p[:n]), err}
		}()
		if _, err := theirs.Write([]byte(all[at : at+1])); err != nil { // it returns when the byte was taken
			t.Fatal(err)
		}
		const head = 8
		if at >= head {
			if got := <-read; got.err != nil || got.said != all[at:at+1] {
				t.Fatalf("byte %d: got %q, %v", at, got.said, got.err)
			}
			continue
		}
		if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if got := <-read; !errors.Is(got.err, os.ErrDeadlineExceeded) {
			t.Fatalf("byte %d: got %q, %v", at, got.said, got.err)
		}
		if err := s.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRelaySessionLosesItsWay writes where no way leads any more, of which the engine's machine cannot tell: that is not the task's fault.
func TestRelaySessionLosesItsWay(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }() // they never fail
	s := &relaySession{Conn: strandedConn{ours}}
	var l *lostError
	if _, err := s.Write([]byte("x")); !errors.As(err, &l) {
		t.Errorf("got %v", err)
	}
}

// A strandedConn finds no way for what is written.
type strandedConn struct{ net.Conn }

func (strandedConn) Write([]byte) (int, error) { return 0, syscall.EHOSTUNREACH }

// TestRelaySessionIsCancelled lets go of a relay that does not answer.
func TestRelaySessionIsCancelled(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }() // they never fail
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = theirs.Read(make([]byte, 1)) // it was asked
		cancel()
	}()
	s := &relaySession{Conn: ours, head: bufio.NewReaderSize(ours, 32<<10)}
	if err := s.ask(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
