package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// start creates the container and starts it, with everything attached before, so that nothing of a short life is missed.
func (r *run) start(ctx context.Context) error {
	id, err := r.create(ctx, r.wanted())
	if r.reused && errors.Is(err, ErrNotFound) { // someone has just removed the image
		if err := r.build(ctx); err != nil {
			return err
		}
		id, err = r.create(ctx, r.wanted())
	}
	if err != nil {
		return r.startFailed(err)
	}
	r.container, err = watch(ctx, r.engine, id, r.teller)
	if err != nil {
		r.container = &watched{engine: r.engine, id: id} // to be removed
		var s *StartError
		if errors.As(err, &s) {
			return r.startFailed(s)
		}
		return trouble("%v", err)
	}
	if err := r.prepareContainer(ctx, id); err != nil {
		return r.startFailed(err)
	}
	asked := time.Now()
	if err := r.startContainer(ctx, id); err != nil {
		return r.startFailed(err)
	}
	r.started = time.Now()
	if r.about.Cgroup != "1" || r.about.Podman {
		r.samples = sample(ctx, r.engine, r.container)
	}
	r.report.Ready = &task.Ready{}
	return r.findPort(ctx, asked)
}

// wanted is the container that the task gets.
func (r *run) wanted() Container {
	c := r.limited(Container{Image: r.image, Session: r.session, Owner: r.entry.owner(), Started: time.Now()})
	if r.opts.Keep {
		c.Name = keptContainer(r.path)
	}
	return c
}

// create asks for the container. A cancelling gives the engine a moment to answer, so that the container's id is known.
func (r *run) create(ctx context.Context, c Container) (string, error) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { pause(patient, 500*time.Millisecond); cancel() })()
	r.creating = true
	r.entry.creating(c.Image)
	id, warnings, err := r.engine.Create(patient, c)
	r.entry.created(id)
	for _, w := range warnings {
		r.teller.line(fromEngine, "the engine warns: "+w)
	}
	r.unanswered = err != nil && !isAnswer(err)
	if err == nil {
		err = cmp.Or(ctx.Err(), r.unlimited(warnings))
		if err != nil {
			r.container = &watched{engine: r.engine, id: id} // to be removed
			return "", err
		}
	}
	return id, err
}

// isAnswer reports whether an error is an engine's own: then nothing was made that it does not tell of.
func isAnswer(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, ErrRefused) || errors.As(err, new(*StartError))
}

// prepareContainer lays the way to the container's port. What is sent for it may take as long as a build's context does.
func (r *run) prepareContainer(ctx context.Context, id string) error {
	limited, cancel := context.WithTimeout(ctx, r.opts.BuildTimeout)
	defer cancel()
	err := r.engine.Prepare(limited, id)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return tooLate(r.opts.BuildTimeout)
	}
	return err
}

// startContainer starts the container; a port that another program took in the very moment is tried anew.
func (r *run) startContainer(ctx context.Context, id string) error {
	const tries = 3
	for try := 1; ; try++ {
		err := r.engine.Start(ctx, id)
		if err == nil || try == tries || !strings.Contains(err.Error(), "port is already allocated") {
			return err
		}
	}
}

// startFailed tells a command that cannot be started from what this engine cannot give.
func (r *run) startFailed(err error) error {
	var s *StartError
	var v *verdict
	words := err.Error()
	switch {
	case errors.As(err, &v):
		return v
	case errors.As(err, &s):
		r.report.Exit = &task.Exit{Code: s.Code, During: task.PhaseStart, Error: plain(s.Message)}
		return r.exited(r.report.Exit)
	case strings.Contains(words, "could not select device driver"):
		return trouble("config.json asks for a GPU, and this engine has none: %s", plain(words))
	case strings.Contains(words, "Range of CPUs"):
		return trouble("config.json asks for %d CPUs, more than this engine has: %s", r.report.Limits.CPU, plain(words))
	case errors.Is(err, ErrNotFound):
		return trouble("the image is gone before its container was there: %s", plain(words))
	default:
		return trouble("the engine does not start the container: %s", plain(words))
	}
}

// findPort finds where the task's port is published. It must be there alone, and for this machine alone. A container that has ended
// already has no port, which is for the next step to tell. The engine's time of the start is used where its clock is this machine's.
func (r *run) findPort(ctx context.Context, asked time.Time) error {
	state, err := r.engine.Inspect(ctx, r.container.id)
	if err != nil {
		return trouble("the engine does not tell of the container it started: %v", err)
	}
	if state.Started.After(asked) && state.Started.Before(r.started) {
		r.started = state.Started
	}
	if state.Ended {
		return nil
	}
	r.process, r.isHere = state.Process, isProcessOf(state.Process, r.container.id)
	r.address, err = onlyLoopback(state.Bindings)
	return err
}

// onlyLoopback makes sure of a port's bindings.
func onlyLoopback(bindings []string) (string, error) {
	if len(bindings) == 1 {
		at, err := netip.ParseAddrPort(bindings[0])
		if err == nil && at.Addr().String() == loopback && at.Port() != 0 {
			return bindings[0], nil
		}
	}
	return "", trouble("the engine published port 8080 on %s, and not on one port of %s alone", plain(fmt.Sprint(bindings)), loopback)
}
