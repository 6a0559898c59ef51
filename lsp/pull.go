package lsp

import (
	"context"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// This file answers a client that asks for diagnostics. It asks for each document that is open, and for the workspace; what it is told
// there of an open document is the same.

// diagnosticsID is the name under which clients keep our diagnostics apart from others'.
const diagnosticsID = "meca"

// The kinds of reports.
const (
	reportFull      = "full"
	reportUnchanged = "unchanged"
)

// documentReport answers textDocument/diagnostic.
type documentReport struct {
	Kind     string         `json:"kind"`
	ResultID string         `json:"resultId"`
	Items    jsontext.Value `json:"items,omitzero"` // of a full one
}

// workspaceReport answers workspace/diagnostic, or is a part of the answer. It tells of the files whose diagnostics changed.
type workspaceReport struct {
	Items []workspaceItem `json:"items"`
}

type workspaceItem struct {
	Kind     string         `json:"kind"`
	ResultID string         `json:"resultId"`
	URI      string         `json:"uri"`
	Version  *int32         `json:"version"` // null for what is not open
	Items    jsontext.Value `json:"items"`
}

// maxTries is how often an answer is begun anew because the text or its folder changed meanwhile.
const maxTries = 5

// documentDiagnostic answers for the newest text: what the client has changed since it asked is what it sees now. A client that changes
// faster than that is asked to come again.
func (s *server) documentDiagnostic(ctx context.Context, _ *snapshot, params *protocol.DocumentDiagnosticParams) (any, error) {
	name := string(params.TextDocument.URI)
	if name == "" {
		return nil, invalidParams("diagnostic names no document")
	}
	key := keyOf(name)
	for range maxTries {
		at := s.session.snapshot()
		if !isSettings(key) {
			at, _ = s.settled(ctx, at, name)
		}
		s.injected("look at a document")
		report := s.client.Load().reportOn(at, name)
		if doc := at.docs[key]; doc != nil {
			s.findings.answered(doc, report.ResultID)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !s.session.snapshot().saysTheSame(at, name) {
			continue
		}
		if params.PreviousResultID != nil && *params.PreviousResultID == report.ResultID {
			report.Kind, report.Items = reportUnchanged, nil
		}
		return report, nil
	}
	return nil, &jsonrpc2.Error{
		Code: codeServerCancelled, Message: "the document changes too fast", Data: jsonrpc2.RawMessage(encode(retrigger{true})),
	}
}

// retrigger says whether a client should ask again.
type retrigger struct {
	Again bool `json:"retriggerRequest"`
}

// saysTheSame reports whether a document's diagnostics are still those of an older snapshot.
func (s *snapshot) saysTheSame(older *snapshot, uri string) bool {
	key := keyOf(uri)
	return s.docs[key] == older.docs[key] && s.find(uri) == older.find(uri) && s.settings[key] == older.settings[key]
}

// reportOn tells of one document; of one that is in no task folder, and no settings file, that nothing is wrong with it.
func (c *client) reportOn(at *snapshot, uri string) *documentReport {
	key := keyOf(uri)
	list := []protocol.Diagnostic{}
	if p := at.find(uri); isSettings(key) {
		for _, f := range c.settingsDiagnostics(at, key, at.settings[key]) {
			list = f.list
		}
	} else if p != nil {
		rel, _ := relative(p.dir, key)
		for _, one := range p.judge() {
			if one.path == rel {
				list = append(list, c.diagnostic(at, p, one))
			}
		}
	}
	items := encode(list)
	return &documentReport{Kind: reportFull, ResultID: resultID(items), Items: items}
}

// workspaceParams are those of workspace/diagnostic.
type workspaceParams struct {
	PartialResultToken jsontext.Value `json:"partialResultToken"`
	PreviousResultIDs  []struct {
		URI   string `json:"uri"`
		Value string `json:"value"`
	} `json:"previousResultIds"`
}

// streams reports whether the client takes parts of an answer.
func (p *workspaceParams) streams() bool {
	kind := p.PartialResultToken.Kind()
	return kind == '"' || kind == '0'
}

// workspaceDiagnostic tells what changed since the results that the client has. One that takes the answer in parts gets them as they
// come, and the question stays open until it is taken back; another one gets one answer, as soon as there is something to say.
//
// The question is taken up in the order of the wire: of two, the later one is the one that is held.
func (s *server) workspaceDiagnostic(_ *snapshot, raw jsontext.Value) (work, error) {
	var params workspaceParams
	if err := decode(raw, &params); err != nil {
		return nil, err
	}
	has := map[string]string{}
	for _, one := range params.PreviousResultIDs {
		has[keyOf(one.URI)] = one.Value
	}
	q := s.findings.hold(has)
	return func(ctx context.Context) (any, error) {
		defer s.findings.release(q)
		if params.streams() {
			return s.streamDiagnostics(ctx, q, params.PartialResultToken)
		}
		return s.changedDiagnostics(ctx, q, len(has) > 0)
	}, nil
}

// changedDiagnostics answers at once where the client knows nothing yet, else as soon as something is other than it knows.
func (s *server) changedDiagnostics(ctx context.Context, q *question, patient bool) (any, error) {
	if !patient || q.waits() {
		s.settle(ctx, q)
	}
	for patient && !q.waits() {
		select {
		case <-q.wake:
			s.settle(ctx, q)
		case <-q.over:
			return workspaceReport{Items: []workspaceItem{}}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return reportOf(q.take(math.MaxInt)), ctx.Err()
}

// settle waits until every change of the disk and the editor that is known has been looked at, but not for long.
func (s *server) settle(ctx context.Context, q *question) {
	patience := time.NewTimer(s.waits.settle)
	defer patience.Stop()
	select {
	case <-s.settling.quiet():
	case <-patience.C:
	case <-q.over:
	case <-ctx.Done():
	}
}

// maxReported is how many files one part of an answer tells of.
const maxReported = 256

// streamDiagnostics sends parts until the client takes its question back. It waits while the client does not keep up: meanwhile the news
// are gathered.
func (s *server) streamDiagnostics(ctx context.Context, q *question, token jsontext.Value) (any, error) {
	nothing := workspaceReport{Items: []workspaceItem{}}
	for {
		select {
		case <-q.wake:
		case <-q.over:
			return nothing, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.wire.out.awaitBelow(ctx, outboxStreamLimit)
		if news := q.take(maxReported); len(news) > 0 {
			s.wire.notify("", protocol.MethodProgress, &part{Token: token, Value: reportOf(news)})
		}
	}
}

// part is the notification that carries a part of an answer.
type part struct {
	Token jsontext.Value  `json:"token"`
	Value workspaceReport `json:"value"`
}

func reportOf(news []told) workspaceReport {
	report := workspaceReport{Items: make([]workspaceItem, len(news))}
	for i, t := range news {
		item := workspaceItem{Kind: reportFull, ResultID: t.id, URI: t.uri, Items: t.list}
		if v, ok := t.version.Get(); ok {
			item.Version = &v
		}
		report.Items[i] = item
	}
	return report
}
