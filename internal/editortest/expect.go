package editortest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is what the server has said so far.
type State struct {
	Messages    []Message              // all of its own accord, in their order
	Diagnostics map[string]Diagnostics // the newest, by URI
	Rejections  []*Error               // answers without an id
	Ended       bool                   // it says no more
}

// Diagnostics are what is shown for one file.
type Diagnostics struct {
	URI     string       `json:"uri"`
	Version *int         `json:"version"`
	List    []Diagnostic `json:"diagnostics"`
	Raw     json.RawMessage
	Count   int // how often diagnostics came for this URI
}

// Diagnostic is one of them.
type Diagnostic struct {
	Range           Range                 `json:"range"`
	Severity        int                   `json:"severity"`
	Code            string                `json:"code"`
	CodeDescription struct{ Href string } `json:"codeDescription"`
	Source          string                `json:"source"`
	Message         string                `json:"message"`
	Tags            []int                 `json:"tags"`
	Related         json.RawMessage       `json:"relatedInformation"`
	Data            json.RawMessage       `json:"data"`
}

// Range is a place in a document.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Position is a line and a column, in the encoding that the server chose.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Codes are the codes of diagnostics, sorted.
func (d Diagnostics) Codes() []string {
	codes := []string{}
	for _, one := range d.List {
		codes = append(codes, one.Code)
	}
	slices.Sort(codes)
	return codes
}

// Verdict says how an expectation stands.
type Verdict int

// An expectation is met, not met yet, or can never be met any more; then a test need not wait for its deadline.
const (
	Unmet Verdict = iota
	Met
	Unmeetable
)

// Expectation is something that a test waits for.
type Expectation struct {
	What  string
	Check func(s State) Verdict
}

// Await waits until all expectations are met at once.
func (e *Editor) Await(expectations ...Expectation) {
	e.t.Helper()
	deadline := time.After(Patience)
	for {
		e.mu.Lock()
		news, state := e.news, e.state
		verdict, what := judge(state, expectations)
		e.mu.Unlock()
		switch {
		case verdict == Met:
			return
		case verdict == Unmeetable:
			e.t.Fatalf("this can never be met: %s\n%s", what, describe(state))
		case state.Ended:
			e.t.Fatalf("the server ended before this was met: %s\n%s", what, describe(state))
		}
		select {
		case <-news:
		case <-deadline:
			e.t.Fatalf("not met in time: %s\n%s", what, describe(e.State()))
		}
	}
}

func judge(s State, expectations []Expectation) (Verdict, string) {
	all, what := Met, []string{}
	for _, x := range expectations {
		switch x.Check(s) {
		case Unmeetable:
			return Unmeetable, x.What
		case Unmet:
			all, what = Unmet, append(what, x.What)
		}
	}
	return all, strings.Join(what, "; ")
}

func describe(s State) string {
	var b strings.Builder
	for _, m := range s.Messages[max(0, len(s.Messages)-30):] {
		fmt.Fprintf(&b, "  %s %.300s\n", m.Method, m.Params)
	}
	for _, r := range s.Rejections {
		fmt.Fprintf(&b, "  rejected: %v\n", r)
	}
	return b.String()
}

// State is a copy of what the server has said so far.
func (e *Editor) State() State {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state
	s.Messages = slices.Clone(s.Messages)
	s.Diagnostics = map[string]Diagnostics{}
	for uri, d := range e.state.Diagnostics {
		s.Diagnostics[uri] = d
	}
	return s
}

// HasCodes expects that exactly these codes are shown for a file, in any order; none means that an empty list came.
func HasCodes(uri string, codes ...string) Expectation {
	slices.Sort(codes)
	return Expectation{fmt.Sprintf("%s has exactly %v", uri, codes), func(s State) Verdict {
		d, told := s.Diagnostics[uri]
		if told && slices.Equal(d.Codes(), append([]string{}, codes...)) {
			return Met
		}
		return Unmet
	}}
}

// HasCode expects a code among those shown for a file.
func HasCode(uri, code string) Expectation {
	return Expectation{fmt.Sprintf("%s has %s", uri, code), func(s State) Verdict {
		if slices.Contains(s.Diagnostics[uri].Codes(), code) {
			return Met
		}
		return Unmet
	}}
}

// ForVersion expects diagnostics for this version of an open document. Once they have come for a later one, they never will.
func ForVersion(uri string, version int) Expectation {
	return Expectation{fmt.Sprintf("%s has diagnostics for version %d", uri, version), func(s State) Verdict {
		switch d := s.Diagnostics[uri]; {
		case d.Version == nil || *d.Version < version:
			return Unmet
		case *d.Version == version:
			return Met
		default:
			return Unmeetable
		}
	}}
}

// Said expects a message of a method that fits; nil fits all.
func Said(method string, fits func(params Object) bool) Expectation {
	seen, met := 0, false // messages only ever get more
	return Expectation{"a fitting " + method, func(s State) Verdict {
		for ; seen < len(s.Messages) && !met; seen++ {
			m := s.Messages[seen]
			met = m.Method == method && (fits == nil || fits(m.Object()))
		}
		if met {
			return Met
		}
		return Unmet
	}}
}

// Rejected expects so many answers without an id, the last of this code.
func Rejected(count, code int) Expectation {
	return Expectation{fmt.Sprintf("%d rejections, the last with %d", count, code), func(s State) Verdict {
		switch n := len(s.Rejections); {
		case n < count:
			return Unmet
		case n > count || s.Rejections[n-1].Code != code:
			return Unmeetable
		default:
			return Met
		}
	}}
}

// Never turns an expectation around: it must not hold now, and waiting does not help.
func Never(x Expectation) Expectation {
	return Expectation{"not: " + x.What, func(s State) Verdict {
		if x.Check(s) == Met {
			return Unmeetable
		}
		return Met
	}}
}

// published takes diagnostics in and watches over their order. It is called with mu held.
func (e *Editor) published(params json.RawMessage) {
	var d Diagnostics
	if err := json.Unmarshal(params, &d); err != nil {
		e.t.Errorf("diagnostics that cannot be read: %v: %.300s", err, params)
		return
	}
	if d.List == nil {
		e.t.Errorf("diagnostics without a list: %.300s", params)
	}
	old := e.state.Diagnostics[d.URI]
	doc := e.documents[d.URI]
	if d.Version != nil && doc != nil && !doc.anyVersion && !e.careless {
		if old.Version != nil && *old.Version > *d.Version {
			e.t.Errorf("diagnostics for version %d of %s came after those for %d", *d.Version, d.URI, *old.Version)
		}
		if *d.Version > doc.version {
			e.t.Errorf("diagnostics for version %d of %s, which is at %d", *d.Version, d.URI, doc.version)
		}
	}
	d.Raw, d.Count = params, old.Count+1
	e.state.Diagnostics[d.URI] = d
}
