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
	if c := s.client.Load(); !c.refreshLenses || !c.options.codeLens {
		return
	}
	s.refresh(protocol.MethodWorkspaceCodeLensRefresh)
}

// refreshDiagnostics has the client ask again for the diagnostics of the documents that it shows.
func (s *server) refreshDiagnostics() {
	if s.client.Load().refreshDiagnostics {
		s.refresh(protocol.MethodWorkspaceDiagnosticRefresh)
	}
}

// refresh asks the client to ask again.
func (s *server) refresh(method string) {
	ctx, cancel := context.WithTimeout(s.base, s.waits.progress)
	defer cancel()
	if err := s.call(ctx, method, nil, nil); err != nil && s.base.Err() == nil {
		s.log.Warn("the client did not refresh what it shows", "method", method, "err", err)
	}
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
