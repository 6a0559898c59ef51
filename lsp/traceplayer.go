package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// player is the client of a replay. Every request of its goes by the line of the recording that it stands in; the server's questions
// are matched with the recorded ones by their method and their order.
type player struct {
	rec   *recording
	out   *Replayed
	waits replayWaits
	to    io.Writer

	asked     []asked                   // every request that was sent
	changes   int                       // of documents that were sent
	answered  []int                     // of them, those whose recorded answer has come and that were not waited for yet
	byID      map[string]int            // the newest request under a recorded id, as an index of asked
	questions map[string]recordedAsking // by the recorded id of the server's question
	counted   map[string]int            // recorded questions so far, by method
	shown     map[string]*traceFrame    // the last recorded diagnostics so far, by URI
	fresh     map[string]bool           // their URIs, where they were not waited for yet
	missed    map[string]bool           // URIs whose diagnostics are no longer waited for

	heard heard
}

// asked is one request that was played.
type asked struct {
	frame    *traceFrame
	recorded *traceFrame // its recorded answer; nil where none has come by now
	sent     time.Time
	changes  int  // that were sent before it
	race     bool // the client took it back, or changed a text meanwhile: which answer it gets is a matter of luck
}

// recordedAsking is a question of the server: the nth of its method, from 1.
type recordedAsking struct {
	method string
	nth    int
}

// heard is what the server of the replay said.
type heard struct {
	mu        sync.Mutex // guards all below
	news      chan struct{}
	ended     bool
	answers   map[string]heardAnswer // by id
	questions map[string][]jsontext.Value
	shown     map[string]jsontext.Value // the last diagnostics, by URI
}

type heardAnswer struct {
	envelope
	at time.Time
}

func newPlayer(rec *recording, out *Replayed, waits replayWaits) *player {
	return &player{
		rec: rec, out: out, waits: waits, byID: map[string]int{}, questions: map[string]recordedAsking{}, counted: map[string]int{},
		shown: map[string]*traceFrame{}, fresh: map[string]bool{}, missed: map[string]bool{},
		heard: heard{news: make(chan struct{}), answers: map[string]heardAnswer{}, questions: map[string][]jsontext.Value{}, shown: map[string]jsontext.Value{}},
	}
}

// play plays the session, from the server's start to its end.
func (p *player) play(ctx context.Context, o Options) {
	serverIn, toServer := io.Pipe()
	fromIt, serverOut := io.Pipe()
	p.to = toServer
	ended, silent := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		Serve(ctx, serverIn, serverOut, o)
	}()
	go func() {
		defer close(silent)
		p.listen(fromIt)
	}()
	exited := false
	for i := range p.rec.frames {
		f := &p.rec.frames[i]
		switch {
		case ctx.Err() != nil || exited:
		case f.fromClient:
			if exited = f.method == protocol.MethodExit; exited {
				p.settle(ctx)
			}
			p.client(ctx, f)
		default:
			p.server(f)
		}
	}
	p.settle(ctx)
	_ = toServer.Close() // of a pipe in this process: it cannot fail
	<-ended
	<-silent
	p.compareShown()
}

// server takes up what the recorded server said.
func (p *player) server(f *traceFrame) {
	switch {
	case f.isAnswer():
		if i, known := p.byID[idKey(f.ID)]; known && p.asked[i].recorded == nil {
			p.asked[i].recorded = f
			if p.asked[i].changes != p.changes && p.asked[i].frame.method == protocol.MethodTextDocumentDiagnostic {
				p.asked[i].race = true // it is answered for the newest text
			}
			p.answered = append(p.answered, i)
		}
	case f.isRequest():
		p.counted[f.method]++
		p.questions[idKey(f.ID)] = recordedAsking{f.method, p.counted[f.method]}
	case f.method == protocol.MethodTextDocumentPublishDiagnostics:
		uri := shownFor(f.Params).URI
		p.shown[uri], p.fresh[uri] = f, true
	}
}

// client says what the recorded client said, once it knows what that client knew.
func (p *player) client(ctx context.Context, f *traceFrame) {
	p.settle(ctx)
	switch {
	case f.broken:
		p.send(f.body)
	case f.isAnswer():
		p.reply(ctx, f)
	case f.method == protocol.MethodWorkspaceExecuteCommand && f.isRequest():
		delete(p.byID, idKey(f.ID))
		p.out.Left++
	case f.isRequest():
		p.byID[idKey(f.ID)] = len(p.asked)
		p.asked = append(p.asked, asked{frame: f, sent: time.Now(), changes: p.changes})
		p.out.Requests++
		p.say(members{{"id", strconv.Itoa(f.line)}, {"method", string(f.Method)}, {"params", string(orphaned(f))}})
	case f.method == protocol.MethodCancelRequest:
		p.cancel(f)
	default:
		if f.method == protocol.MethodTextDocumentDidChange {
			p.changes++
		}
		p.say(members{{"method", string(f.Method)}, {"params", string(f.Params)}})
	}
}

