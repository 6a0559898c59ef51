package lsp

import (
	"context"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// progresses are the progress reports that the client shows, so that it can cancel what they are about.
type progresses struct {
	mu   sync.Mutex // guards all below
	open map[string]*progress
}

// progress is one work-done progress that the server began. It is shown as soon as the client has accepted it, and never if the
// client does not; what it is about does not wait for that.
type progress struct {
	server *server
	token  string
	title  string
	cancel context.CancelFunc

	mu      sync.Mutex // guards all below
	shown   bool
	ended   bool
	message string
}

// beginProgress asks the client to show a progress with a cancel button.
func (s *server) beginProgress(token, title string, cancel context.CancelFunc) *progress {
	p := &progress{server: s, token: token, title: title, cancel: cancel}
	if !s.client.Load().progress {
		return p
	}
	s.progress.mu.Lock()
	if s.progress.open == nil {
		s.progress.open = map[string]*progress{}
	}
	s.progress.open[token] = p
	s.progress.mu.Unlock()
	s.spawn("progress", p.create)
	return p
}

func (p *progress) create() {
	ctx, cancel := context.WithTimeout(p.server.base, p.server.waits.progress)
	defer cancel()
	params := &protocol.WorkDoneProgressCreateParams{Token: protocol.String(p.token)}
	if err := p.server.call(ctx, protocol.MethodWindowWorkDoneProgressCreate, params, nil); err != nil {
		p.server.log.Warn("the client shows no progress", "err", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = true
	begin := &protocol.WorkDoneProgressBegin{Kind: "begin", Title: p.title, Cancellable: new(true)}
	if p.message != "" && !p.ended {
		begin.Message = &p.message
	}
	p.send("", begin)
	if p.ended {
		p.send("", &protocol.WorkDoneProgressEnd{Kind: "end", Message: &p.message})
	}
}

// report says what is being done now.
func (p *progress) report(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.message = message; p.shown && !p.ended {
		p.send("progress "+p.token, &protocol.WorkDoneProgressReport{Kind: "report", Message: &message})
	}
}

// end says how it ended.
func (p *progress) end(message string) {
	p.server.progress.mu.Lock()
	delete(p.server.progress.open, p.token)
	p.server.progress.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.message = true, message
	if p.shown {
		p.send("", &protocol.WorkDoneProgressEnd{Kind: "end", Message: &message})
	}
}

func (p *progress) send(key string, value any) {
	p.server.wire.notify(key, protocol.MethodProgress, &protocol.ProgressParams{Token: protocol.String(p.token), Value: encode(value)})
}

// cancelProgress cancels what a progress is about. One that has ended does not matter.
func (s *server) cancelProgress(params jsontext.Value) error {
	var p struct {
		Token any `json:"token"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	token, _ := p.Token.(string)
	s.progress.mu.Lock()
	defer s.progress.mu.Unlock()
	if one := s.progress.open[token]; one != nil {
		one.cancel()
	}
	return nil
}
