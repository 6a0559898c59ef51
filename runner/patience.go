package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// patience is how long an engine may take for one answer, a build's aside. It is long: starting a container on a busy machine is slow.
const patience = 30 * time.Second

// An impatient engine gives up on an engine that does not answer. Streams, once they are open, are as they were.
type impatient struct {
	Engine
	limit time.Duration
}

// answered asks for one answer within the limit.
func answered[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := ask(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = tooLate(limit)
	}
	return answer, err
}

// done asks for something to be done within the limit.
func done(ctx context.Context, limit time.Duration, ask func(context.Context) error) error {
	_, err := answered(ctx, limit, func(ctx context.Context) (struct{}, error) { return struct{}{}, ask(ctx) })
	return err
}

// opened opens a stream within the limit. The stream lives as long as ctx.
func opened[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	opening, cancel := context.WithCancelCause(ctx)
	alarm := time.AfterFunc(limit, func() { cancel(tooLate(limit)) })
	defer alarm.Stop()
	stream, err := ask(opening)
	if err != nil {
		if late := context.Cause(opening); late != nil && ctx.Err() == nil {
			err = late
		}
		cancel(nil)
		return stream, err
	}
	context.AfterFunc(ctx, func() { cancel(nil) })
	return stream, nil
}

func tooLate(limit time.Duration) error {
	return fmt.Errorf("the engine did not answer within %s", task.Duration(limit))
}

func (e impatient) Describe(ctx context.Context) (Description, error) {
	return answered(ctx, e.limit, e.Engine.Describe)
}

func (e impatient) Images(ctx context.Context) ([]Image, error) {
	return answered(ctx, e.limit, e.Engine.Images)
}

func (e impatient) MadeBy(ctx context.Context, id string) (string, error) {
	return answered(ctx, e.limit, func(ctx context.Context) (string, error) { return e.Engine.MadeBy(ctx, id) })
}

func (e impatient) Tag(ctx context.Context, id, name string) error {
	return done(ctx, e.limit, func(ctx context.Context) error { return e.Engine.Tag(ctx, id, name) })
}

func (e impatient) RemoveImage(ctx context.Context, idOrName string) error {
	return done(ctx, e.limit, func(ctx context.Context) error { return e.Engine.RemoveImage(ctx, idOrName) })
}

func (e impatient) Create(ctx context.Context, c Container) (id string, warnings []string, err error) {
	err = done(ctx, e.limit, func(ctx context.Context) (err error) {
		id, warnings, err = e.Engine.Create(ctx, c)
		return err
	})
	return id, warnings, err
}

func (e impatient) Find(ctx context.Context, session string) ([]string, error) {
	return answered(ctx, e.limit, func(ctx context.Context) ([]string, error) { return e.Engine.Find(ctx, session) })
}

func (e impatient) Names(ctx context.Context) ([]string, error) {
	return answered(ctx, e.limit, e.Engine.Names)
}

func (e impatient) Attach(ctx context.Context, id string) (io.ReadCloser, error) {
	return opened(ctx, e.limit, func(ctx context.Context) (io.ReadCloser, error) { return e.Engine.Attach(ctx, id) })
}

func (e impatient) Await(ctx context.Context, id string) (<-chan Ended, error) {
	return opened(ctx, e.limit, func(ctx context.Context) (<-chan Ended, error) { return e.Engine.Await(ctx, id) })
}

func (e impatient) AwaitOutOfMemory(ctx context.Context, id string) (<-chan struct{}, error) {
	return opened(ctx, e.limit, func(ctx context.Context) (<-chan struct{}, error) { return e.Engine.AwaitOutOfMemory(ctx, id) })
}

func (e impatient) Start(ctx context.Context, id string) error {
	return done(ctx, e.limit, func(ctx context.Context) error { return e.Engine.Start(ctx, id) })
}

func (e impatient) Inspect(ctx context.Context, id string) (State, error) {
	return answered(ctx, e.limit, func(ctx context.Context) (State, error) { return e.Engine.Inspect(ctx, id) })
}

func (e impatient) Dial(ctx context.Context, id, binding string) (net.Conn, error) {
	return answered(ctx, e.limit, func(ctx context.Context) (net.Conn, error) { return e.Engine.Dial(ctx, id, binding) })
}

func (e impatient) Signal(ctx context.Context, id, signal string) error {
	return done(ctx, e.limit, func(ctx context.Context) error { return e.Engine.Signal(ctx, id, signal) })
}

func (e impatient) Measure(ctx context.Context, id string) (Usage, error) {
	return answered(ctx, e.limit, func(ctx context.Context) (Usage, error) { return e.Engine.Measure(ctx, id) })
}

func (e impatient) Remove(ctx context.Context, id string) error {
	return done(ctx, e.limit, func(ctx context.Context) error { return e.Engine.Remove(ctx, id) })
}
