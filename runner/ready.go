package runner

import (
	"context"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// ready waits for the mark, and then for the port.
func (r *run) ready(ctx context.Context) error {
	deadline := time.Now().Add(r.opts.ReadyTimeout) // an engine that was slow to start the container takes nothing from it
	if err := r.awaitMark(ctx, deadline); err != nil {
		return err
	}
	return r.awaitPort(ctx, deadline)
}

// awaitMark waits until the container's log has the mark.
func (r *run) awaitMark(ctx context.Context, deadline time.Time) error {
	c, ready := r.container, r.report.Ready
	limit := time.NewTimer(time.Until(deadline))
	defer limit.Stop()
	select {
	case <-c.out.marked:
	case <-c.ended:
		c.drained(ctx)
	case <-limit.C:
	case <-ctx.Done():
	}
	ready.WaitedTime = time.Since(r.started)
	mark := c.out.mark()
	ready.Seen, ready.OnStderr, ready.NoNewline = mark.seen, mark.onStderr, mark.waiting
	if mark.seen {
		took := max(0, mark.at.Sub(r.started))
		r.report.StartedIn = &took
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case r.hasEnded():
		return r.ended(ctx, task.PhaseReady)
	case mark.seen:
		return nil
	}
	if within(ctx, c.out.done, 0) {
		return r.outputEnded(ctx)
	}
	ready.TimedOut = true
	r.stop(ctx)
	after := c.out.mark()
	ready.AtStop = !mark.waiting && (after.seen || after.waiting)
	ready.OnStderr = after.onStderr
	if r.report.OutOfMemory = c.outOfMemory(ctx); r.report.OutOfMemory {
		return r.outOfMemory()
	}
	return notReady(ready)
}

// outputEnded tells of a container whose output ended without the mark. It has ended too, as a rule, and its engine is slow to tell.
func (r *run) outputEnded(ctx context.Context) error {
	c := r.container
	if err := c.out.broken(); err != nil {
		return trouble("the container's output was lost: %v", err)
	}
	if within(ctx, c.ended, 5*time.Second) {
		return r.ended(ctx, task.PhaseReady)
	}
	return trouble("the engine ended the container's output while it still ran, so that the mark cannot be seen")
}

// stop ends the container's program in the way that lets it flush its buffers: many a language does so at SIGTERM, Python at SIGINT
// alone. Each has a second.
func (r *run) stop(ctx context.Context) {
	for _, signal := range []string{"SIGTERM", "SIGINT", "SIGKILL"} {
		if err := r.engine.Signal(ctx, r.container.id, signal); err != nil {
			break // it has ended, or its removal will find out
		}
		if signal == "SIGINT" {
			r.interruptChildren(ctx)
		}
		if within(ctx, r.container.ended, time.Second) {
			break
		}
	}
	r.container.drained(ctx)
}

// interruptChildren sends SIGINT to the processes that the first one has started: a shell, where the Dockerfile has the command in its
// shell form, passes nothing on. It takes a shell in the image, which such an image has.
func (r *run) interruptChildren(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, _ = r.engine.Output(ctx, r.container.id, "sh", "-c", "kill -INT -1") // what comes of it shows in the output
}

// hasEnded reports whether the container has ended by now.
func (r *run) hasEnded() bool {
	select {
	case <-r.container.ended:
		return true
	default:
		return false
	}
}

// ended gives the verdict on a container that has ended by itself.
func (r *run) ended(ctx context.Context, during task.Phase) error {
	c := r.container
	c.drained(ctx)
	if c.end.Err != nil {
		return trouble("the container was lost: %v", c.end.Err)
	}
	r.report.Exit = &task.Exit{Code: c.end.Code, During: during}
	r.report.OutOfMemory = c.ranOutOfMemory(ctx)
	const killed = 137
	r.report.Exit.PerhapsMemory = r.about.Podman && c.end.Code == killed && !r.report.OutOfMemory
	return r.exited(r.report.Exit)
}
