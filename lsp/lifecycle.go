package lsp

import (
	"context"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// initialize takes the client's word for what it can, and answers what the server can.
func (s *server) initialize(_ *snapshot, params jsontext.Value) (work, error) {
	c, err := readClient(params)
	if err != nil {
		return nil, err
	}
	s.client.Store(c)
	s.findings.begin(c.pullsDiagnostics)
	s.configure(c.options.settings)
	s.session.apply(causeRoots, func(d *draft) { d.setRoots(readable(c.roots)) })
	s.phase.Store(phaseServing)
	s.watchProcess(c.process)
	result := &protocol.InitializeResult{
		Capabilities: s.capabilities(c),
		ServerInfo:   protocol.ServerInfo{Name: "meca-lsp", Version: protocol.NewOptional(s.options.Version)},
	}
	return func(context.Context) (any, error) { return result, nil }, nil
}

func (s *server) capabilities(c *client) protocol.ServerCapabilities {
	caps := protocol.ServerCapabilities{
		PositionEncoding: c.encodingName,
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: new(true),
			Change:    new(protocol.TextDocumentSyncKindFull),
			Save:      &protocol.SaveOptions{IncludeText: new(false)},
		},
		HoverProvider:          protocol.Boolean(true),
		CompletionProvider:     &protocol.CompletionOptions{TriggerCharacters: []string{`"`}},
		ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: slices.Sorted(maps.Keys(s.commands))},
		Workspace: &protocol.WorkspaceOptions{WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
			Supported: new(true), ChangeNotifications: protocol.Boolean(true),
		}},
	}
	caps.CodeActionProvider = protocol.Boolean(true)
	if c.actionLiterals {
		caps.CodeActionProvider = &protocol.CodeActionOptions{CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix, kindFixAll}}
	}
	if c.pullsDiagnostics {
		caps.DiagnosticProvider = &protocol.DiagnosticOptions{Identifier: new(diagnosticsID), InterFileDependencies: true, WorkspaceDiagnostics: true}
	}
	if s.session.snapshot().configs.base.lenses {
		caps.CodeLensProvider = &protocol.CodeLensOptions{ResolveProvider: new(false)}
	}
	c.offer(&caps)
	return caps
}

// initialized begins with what would hold up the answer to initialize: to watch files, and to find the task folders.
func (s *server) initialized(jsontext.Value) error {
	s.spawn("register", s.registerWatchers)
	s.sources.mu.Lock()
	s.complain(s.sources.waiting)
	s.sources.mu.Unlock()
	if s.client.Load().configuration {
		s.spawn("register settings", s.registerConfiguration)
		s.chores.add(choreConfig, true)
	}
	for _, r := range s.session.snapshot().roots {
		s.scan(r)
	}
	return nil
}

// shutdown stops the runs, and is answered when they are gone, or soon after.
func (s *server) shutdown(*snapshot, jsontext.Value) (work, error) {
	s.phase.Store(phaseClosing)
	s.findings.endHeld()
	for p := range s.session.snapshot().places.all() {
		if p.run != nil {
			p.run.cancel()
		}
	}
	return func(context.Context) (any, error) {
		s.running.await(s.waits.shutdownAnswer)
		return nil, nil
	}, nil
}

// exit ends the program.
func (s *server) exit(jsontext.Value) error {
	e := ending{why: "exit", code: 0, patience: s.waits.runAfterShutdown, answers: true}
	if s.phase.Load() != phaseClosing {
		e.why, e.code = "exit without shutdown", 1
	}
	s.finish(e)
	return nil
}
