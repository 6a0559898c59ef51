package lsp

import (
	"context"
	"time"

	"go.lsp.dev/protocol"
)

// call asks the client something and waits for its answer. It must not be used where messages are handled in the order of the wire:
// the answer could not be read.
func (s *server) call(ctx context.Context, method string, params, result any) error {
	_, err := s.conn.Call(ctx, method, params, result)
	return err
}

// refreshLenses has the client ask for its code lenses again.
func (s *server) refreshLenses() {
	if s.client.Load().refreshLenses {
		s.refresh(protocol.MethodWorkspaceCodeLensRefresh)
	}
}

// refreshDiagnostics has the client ask again for the diagnostics of the documents that it shows.
func (s *server) refreshDiagnostics() {
	if s.client.Load().refreshDiagnostics {
		s.refresh(protocol.MethodWorkspaceDiagnosticRefresh)
	}
}

// refresh asks the client to ask again. That it does not is in the log.
func (s *server) refresh(method string) { _ = s.ask(method, nil, nil) }

// ask asks the client something, and waits for its answer, but not for ever.
func (s *server) ask(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(s.base, s.waits.progress)
	defer cancel()
	err := s.call(ctx, method, params, result)
	if err != nil && s.base.Err() == nil {
		s.log.Warn("the client did not do as it was asked", "method", method, "err", err)
	}
	return err
}

// settled gives the document of a URI and its task folder. Where the document was just opened and its folder is still being looked
// for, it waits for that, a little: the person is looking at this file.
func (s *server) settled(ctx context.Context, at *snapshot, uri string) (*snapshot, *place) {
	if p := at.find(uri); p != nil {
		return at, p
	}
	pending := s.lookups.pending(keyOf(uri))
	if pending != nil {
		patience := time.NewTimer(s.waits.folder)
		defer patience.Stop()
		select {
		case <-pending:
		case <-patience.C:
		case <-ctx.Done():
		}
	}
	at = s.session.snapshot()
	return at, at.find(uri)
}
