package runner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// A watched is a container whose output, end and memory kills are followed from before its start. It holds no context: the streams
// end with the container, or when release is called.
type watched struct {
	engine  Engine
	id      string
	out     *output
	ended   chan struct{} // closed when the container has ended, or its engine was lost
	end     Ended         // valid once ended is closed
	killed  atomic.Bool   // the kernel killed a process at the memory limit
	release func()        // lets go of the streams and waits for their readers
}

// watch begins to follow a container that is not started yet. The streams outlive ctx, so that what a container says last is heard.
func watch(ctx context.Context, engine Engine, id string, t *teller) (*watched, error) {
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, cancel) // while the streams are opened, the end of ctx ends it
	defer detach()
	w := &watched{engine: engine, id: id, ended: make(chan struct{})}
	stream, err := engine.Attach(following, id)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("the engine does not give the container's output: %w", err)
	}
	w.out = drain(stream, t)
	first, err := engine.Await(following, id)
	var kills <-chan struct{}
	if err == nil {
		kills, err = engine.AwaitOutOfMemory(following, id)
	}
	if err != nil {
		cancel()
		<-w.out.done
		return nil, fmt.Errorf("the engine does not tell of the container's end: %w", err)
	}
	counted := make(chan struct{})
	go w.count(following, kills, counted)
	go w.await(following, first)
	w.release = func() {
		cancel()
		<-w.out.done
		<-w.ended
		<-counted
	}
	return w, nil
}

// count notices memory kills.
func (w *watched) count(ctx context.Context, kills <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	for {
		select {
		case <-kills:
			w.killed.Store(true)
		case <-ctx.Done():
			return
		}
	}
}

// await takes the container's end. A connection that was cut is no end: the engine is asked again, a few times.
func (w *watched) await(ctx context.Context, first <-chan Ended) {
	defer close(w.ended)
	w.end = receive(ctx, first)
	for try := 0; w.end.Err != nil && ctx.Err() == nil && try < 5; try++ {
		again, err := w.engine.Await(ctx, w.id)
		if err == nil {
			var state State
			state, err = w.engine.Inspect(ctx, w.id) // after Await, so that no end falls between the two
			switch {
			case err == nil && state.Ended:
				w.end = Ended{Code: state.ExitCode}
				return
			case err == nil:
				w.end = receive(ctx, again)
				continue
			}
		}
		if errors.Is(err, ErrNotFound) {
			w.end = Ended{Err: errors.New("someone removed the container")}
			return
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func receive(ctx context.Context, from <-chan Ended) Ended {
	select {
	case e := <-from:
		return e
	case <-ctx.Done():
		return Ended{Err: ctx.Err()}
	}
}

// drained waits for the rest of the output of a container that has ended, for a moment at most: the engine may tell the end first.
func (w *watched) drained(ctx context.Context) {
	within(ctx, w.out.done, time.Second)
}

// within waits for a channel to be closed, for so long at most, and reports whether it was.
func within(ctx context.Context, done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// ranOutOfMemory is outOfMemory for a container that has just ended: an engine may tell of the end before it tells of the kill.
func (w *watched) ranOutOfMemory(ctx context.Context) bool {
	for _, wait := range []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond} {
		pause(ctx, wait)
		if w.outOfMemory(ctx) {
			return true
		}
	}
	return false
}

// outOfMemory reports whether the kernel killed a process of the container at its limit, as far as the engine knows by now.
func (w *watched) outOfMemory(ctx context.Context) bool {
	if w.killed.Load() {
		return true
	}
	state, err := w.engine.Inspect(ctx, w.id)
	return err == nil && state.OOMKilled
}
