package runner

import (
	"context"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// ask posts the example as a host does, and compares.
func (r *run) ask(ctx context.Context) error {
	silence := silences()[1:]
	for try := 0; ; try++ {
		x, err := r.post(ctx)
		if err != nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			r.report.Answer = nil // nobody waited for it
			return ctx.Err()
		case x.answer.Failure == "":
			r.wasEarly(try > 0)
			return r.judge(ctx, x)
		case x.lost != nil:
			return trouble("no whole answer came: %s", x.answer.Failure)
		case x.answer.TimedOut:
			return r.noAnswer(ctx)
		case r.endsWithin(ctx, 300*time.Millisecond):
			return r.ended(ctx, r.endedDuring(ctx, x))
		case x.heard() || try == len(silence):
			return r.noAnswer(ctx)
		}
		// Not a byte came. That was the engine's proxy, if it took its time to find nobody behind it.
		r.report.Answer = nil
		if err := r.awaitPortAgain(ctx, silence[try]); err != nil {
			return err
		}
	}
}

// post asks once, on the connection that found the port open.
func (r *run) post(ctx context.Context) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.AnswerTimeout)
	defer cancel()
	x := &exchange{example: r.example, conn: r.conn, dial: r.dial, address: r.address, limit: r.opts.AnswerTimeout, began: time.Now()}
	if err := x.post(ctx); err != nil {
		return nil, err
	}
	x.answer.Took = time.Since(x.began)
	r.report.Answer = &x.answer
	return x, nil
}

// endedDuring tells what a container ended during that did not answer. It may have ended before it was asked: the engine's proxy took the
// request in its place, and the engine told of the end later. The times are the engine's, from the start on.
func (r *run) endedDuring(ctx context.Context, x *exchange) task.Phase {
	state, err := r.engine.Inspect(ctx, r.container.id)
	const coarse = 15 * time.Millisecond // of an engine's clock: a connection that is not known to be the task's is silent for longer
	if err == nil && !x.heard() && !state.Finished.IsZero() && r.started.Add(state.Finished.Sub(state.Started)).Before(x.began.Add(-coarse)) {
		r.report.Answer, r.report.Listen = nil, &task.Listen{WaitedTime: r.report.Listen.WaitedTime}
		return task.PhaseReady
	}
	return task.PhaseAnswer
}

// wasEarly corrects the time from mark to port where a first connection had only seemed to be accepted.
func (r *run) wasEarly(again bool) {
	if again {
		gap := r.conn.began.Sub(r.container.out.mark().at)
		r.report.Listen.MarkToOpen = &gap
	}
}

// noAnswer is the verdict on a task that did not answer.
func (r *run) noAnswer(ctx context.Context) error {
	if r.report.OutOfMemory = r.container.outOfMemory(ctx); r.report.OutOfMemory {
		return r.outOfMemory()
	}
	return failed("no whole answer came: %s", r.report.Answer.Failure)
}

// judge gives the verdict on a whole answer, and asks for more of them.
func (r *run) judge(ctx context.Context, x *exchange) error {
	r.report.Asked = 1
	verdict := r.compare(x)
	if err := r.askAgain(ctx, x); err != nil {
		return err
	}
	if r.report.Asked > 1 && verdict == nil {
		return r.example.unchanged()
	}
	return verdict
}

// compare gives the verdict on a whole answer.
func (r *run) compare(x *exchange) error {
	if err := r.example.unchanged(); err != nil {
		return err
	}
	a := &x.answer
	a.Match, a.DiffAt = Compare(a.Body, a.Expected)
	if x.more { // what was read may be equal, but the answer goes on
		a.Match = task.MatchDifferent
		if a.DiffAt < 0 {
			text, skipped := trim(a.Expected)
			a.DiffAt = skipped + len(text)
		}
	}
	if a.Match == task.MatchExact && a.Truncated {
		a.Match = task.MatchTrimmed // white space followed
	}
	if a.Match == task.MatchExact || a.Match == task.MatchTrimmed {
		return nil
	}
	return differs(a)
}