// members are a JSON-RPC message: names with JSON. What has no value is left out.
type members [][2]string

func (p *player) say(o members) {
	body := `{"jsonrpc":"2.0"`
	for _, member := range o {
		if member[1] != "" {
			body += `,"` + member[0] + `":` + member[1]
		}
	}
	p.send([]byte(body + "}"))
}

// send writes one frame. A server that ended does not take it: what is compared tells of that.
func (p *player) send(body []byte) {
	_, _ = fmt.Fprintf(p.to, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// orphaned are a request's parameters without the editor's process. The recorded editor's process is gone, and a server ends with its editor's.
func orphaned(f *traceFrame) jsontext.Value {
	var params map[string]jsontext.Value
	if f.method != protocol.MethodInitialize || json.Unmarshal(f.Params, &params, jsontext.AllowDuplicateNames(true)) != nil {
		return f.Params
	}
	params["processId"] = jsontext.Value("null")
	changed, err := json.Marshal(params, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil {
		return f.Params
	}
	return changed
}

// cancel takes the same request back.
func (p *player) cancel(f *traceFrame) {
	var params struct {
		ID jsontext.Value `json:"id"`
	}
	if err := decode(f.Params, &params); err != nil {
		p.say(members{{"method", string(f.Method)}, {"params", string(f.Params)}})
		return
	}
	if i, known := p.byID[idKey(params.ID)]; known {
		p.asked[i].race = true
		p.say(members{{"method", string(f.Method)}, {"params", fmt.Sprintf(`{"id":%d}`, p.asked[i].frame.line)}})
	}
}

// reply answers a question of the server as the recorded client did.
func (p *player) reply(ctx context.Context, f *traceFrame) {
	q, known := p.questions[idKey(f.ID)]
	if !known {
		return
	}
	delete(p.questions, idKey(f.ID))
	id, came := jsontext.Value(nil), false
	p.await(ctx, p.patienceFor(q.method), func(h *heard) bool {
		if list := h.questions[q.method]; len(list) >= q.nth {
			id, came = list[q.nth-1], true
		}
		return came
	})
	if !came {
		if p.patienceFor(q.method) > 0 {
			p.out.note("line %d: the server did not ask %s again", f.line, q.method)
		}
		return
	}
	p.say(members{{"id", string(id)}, {"result", string(f.Result)}, {"error", string(f.Error)}})
}

// patienceFor is how long a question is waited for: not at all where only a command leads to it, or where several become one.
func (p *player) patienceFor(method string) time.Duration {
	switch method {
	case protocol.MethodWorkspaceApplyEdit, protocol.MethodWindowShowDocument, protocol.MethodWindowShowMessageRequest, protocol.MethodWindowWorkDoneProgressCreate:
		return 0
	}
	if strings.HasSuffix(method, "/refresh") {
		return 0
	}
	return p.waits.question
}

// listen takes what the server says, until it ends.
func (p *player) listen(from io.Reader) {
	frames := newFrameReader(from, slog.New(slog.DiscardHandler))
	for {
		body, err := frames.next()
		if fault := (*frameFault)(nil); errors.As(err, &fault) {
			continue
		}
		h := &p.heard
		h.mu.Lock()
		if h.ended = err != nil; !h.ended {
			h.take(body)
		}
		close(h.news)
		h.news = make(chan struct{})
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// take takes up one frame. It is called with mu held.
func (h *heard) take(body []byte) {
	f := traceFrame{body: body}
	f.open()
	switch {
	case f.isAnswer():
		h.answers[string(f.ID)] = heardAnswer{f.envelope, time.Now()}
	case f.isRequest():
		h.questions[f.method] = append(h.questions[f.method], f.ID)
	case f.method == protocol.MethodTextDocumentPublishDiagnostics:
		h.shown[shownFor(f.Params).URI] = f.Params
	}
}

// await waits until a condition holds, looking at it after each frame. It gives up when the server has ended, or patience is at its end.
func (p *player) await(ctx context.Context, patience time.Duration, met func(h *heard) bool) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		p.heard.mu.Lock()
		done, news := met(&p.heard) || p.heard.ended, p.heard.news
		p.heard.mu.Unlock()
		if done {
			return
		}
		select {
		case <-news:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
