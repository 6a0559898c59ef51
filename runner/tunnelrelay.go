package runner

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"

	"github.com/docker/docker/api/types"
)

// relayWay leads to the containers of an engine that is reached by TCP: through a relay, a small container of ours that shares the
// network of the task's, so that it reaches what a host reaches, and nothing is opened on any machine. What is said goes over the
// engine's own connection, to a program in the relay: this program itself, as [Relay].
type relayWay struct {
	d       *Docker
	program string // the file of this program; "" for the running one

	mu     sync.Mutex // guards relays
	relays map[string]*relay
}

// A relay is what was made for one container.
type relay struct {
	way     *relayWay
	task    string // the container
	session string // the label's value
	short   string // of the names

	mu   sync.Mutex // guards all below
	up   bool       // the relay runs
	idle *relaySession
}

// runningProgram is the file of the program that runs, on the systems that relays are for, whatever has become of its path.
const runningProgram = "/proc/self/exe"

// unreachable makes sure that this program runs on the engine's machine as it is.
func (w *relayWay) unreachable(engine types.Version) string {
	const advice = "; reach it by ssh instead: DOCKER_HOST=ssh://user@host"
	if runtime.GOOS != "linux" || engine.Os != "linux" || runtime.GOARCH != engine.Arch {
		return fmt.Sprintf("it is for %s/%s, and this program is for %s/%s, so that it cannot serve there as a relay%s",
			plain(engine.Os), plain(engine.Arch), runtime.GOOS, runtime.GOARCH, advice)
	}
	program, err := elf.Open(cmp.Or(w.program, runningProgram))
	if err != nil {
		return fmt.Sprintf("this program cannot be read, so that it cannot serve there as a relay: %v%s", err, advice)
	}
	defer func() { _ = program.Close() }() // it was only read
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			return "this program needs libraries of this machine, so that it cannot serve there as a relay (build it with CGO_ENABLED=0)" + advice
		}
	}
	return ""
}

// relay gives the relay of a container, which need not be up.
func (w *relayWay) relay(ctx context.Context, id string) (*relay, error) {
	w.mu.Lock()
	r := w.relays[id]
	w.mu.Unlock()
	if r != nil {
		return r, nil
	}
	c, err := w.d.api.ContainerInspect(ctx, id)
	if err != nil {
		return nil, engineError(err)
	}
	session := ""
	if c.Config != nil {
		session = c.Config.Labels[labelSession]
	}
	if session == "" {
		return nil, errors.New("a container without a session has no relay")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.relays[id] == nil {
		w.relays[id] = &relay{way: w, task: id, session: session, short: short(id)}
	}
	return w.relays[id], nil
}

// lay sends the image.
func (w *relayWay) lay(ctx context.Context, id string) error {
	r, err := w.relay(ctx, id)
	if err == nil {
		err = r.sendImage(ctx)
	}
	if err != nil {
		return fmt.Errorf("the relay to its port cannot be made: %w", err)
	}
	return nil
}

// laid starts the relay. That it fails, dial tells: it tries again. A task that has ended already has no network to share.
func (w *relayWay) laid(ctx context.Context, id string) {
	if r, err := w.relay(ctx, id); err == nil {
		_ = r.ready(ctx) // as said
	}
}

// dial connects through the relay.
func (w *relayWay) dial(ctx context.Context, id, _ string) (net.Conn, error) {
	r, err := w.relay(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.dial(ctx)
}

// leave removes the relay and its image, also those of another process: their names tell whose they are.
func (w *relayWay) leave(ctx context.Context, id string) error {
	w.mu.Lock()
	r := w.relays[id]
	w.mu.Unlock()
	if r == nil {
		r = &relay{way: w, task: id, short: short(id)}
	}
	if err := r.remove(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	delete(w.relays, id)
	w.mu.Unlock()
	return nil
}

func (w *relayWay) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.relays {
		r.letGo()
	}
}
