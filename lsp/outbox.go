package lsp

import (
	"context"
	"io"
	"strconv"
	"sync"
)

// How much may wait for a client that reads slowly, or not at all. Nothing that the server must say is ever dropped: what bounds the
// queue is that no further message is read while it is full, and then the client's own writes wait.
const (
	outboxReadLimit = 8 << 20 // bytes; above it no message is read
	outboxLogLimit  = 4 << 20 // bytes; above it lines of a run's output are left out, and counted

	outboxStreamLimit = 256 << 10 // bytes; above it no further part of an answer is sent
)

// outbox is the queue of messages on their way to the client. Nothing that puts a message into it ever waits, so that neither a
// handler nor a run can be held up by a client that stopped reading.
type outbox struct {
	mu     sync.Mutex // guards all below
	queue  []*parcel
	keyed  map[string]*parcel // parcels of the queue that a newer message of the same key replaces
	bytes  int                // of the bodies in the queue
	closed bool
	wake   chan struct{} // has room for one: there is something to write, or the queue was closed
	room   chan struct{} // closed when the queue has shrunk; nil while nobody waits
}

// parcel is one message in the queue.
type parcel struct {
	key  string
	body []byte
}

func newOutbox() *outbox {
	return &outbox{keyed: map[string]*parcel{}, wake: make(chan struct{}, 1)}
}

// put adds a message. One that has a key takes the place of an older message with this key that is still in the queue: the client
// is told the newest state of a thing, not all of its history.
func (o *outbox) put(key string, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if old := o.keyed[key]; key != "" && old != nil {
		o.bytes += len(body) - len(old.body)
		old.body = body
		return
	}
	p := &parcel{key: key, body: body}
	if key != "" {
		o.keyed[key] = p
	}
	o.queue = append(o.queue, p)
	o.bytes += len(body)
	o.signal()
}

// putLog adds a message that may be left out, and reports whether it was added.
func (o *outbox) putLog(body []byte) bool {
	o.mu.Lock()
	full := o.bytes > outboxLogLimit
	o.mu.Unlock()
	if full {
		return false
	}
	o.put("", body)
	return true
}

// size is how many bytes wait for the client.
func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// awaitRoom waits while the queue is full.
func (o *outbox) awaitRoom(ctx context.Context) { o.awaitBelow(ctx, outboxReadLimit) }

// awaitBelow waits while more than so many bytes wait.
func (o *outbox) awaitBelow(ctx context.Context, limit int) {
	for {
		o.mu.Lock()
		if o.bytes <= limit || o.closed {
			o.mu.Unlock()
			return
		}
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return
		}
	}
}

// close lets no further message in. What is in the queue is still written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.makeRoom()
	o.signal()
}

// drain writes the queue to w until the outbox is closed and empty, or w is broken.
func (o *outbox) drain(w io.Writer) error {
	for {
		body, ok := o.take()
		if !ok {
			return nil
		}
		frame := make([]byte, 0, len(body)+32)
		frame = append(frame, "Content-Length: "...)
		frame = strconv.AppendInt(frame, int64(len(body)), 10)
		frame = append(frame, "\r\n\r\n"...)
		frame = append(frame, body...)
		if _, err := w.Write(frame); err != nil {
			o.abandon()
			return err
		}
	}
}

// take waits for the oldest message; ok is false when the outbox is closed and empty.
func (o *outbox) take() (body []byte, ok bool) {
	for {
		o.mu.Lock()
		if len(o.queue) > 0 {
			p := o.queue[0]
			o.queue[0] = nil
			o.queue = o.queue[1:]
			if p.key != "" {
				delete(o.keyed, p.key)
			}
			o.bytes -= len(p.body)
			o.makeRoom()
			o.mu.Unlock()
			return p.body, true
		}
		closed := o.closed
		o.mu.Unlock()
		if closed {
			return nil, false
		}
		<-o.wake
	}
}

// abandon drops everything: nobody reads any more.
func (o *outbox) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.queue, o.bytes = nil, 0
	clear(o.keyed)
	o.makeRoom()
}

// makeRoom wakes who waits in awaitBelow. It is called with mu held.
func (o *outbox) makeRoom() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// signal wakes drain. It is called with mu held.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
