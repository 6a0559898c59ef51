package lsp

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// wire is the connection's stream of messages: frameReader and envelope on the way in, outbox on the way out.
//
// The library's own streams end the session on the first broken message, give no answer to it, and reserve what a header promises.
// This one answers what can be answered and goes on.
//
// Every call of the client goes by a number of our own from here on; its own id, which may be any integer or string and may be in
// use twice, stands in the answer byte for byte as it came.
type wire struct {
	frames *frameReader
	out    *outbox
	calls  *calls
	log    *slog.Logger
	ended  func() // called when the input is at its end, or broken
	closer func() error

	patience time.Duration // for the answers to what was asked before the input ended
	recorder *recorder     // nil: nothing is recorded
}

// Read implements jsonrpc2.Stream. It reads nothing while the client does not take what waits for it.
func (w *wire) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		w.out.awaitRoom(ctx)
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		body, err := w.frames.next()
		if fault := (*frameFault)(nil); errors.As(err, &fault) {
			w.reject(nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "%s", fault.reason))
			continue
		}
		if err != nil {
			// The library sends nothing more once Read has failed: what was asked before is answered first.
			w.ended()
			w.calls.open.await(w.patience)
			return nil, 0, err
		}
		if m := w.message(body); m != nil {
			return m, int64(len(body)), nil
		}
	}
}

// message makes a message of a body; nil where the body was none, and then it was answered.
func (w *wire) message(body []byte) jsonrpc2.Message {
	e, rest, fault := openEnvelope(body)
	if rest == nil || !w.frames.reread(rest) {
		w.recorder.frame(fromClient, body)
	}
	if fault == nil {
		fault = e.check()
	} else {
		e = envelope{}
	}
	if fault != nil {
		w.reject(e.replyID(), fault)
		return nil
	}
	if e.Method == nil {
		m, err := e.response()
		if err != nil {
			w.log.Warn("message ignored", "reason", err)
			return nil
		}
		return m
	}
	method, params := unquote(e.Method), jsonrpc2.RawMessage(e.Params)
	if e.ID == nil {
		return jsonrpc2.NewNotification(method, params)
	}
	return jsonrpc2.NewCall(w.calls.add(e.ID), method, params)
}

// reject answers what is no message.
func (w *wire) reject(id jsontext.Value, fault *jsonrpc2.Error) {
	if id == nil {
		id = jsontext.Value("null")
	}
	w.log.Warn("message rejected", "code", fault.Code, "reason", fault.Message)
	w.out.put("", answer(id, jsonrpc2.AppendResponse(nil, jsonrpc2.ID{}, nil, fault)))
}

// Write implements jsonrpc2.Stream. It never waits.
func (w *wire) Write(_ context.Context, m jsonrpc2.Message) (int64, error) {
	body, err := jsonrpc2.EncodeMessage(m)
	if err != nil {
		return 0, err
	}
	num, isAnswer := answered(body)
	if isAnswer {
		body = answer(w.calls.id(num), body)
	}
	w.out.put("", body)
	if isAnswer {
		w.calls.close(num)
	}
	return int64(len(body)), nil
}

// Close implements jsonrpc2.Stream.
func (w *wire) Close() error { return w.closer() }

// notify sends a notification. One with a key replaces an older one that still waits, see outbox.put.
func (w *wire) notify(key, method string, params any) {
	if body, ok := w.encode(method, params); ok {
		w.out.put(key, body)
	}
}

// notifyLog sends a notification that may be left out, and reports whether it was sent.
func (w *wire) notifyLog(method string, params any) bool {
	body, ok := w.encode(method, params)
	return ok && w.out.putLog(body)
}

func (w *wire) encode(method string, params any) ([]byte, bool) {
	raw, err := protocol.Marshal(params)
	if err != nil {
		w.log.Error("notification not sent", "method", method, "err", err)
		return nil, false
	}
	return jsonrpc2.AppendNotification(nil, method, raw), true
}

// responseHead is how an encoded answer begins, and no other message does.
const responseHead = `{"jsonrpc":"2.0","id":`

// answered reads our own number from an encoded answer.
func answered(body []byte) (num int64, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(responseHead))
	if !ok {
		return 0, false
	}
	digits, _, _ := bytes.Cut(rest, []byte(","))
	num, err := strconv.ParseInt(string(digits), 10, 64)
	return num, err == nil
}

// answer puts the client's own id into an encoded answer.
func answer(id jsontext.Value, body []byte) []byte {
	_, rest, _ := bytes.Cut(body[len(responseHead):], []byte(","))
	out := make([]byte, 0, len(body)+len(id))
	out = append(out, responseHead...)
	out = append(out, id...)
	out = append(out, ',')
	return append(out, rest...)
}

// calls are the client's calls that have no answer yet.
type calls struct {
	open  group
	mu    sync.Mutex // guards all below
	last  int64
	waits map[int64]*call
}

// call is one call of the client.
type call struct {
	id       jsontext.Value // as it came
	key      string         // see idKey
	canceled bool
	cancel   context.CancelFunc // nil until the call is being handled
}

func newCalls() *calls { return &calls{waits: map[int64]*call{}} }

// add numbers a call.
func (c *calls) add(id jsontext.Value) jsonrpc2.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open.add()
	c.last++
	c.waits[c.last] = &call{id: id, key: strings.Clone(idKey(id))}
	return jsonrpc2.NewNumberID(c.last)
}

// id is the client's own id of a call.
func (c *calls) id(num int64) jsontext.Value {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.waits[num]; one != nil {
		return one.id
	}
	return jsontext.Value("null")
}

// close forgets a call: it was answered.
func (c *calls) close(num int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits[num] != nil {
		delete(c.waits, num)
		c.open.done()
	}
}

// handled says how a call can be canceled.
func (c *calls) handled(id jsonrpc2.ID, cancel context.CancelFunc) {
	num, _ := id.Number()
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.waits[num]; one != nil {
		one.cancel = cancel
	}
}

// cancel cancels what the client knows under an id. Clients do not use an id twice at once; of one that does, all are meant.
func (c *calls) cancel(id jsontext.Value) {
	key := idKey(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.waits {
		if one.key == key && one.cancel != nil {
			one.canceled = true
			one.cancel()
		}
	}
}

// wasCanceled reports whether the client took its call back.
func (c *calls) wasCanceled(id jsonrpc2.ID) bool {
	num, _ := id.Number()
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.waits[num]
	return one != nil && one.canceled
}
