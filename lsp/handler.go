package lsp

import (
	"context"
	"maps"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// phase is how far the session is.
type phase = int32

const (
	phaseNew     phase = iota // before initialize
	phaseServing              // initialize was answered
	phaseClosing              // after shutdown
)

// prepare takes up a request in the order of the wire: what changes state is done here, and is short. What is left to do is done by
// the work that it gives, beside other requests.
type prepare func(at *snapshot, params jsontext.Value) (work, error)

// work computes an answer; nil is the answer null. ctx is canceled when the client takes its request back, or the session ends.
type work func(ctx context.Context) (any, error)

// notice handles a notification, in the order of the wire. It must be short and must not wait for the client. Its error is logged.
type notice func(params jsontext.Value) error

func (s *server) requestTable() map[string]prepare {
	table := map[string]prepare{
		protocol.MethodInitialize:              s.traced(s.initialize),
		protocol.MethodShutdown:                s.shutdown,
		protocol.MethodTextDocumentCodeAction:  s.exact(read(s.codeAction)),
		protocol.MethodTextDocumentCodeLens:    read(s.codeLens),
		protocol.MethodTextDocumentDiagnostic:  read(s.documentDiagnostic),
		protocol.MethodWorkspaceDiagnostic:     s.workspaceDiagnostic,
		protocol.MethodTextDocumentHover:       read(s.hover),
		protocol.MethodTextDocumentCompletion:  read(s.completion),
		protocol.MethodWorkspaceExecuteCommand: s.executeCommand,
	}
	maps.Copy(table, s.readers())
	return table
}

func (s *server) noticeTable() map[string]notice {
	return map[string]notice{
		protocol.MethodInitialized:                        s.initialized,
		protocol.MethodExit:                               s.exit,
		protocol.MethodCancelRequest:                      s.cancelRequest,
		protocol.MethodSetTrace:                           s.setTrace,
		protocol.MethodTextDocumentDidOpen:                s.didOpen,
		protocol.MethodTextDocumentDidChange:              s.didChange,
		protocol.MethodTextDocumentDidSave:                s.didSave,
		protocol.MethodTextDocumentDidClose:               s.didClose,
		protocol.MethodWorkspaceDidChangeWatchedFiles:     s.didChangeWatchedFiles,
		protocol.MethodWorkspaceDidChangeWorkspaceFolders: s.didChangeWorkspaceFolders,
		protocol.MethodWorkspaceDidChangeConfiguration:    s.didChangeConfiguration,
		protocol.MethodWindowWorkDoneProgressCancel:       s.cancelProgress,
	}
}

// read makes a request of a function that only reads: it takes the snapshot in the order of the wire.
func read[P any](do func(ctx context.Context, at *snapshot, p *P) (any, error)) prepare {
	return func(at *snapshot, params jsontext.Value) (work, error) {
		return func(ctx context.Context) (any, error) {
			var p P
			if err := decode(params, &p); err != nil {
				return nil, err
			}
			return do(ctx, at, &p)
		}, nil
	}
}

// exact makes a request one whose answer is refused where the text moved on while it was computed: its edits would fall on other places.
// Its parameters name a document as textDocument.
func (s *server) exact(do prepare) prepare {
	return func(at *snapshot, params jsontext.Value) (work, error) {
		rest, err := do(at, params)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (any, error) {
			result, err := rest(ctx)
			if uri, _ := documentURI(params); err == nil && s.session.snapshot().movedOn(at, uri) {
				return nil, protocol.ErrContentModified
			}
			return result, err
		}, nil
	}
}

// movedOn reports whether a document has another text than in an older snapshot.
func (s *snapshot) movedOn(older *snapshot, uri string) bool {
	now, then := s.docs[keyOf(uri)], older.docs[keyOf(uri)]
	return now != nil && then != nil && (now.text != then.text || now.opened != then.opened)
}

// decode reads parameters that must be an object.
func decode(params jsontext.Value, into any) error {
	if params.Kind() != '{' {
		return invalidParams("the parameters are no object")
	}
	if err := protocol.Unmarshal(params, into); err != nil {
		return invalidParams("%v", err)
	}
	return nil
}

// handle is the one entry for everything that the client says.
//
// Invariant: nothing keeps or derives from the library's context: the library uses it again for a later message, and then a timer or
// goroutine that hangs on it brings the program down. Invariant: a notification gives no error, and nothing panics through here: the
// library would close the connection.
func (s *server) handle(libctx context.Context, req *jsonrpc2.Request) (any, error) {
	method, params, began := req.Method(), jsontext.Value(req.Params()), time.Now()
	if !req.IsCall() {
		s.notify(method, params)
		s.handled(req, began, nil)
		return nil, nil
	}
	result, err := s.answer(libctx, req.ID(), method, params)
	if err != nil {
		result, err = nil, wireError(err)
	}
	s.handled(req, began, err)
	return result, err
}

// notify handles a notification. Those that are unknown, or come too early or too late, are dropped, as the protocol wants.
func (s *server) notify(method string, params jsontext.Value) {
	defer s.survive(method)
	handler, known := s.notices[method]
	switch {
	case !known:
		if !strings.HasPrefix(method, "$/") {
			s.log.Debug("notification dropped: unknown", "method", method)
		}
		return
	case s.phase.Load() != phaseServing && method != protocol.MethodExit && method != protocol.MethodCancelRequest:
		s.log.Warn("notification dropped: not between initialize and shutdown", "method", method)
		return
	}
	s.injected(method)
	if err := handler(params); err != nil {
		s.log.Warn("notification ignored", "method", method, "err", err)
	}
}

// answer answers a request, exactly once and with a code of the protocol.
func (s *server) answer(libctx context.Context, id jsonrpc2.ID, method string, params jsontext.Value) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked(method, r)
			result, err = nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "internal error in %s; the server's log tells more", method)
		}
	}()
	handler, err := s.admit(method)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(s.base)
	defer cancel()
	s.wire.calls.handled(id, cancel)
	s.injected(method)
	rest, err := handler(s.session.snapshot(), params)
	if err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	jsonrpc2.Async(libctx) // from here on the next message is read
	s.injected("beside " + method)
	result, err = rest(ctx)
	if method != protocol.MethodWorkspaceExecuteCommand && s.wire.calls.wasCanceled(id) {
		return nil, protocol.ErrRequestCancelled
	}
	return result, err
}

