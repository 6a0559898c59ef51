package runner

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// removing is how long the removal of the container may take, and then that of the images.
const removing = 20 * time.Second

// remove removes whatever the run has made and is not to be kept, under its own deadline, so that a cancelled run leaves nothing
// either. What cannot be removed is named in the message.
func (r *run) remove(ctx context.Context) {
	if r.made == nil && !r.creating {
		return
	}
	ctx = context.WithoutCancel(ctx)
	_ = r.step(ctx, task.PhaseRemove, func(ctx context.Context) error { // what is left is told, and changes no verdict
		if r.conn != nil {
			_ = r.conn.Close() // asked or not, it is of no more use
		}
		r.tell(inTime(ctx, r.dispose))
		r.tell(inTime(ctx, r.removeImages))
		return nil
	})
}

// removeImages removes what the build made, or what older builds left where this one's is kept.
func (r *run) removeImages(ctx context.Context) error {
	switch {
	case r.made == nil:
		return nil
	case r.made.kept:
		if r.made.naming != "" { // BuildKit's, beside the name that it is kept by
			if err := r.made.removeName(ctx, r.engine); err != nil {
				return err
			}
		}
		return r.prune(ctx)
	default:
		return r.made.remove(ctx, r.engine)
	}
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

// dispose removes the container, if there is one, unless it is to be left running.
func (r *run) dispose(ctx context.Context) error {
	if r.samples != nil {
		r.samples.stop()
	}
	switch {
	case r.report.Kept != nil:
		r.container.release()
		r.ledger.keep(r.entry)
		return nil
	case r.container == nil && r.creating:
		return r.removeStray(ctx)
	case r.container == nil:
		return nil
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
	r.entry.leave()
	words := plain(err.Error())
	r.teller.line(fromEngine, words)
	r.report.Message += fmt.Sprintf(" But %s.", words)
}

// measuring is how long the engine may take to tell the figures: the verdict waits for them.
const measuring = 5 * time.Second

// measure reads the figures that are gone with the container. A container that has ended by now, after it had answered, is told of: a
// host would find it gone.
func (r *run) measure(ctx context.Context) {
	if r.container == nil || r.container.out == nil || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, measuring)
	defer cancel()
	state, err := r.engine.Inspect(ctx, r.container.id)
	if err != nil {
		return // the figures stay unknown
	}
	if state.Ended && r.answered() && r.report.Exit == nil {
		r.report.Exit = &task.Exit{Code: state.ExitCode, During: task.PhaseAnswer}
	}
	r.measureUsage(ctx, state.Running)
	if state.Running && r.opts.Keep {
		r.report.Kept = &task.Kept{ID: r.container.id, URL: "http://" + r.address + "/"}
	}
	r.report.OutOfMemory = r.report.OutOfMemory || state.OOMKilled || r.container.killed.Load()
}

// answered reports whether a whole answer came.
func (r *run) answered() bool { return r.report.Answer != nil && r.report.Answer.Failure == "" }

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

// removeStray removes a container whose creation was never confirmed: the engine may have made it, or be about to. One that it makes still
// later, as a busy machine's may, is left to the watchdog.
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
	if r.unanswered {
		r.entry.leave()
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
	if ended && r.answered() && r.report.Exit == nil && c.end.Err == nil && c.end.Code != killed {
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

// keptContainer is the name of the container that a run of a folder leaves running. A name, unlike a label, cannot come from an image.
func keptContainer(path string) string { return "meca-lsp-" + folderID(path) }

var keptContainerPattern = regexp.MustCompile(`^meca-lsp-([0-9a-f]{8})$`)

// removeKept removes what an earlier run of the folder left running.
func (r *run) removeKept(ctx context.Context) error {
	if name := keptContainer(r.path); r.exists(ctx, name) {
		if err := r.removeContainer(ctx, name); err != nil {
			return trouble("%v", err)
		}
	}
	if err := r.ledger.reclaim(ctx, r.path); err != nil {
		r.teller.line(fromEngine, "the note of a container that was left running stays: "+err.Error())
	}
	return nil
}

// short is an id as the Docker command line shows it.
func short(id string) string { return id[:min(len(id), 12)] }
