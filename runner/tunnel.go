package runner

import (
	"context"
	"fmt"
	"net"

	"github.com/docker/docker/api/types"
)

// A way leads to the ports of an engine's containers. It is safe for concurrent use.
type way interface {
	// unreachable says why the way is closed for an engine that tells this of itself; "" where it is open.
	unreachable(engine types.Version) string
	// dial connects to TaskPort of a container, as Engine.Dial does.
	dial(ctx context.Context, id, binding string) (net.Conn, error)
	// lay does before a container's start what takes long, so that dial does not; laid does so after the start.
	lay(ctx context.Context, id string) error
	laid(ctx context.Context, id string)
	// leave removes what was made for a container. It may be called again, and where nothing was.
	leave(ctx context.Context, id string) error
	// close lets go of all connections that are open still.
	close()
}

// Dial connects to TaskPort of a container.
func (d *Docker) Dial(ctx context.Context, id, binding string) (net.Conn, error) {
	return d.way.dial(ctx, id, binding)
}

// A lostError is a connection to a task that broke on the way there. It tells nothing of the task.
type lostError struct{ err error }

func (e *lostError) Error() string {
	return "the connection to the engine's machine broke: " + e.err.Error()
}
func (e *lostError) Unwrap() error { return e.err }

// localWay leads to the containers of this machine's engine: through the ports that it publishes on the loopback interface.
type localWay struct{}

func (localWay) unreachable(types.Version) string    { return "" }
func (localWay) lay(context.Context, string) error   { return nil }
func (localWay) laid(context.Context, string)        {}
func (localWay) leave(context.Context, string) error { return nil }
func (localWay) close()                              {}
func (localWay) dial(ctx context.Context, _, binding string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", binding)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrNotListening, err) // whatever it was, a host's own attempt would have met it, too
	}
	return conn, err
}
