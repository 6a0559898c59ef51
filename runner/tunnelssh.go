package runner

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/docker/docker/api/types"
)

// sshWay leads to the containers of an engine behind ssh: ssh's own connection goes on, on that machine, to the port that the engine
// publishes on its loopback interface. No port is opened here.
type sshWay struct{ *sshHost }

func (sshWay) unreachable(types.Version) string    { return "" }
func (sshWay) lay(context.Context, string) error   { return nil }
func (sshWay) laid(context.Context, string)        {}
func (sshWay) leave(context.Context, string) error { return nil }

// dial returns once the connection on the other machine is made.
func (w sshWay) dial(ctx context.Context, _, binding string) (net.Conn, error) {
	if _, err := onlyLoopback([]string{binding}); err != nil {
		return nil, err
	}
	conn, err := w.forward(ctx, binding)
	var shared *sharedError
	if errors.As(err, &shared) {
		conn, err = w.forward(ctx, binding, "-o", "ControlPath=none")
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// forward connects to a port of the other machine's.
func (w sshWay) forward(ctx context.Context, binding string, more ...string) (*sshConn, error) {
	args := append(w.options(), more...)
	c, err := w.start(ctx, append(args, "-vv", "-W", binding, "--", w.name), nil)
	if err != nil {
		return nil, err
	}
	c.toPort = true
	select {
	case <-c.said.connected:
		return c, nil
	case <-ctx.Done():
		_ = c.Close() // it never fails
		return nil, ctx.Err()
	case <-c.done:
	}
	_ = c.Close() // it never fails
	return nil, forwardError(c.said.lines(), c.err)
}

// A sharedError is what ssh says of any refusal where another ssh of the person's made the connection for it: one of its own tells more.
type sharedError struct{ words string }

func (e *sharedError) Error() string { return plain(e.words) }

// forwardError tells a port that is closed from a connection that failed.
func forwardError(said []string, err error) error {
	words := strings.Join(said, " ")
	switch {
	case strings.Contains(words, "open failed: connect failed"):
		return ErrNotListening
	case strings.Contains(words, "administratively prohibited"):
		return &sshError{"the ssh server there does not let connections through to a port (its setting AllowTcpForwarding)", ""}
	case strings.Contains(words, "Session open refused by peer"):
		return &sharedError{words}
	case err == nil:
		return ErrNotListening // made and ended, before it was heard of
	default:
		return err
	}
}
