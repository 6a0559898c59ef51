package editortest

import (
	"encoding/json"
	"maps"
	"slices"
)

// puller asks for diagnostics as an editor does that the server does not publish to: for a document when it is opened or changed, one
// question at a time; for all that are open when the server wants that; and for the workspace with a question that stays open. What it
// hears goes into State.Diagnostics, as if it had been published. Its fields are guarded by the editor's mu. A nil one asks nothing.
type puller struct {
	documents map[string]*pulling // by URI
	known     map[string]string   // result ids of the workspace, by URI
	token     int
	leaving   bool // the editor says goodbye: it asks nothing more
}

// pulling is an open document.
type pulling struct {
	result string
	asking bool
	again  bool // it was changed since the question
}

// Report is what the server says of one file.
type Report struct {
	Kind     string          `json:"kind"`
	URI      string          `json:"uri"`
	Version  *int            `json:"version"`
	ResultID string          `json:"resultId"`
	Items    json.RawMessage `json:"items"`
}

func (e *Editor) beginPulling() {
	e.mu.Lock()
	e.pulls = &puller{documents: map[string]*pulling{}, known: map[string]string{}}
	e.mu.Unlock()
	e.pullWorkspace()
}

// pullWorkspace asks the question that stays open. What the server said before is known to it.
func (e *Editor) pullWorkspace() {
	e.mu.Lock()
	e.pulls.token++
	token, previous := e.pulls.token, []any{}
	for _, uri := range slices.Sorted(maps.Keys(e.pulls.known)) {
		previous = append(previous, map[string]any{"uri": uri, "value": e.pulls.known[uri]})
	}
	e.mu.Unlock()
	e.Request("workspace/diagnostic", map[string]any{"identifier": "meca", "partialResultToken": token, "previousResultIds": previous})
}

// pull asks for a document. It is called beside reading, or by the test.
func (e *Editor) pull(uri string) {
	e.mu.Lock()
	if e.pulls == nil || e.pulls.leaving || e.documents[uri] == nil {
		e.mu.Unlock()
		return
	}
	d := e.pulls.documents[uri]
	if d == nil {
		d = &pulling{}
		e.pulls.documents[uri] = d
	}
	if d.asking {
		d.again = true
		e.mu.Unlock()
		return
	}
	d.asking, d.again = true, false
	version := e.documents[uri].version
	params := map[string]any{"textDocument": map[string]any{"uri": uri}, "identifier": "meca"}
	if d.result != "" {
		params["previousResultId"] = d.result
	}
	e.mu.Unlock()
	p := e.Request("textDocument/diagnostic", params)
	e.asking.Go(func() {
		select {
		case <-p.Done():
			e.pulled(uri, d, version, p)
		case <-e.gone:
		}
	})
}

// pulled takes an answer, and asks again where the document has changed since the question.
func (e *Editor) pulled(uri string, d *pulling, version int, p *Pending) {
	e.mu.Lock()
	d.asking = false
	if e.pulls.documents[uri] != d || e.pulls.leaving {
		e.mu.Unlock()
		return
	}
	var report Report
	switch {
	case p.err != nil && p.err.Code == -32802:
		d.again = true
	case p.err != nil:
		e.t.Errorf("textDocument/diagnostic: %v", p.err)
	case json.Unmarshal(p.result, &report) != nil || report.ResultID == "" || report.Kind == "unchanged" && report.ResultID != d.result:
		e.t.Errorf("textDocument/diagnostic answered %s", p.result)
	case !d.again:
		if d.result = report.ResultID; report.Kind == "full" {
			e.show(uri, &version, report.Items)
		} else {
			e.show(uri, &version, nil)
		}
	}
	again := d.again
	e.tell()
	e.mu.Unlock()
	if again {
		e.pull(uri)
	}
}

// show takes diagnostics in; nil are those from before. It is called with mu held.
func (e *Editor) show(uri string, version *int, items json.RawMessage) {
	next := e.state.Diagnostics[uri]
	next.URI, next.Version = uri, version
	next.Count++
	if items != nil {
		next.Raw, next.List = items, nil
		if err := json.Unmarshal(items, &next.List); err != nil || next.List == nil {
			e.t.Errorf("diagnostics that cannot be read: %v: %.300s", err, items)
		}
	}
	e.state.Diagnostics[uri] = next
}

// close forgets a document: its diagnostics come with the workspace's from now on. It is called with mu held.
func (p *puller) close(uri string) {
	if p != nil {
		delete(p.documents, uri)
		delete(p.known, uri)
	}
}

// take takes what the server says of its own accord. It is called with mu held.
func (p *puller) take(e *Editor, m incoming) {
	switch {
	case p == nil:
	case m.Method == "workspace/diagnostic/refresh":
		for uri := range p.documents {
			e.asking.Go(func() { e.pull(uri) })
		}
	case m.Method == "$/progress":
		var part struct {
			Token json.RawMessage
			Value struct{ Items []Report }
		}
		var token int
		if json.Unmarshal(m.Params, &part) == nil && json.Unmarshal(part.Token, &token) == nil && token == p.token {
			p.workspaceTold(e, part.Value.Items)
		}
	}
}

// workspaceTold takes a part of the answer for the workspace. A document's own answer counts before it.
func (p *puller) workspaceTold(e *Editor, items []Report) {
	for _, one := range items {
		if one.URI == "" || one.ResultID == "" {
			e.t.Errorf("a report on nothing: %+v", one)
		}
		p.known[one.URI] = one.ResultID
		if p.documents[one.URI] == nil && one.Kind == "full" {
			e.show(one.URI, one.Version, one.Items)
		}
	}
}
