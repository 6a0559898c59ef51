package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// removing is how long the removal of the container may take, and then that of the images.
const removing = 20 * time.Second

// remove removes whatever the run has made, under its own deadline, so that a cancelled run leaves nothing either. What cannot be
// removed is named in the message.
func (r *run) remove(ctx context.Context) {
	if r.made == nil {
		return
	}
	measured := ctx.Err() == nil
	ctx = context.WithoutCancel(ctx)
	_ = r.step(ctx, task.PhaseRemove, func(ctx context.Context) error { // what is left is told, and changes no verdict
		if r.conn != nil {
			_ = r.conn.Close() // asked or not, it is of no more use
		}
		r.tell(inTime(ctx, func(ctx context.Context) error { return r.dispose(ctx, measured) }))
		r.tell(inTime(ctx, func(ctx context.Context) error { return r.made.remove(ctx, r.engine) }))
		return nil
	})
}

// inTime gives a part of the removal its deadline.
func inTime(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, removing)
	defer cancel()
	return do(ctx)
}

// unlessLate says of an engine that used up the time for the removal what it did.
func unlessLate(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the engine did not answer in time")
	}
	return err
}

// dispose removes the container, if there is one.
func (r *run) dispose(ctx context.Context, measured bool) error {
	if r.container == nil {
		if r.creating {
			return r.removeStray(ctx)
		}
		return nil
	}
	if measured {
		r.measure(ctx)
	}
	err := r.removeContainer(ctx, r.container.id)
	r.farewell(ctx)
	return err
}

// tell adds to the message what a person should know of the removal.
func (r *run) tell(err error) {
	if err == nil {
		return
	}
	words := plain(err.Error())
	r.teller.line(fromEngine, words)
	r.report.Message += fmt.Sprintf(" But %s.", words)
}

// measure reads the figures that are gone with the container.
func (r *run) measure(ctx context.Context) {
	if r.container.out == nil {
		return
	}
	state, err := r.engine.Inspect(ctx, r.container.id)
	if err != nil {
		return // the figures stay unknown
	}
	r.gone = state.Ended
	if state.Running {
		if r.report.PeakMemory, err = r.engine.PeakMemory(ctx, r.container.id); err != nil {
			r.report.PeakMemory = nil
		}
	}
	r.report.OutOfMemory = r.report.OutOfMemory || state.OOMKilled || r.container.killed.Load()
}

// removeContainer removes a container, and looks whether it is gone; an engine that is busy with it is asked again.
func (r *run) removeContainer(ctx context.Context, id string) error {
	const tries = 10
	for try := 1; ; try++ {
		err := ignoreMissing(r.engine.Remove(ctx, id))
		if err == nil && !r.exists(ctx, id) {
			return nil
		}
		if err == nil {
			err = errors.New("the engine knows it still")
		}
		if try == tries || ctx.Err() != nil {
			return fmt.Errorf("the container is left in the engine (%w); remove it with: docker rm --force --volumes %s", unlessLate(err), short(id))
		}
		pause(ctx, min(time.Duration(try)*100*time.Millisecond, time.Second))
	}
}

// exists reports whether the engine knows a container. One that does not say so is believed to have removed it.
func (r *run) exists(ctx context.Context, id string) bool {
	_, err := r.engine.Inspect(ctx, id)
	return err == nil
}

// ignoreMissing forgives the removal of what is gone.
func ignoreMissing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// removeStray removes a container whose creation was never confirmed: the engine may have made it, or be about to.
func (r *run) removeStray(ctx context.Context) error {
	for range 4 {
		ids, err := r.engine.Find(ctx, r.session)
		if err != nil {
			return fmt.Errorf("a container may be left in the engine (%w); find it with: docker ps --all --filter label=%s=%s", err, labelSession, r.session)
		}
		for _, id := range ids {
			if err := r.removeContainer(ctx, id); err != nil {
				return err
			}
		}
		if len(ids) > 0 {
			return nil
		}
		pause(ctx, 250*time.Millisecond)
	}
	return nil
}

// farewell hears what the container said last. One that had answered and then ended by itself is told of: a host would find it gone.
func (r *run) farewell(ctx context.Context) {
	c := r.container
	if c.out == nil {
		return
	}
	ended := within(ctx, c.ended, time.Second)
	c.drained(ctx)
	c.release()
	const killed = 137 // as the removal does
	answered := r.report.Answer != nil && r.report.Answer.Failure == ""
	if ended && answered && c.end.Err == nil && (r.gone || c.end.Code != killed) {
		r.report.Exit = &task.Exit{Code: c.end.Code, During: task.PhaseAnswer}
	}
	r.keepOutput()
}

// keepOutput keeps the last lines of the container, or of a build that got no further.
func (r *run) keepOutput() {
	switch {
	case r.container != nil && r.container.out != nil:
		r.report.LastOutput = r.container.out.lastLines()
	case r.made != nil && r.container == nil:
		r.report.LastOutput = r.made.log.last.plain()
	}
}

// short is an id as the Docker command line shows it.
func short(id string) string { return id[:min(len(id), 12)] }