// admit finds a request's handler, where the session is in a phase for it.
func (s *server) admit(method string) (prepare, error) {
	switch phase := s.phase.Load(); {
	case phase == phaseClosing:
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "%.100s came after shutdown", method)
	case phase == phaseServing && method == protocol.MethodInitialize:
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "initialize came twice")
	case phase == phaseNew && method != protocol.MethodInitialize:
		return nil, jsonrpc2.Errorf(jsonrpc2.ServerNotInitialized, "%.100s came before initialize", method)
	}
	handler, known := s.requests[method]
	if !known {
		return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "there is no method %.100q", method)
	}
	return handler, nil
}

// cancelRequest takes a request back. One that was answered, or never made, does not matter.
func (s *server) cancelRequest(params jsontext.Value) error {
	var p struct {
		ID jsontext.Value `json:"id"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	s.wire.calls.cancel(p.ID)
	return nil
}

// survive recovers from a panic, so that the session lives. It is deferred.
func (s *server) survive(where string) {
	if r := recover(); r != nil {
		s.panicked(where, r)
	}
}

func (s *server) panicked(where string, value any) {
	s.log.Error("panic", "in", where, "value", value, "stack", string(debug.Stack()))
}

// codec encodes what requests carry as the protocol does; the library's own does not know the protocol's unions.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(jsontext.Value); ok {
		return raw, nil
	}
	return protocol.Marshal(v)
}

func (codec) Unmarshal(data []byte, v any) error { return protocol.Unmarshal(data, v) }
