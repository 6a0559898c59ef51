package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// A host keeps a container for many requests, and sends some of them at the same time (docs/hosts.md#ask-and-compare). So a task that
// has answered is asked the same again: once more, and then twice at once. The verdict is the first answer's; what differs from it
// stands in the report.

// extraPatience is how long one more answer may take beyond a few times the first one's, at most.
const extraPatience = 10 * time.Second

// askAgain asks for the same answer as before.
func (r *run) askAgain(ctx context.Context, first *exchange) error {
	if r.opts.Once {
		return nil
	}
	for _, atOnce := range []int{1, 2} {
		others, err := r.askMore(ctx, atOnce, min(r.opts.AnswerTimeout, extraPatience+4*first.answer.Took))
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err() // nobody waited for them
		}
		r.report.Asked += atOnce
		for _, x := range others {
			if r.report.Unstable = first.other(x); r.report.Unstable != nil {
				r.report.Unstable.AtOnce = atOnce > 1
				return r.lastWord(ctx)
			}
		}
	}
	return nil
}

// askMore asks so many times at once, each on a connection of its own. An error is of the example.
func (r *run) askMore(ctx context.Context, n int, limit time.Duration) ([]*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type result struct {
		*exchange
		err error
	}
	results := make(chan result, n)
	for range n {
		go func() {
			x := &exchange{example: r.example, dial: r.dial, address: r.address, limit: limit}
			began := time.Now()
			err := r.postAgain(ctx, x)
			x.answer.Took = time.Since(began)
			results <- result{x, err}
		}()
	}
	var others []*exchange
	var failure error
	for range n {
		one := <-results
		others = append(others, one.exchange)
		switch {
		case one.err != nil:
			failure = one.err
		case one.lost != nil && !r.isOver(ctx): // a task that is gone has no address to find a way to
			failure = trouble("the task was asked again, and the answer did not get here: %s", one.answer.Failure)
		}
	}
	return others, failure
}

// postAgain connects and asks. A connection that is refused is no answer.
func (r *run) postAgain(ctx context.Context, x *exchange) error {
	began := time.Now()
	conn, err := x.connect(ctx)
	if err != nil {
		x.answer = task.Answer{DiffAt: -1}
		x.explain(ctx, err)
		return nil
	}
	x.conn = &openConn{Conn: conn, began: began}
	return x.post(ctx)
}

// other tells how another answer differs from this one; nil where a host sees no difference.
func (x *exchange) other(y *exchange) *task.Unstable {
	if y.answer.Failure != "" {
		return &task.Unstable{Failure: y.answer.Failure, DiffAt: -1}
	}
	match, at := Compare(y.answer.Body, x.answer.Body)
	same := match == task.MatchExact || match == task.MatchTrimmed
	if same && x.more == y.more {
		return nil
	}
	if at < 0 {
		text, skipped := trim(x.answer.Body)
		at = skipped + len(text)
	}
	return &task.Unstable{Body: y.answer.Body, DiffAt: at}
}

// How long an engine may take to tell of the end of a container whose connections broke off; and where the kernel knows that its process
// is gone, so that an end is sure to come, how much longer.
const (
	ending     = time.Second
	endingSure = 15 * time.Second
)

// endsWithin waits for so long for the container's end, and for that of one whose process is gone until the engine tells of it.
func (r *run) endsWithin(ctx context.Context, d time.Duration) bool {
	return within(ctx, r.container.ended, d) ||
		r.isHere && !isProcessOf(r.process, r.container.id) && within(ctx, r.container.ended, endingSure)
}

// isOver reports whether the container has ended, and the engine knows how.
func (r *run) isOver(ctx context.Context) bool {
	return r.endsWithin(ctx, ending) && r.container.end.Err == nil
}

// lastWord looks whether the container has ended: then that is what went wrong.
func (r *run) lastWord(ctx context.Context) error {
	u := r.report.Unstable
	if u.Failure == "" || !r.isOver(ctx) {
		return ctx.Err()
	}
	r.report.Exit = &task.Exit{Code: r.container.end.Code, During: task.PhaseAnswer}
	r.report.OutOfMemory = r.container.ranOutOfMemory(ctx)
	u.Failure = fmt.Sprintf("the container ended with exit code %d", r.container.end.Code)
	return ctx.Err()
}
