package runner

import (
	"context"
	"fmt"
	"net"
)

// Dial connects to TaskPort of a container.
func (d *Docker) Dial(ctx context.Context, _, binding string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", binding)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrNotListening, err) // whatever it was, a host's own attempt would have met it, too
	}
	return conn, err
}
