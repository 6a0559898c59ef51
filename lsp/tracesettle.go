package lsp

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// settle waits for what the recorded client had got by now: the answers, then the newest diagnostics of each file. An answer that came
// is compared.
func (p *player) settle(ctx context.Context) {
	for _, i := range p.answered {
		a := &p.asked[i]
		id, now, came := strconv.Itoa(a.frame.line), heardAnswer{}, false
		p.await(ctx, p.waits.answer, func(h *heard) bool {
			now, came = h.answers[id]
			return came
		})
		if ctx.Err() == nil {
			p.compare(a, now, came)
		}
	}
	p.answered = p.answered[:0]
	p.settleShown(ctx)
}

func (p *player) compare(a *asked, now heardAnswer, came bool) {
	method := a.frame.method
	p.out.Compared++
	if !came {
		p.out.Differ = append(p.out.Differ, Differs{a.recorded.line, method, "it was not answered"})
		return
	}
	p.out.took(method, now.at.Sub(a.sent), a.recorded.at-a.frame.at)
	what := answersApart(&a.recorded.envelope, &now.envelope)
	switch {
	case what == "" || a.race || method == protocol.MethodWorkspaceDiagnostic: // that is held, and tells what came first
	case comeAgain(&a.recorded.envelope) || comeAgain(&now.envelope):
	default:
		p.out.Differ = append(p.out.Differ, Differs{a.recorded.line, method, what})
	}
}

// comeAgain reports whether an answer says no more than that the text moved on: ContentModified, or ServerCancelled.
func comeAgain(e *envelope) bool {
	var said struct {
		Code int64 `json:"code"`
	}
	if e.Error == nil || json.Unmarshal(e.Error, &said) != nil {
		return false
	}
	return said.Code == int64(protocol.CodeContentModified) || said.Code == int64(codeServerCancelled)
}

// shownParams are what matters of publishDiagnostics.
type shownParams struct {
	URI     string         `json:"uri"`
	Version *int64         `json:"version"`
	List    jsontext.Value `json:"diagnostics"`
}

func shownFor(params jsontext.Value) (p shownParams) {
	if err := json.Unmarshal(params, &p, jsontext.AllowDuplicateNames(true)); err != nil {
		return shownParams{} // what is no object of theirs is shown for nothing
	}
	return p
}

// settleShown waits for the newest recorded diagnostics, or for later ones. A file whose diagnostics did not come in time is not waited
// for again: its folder is another here.
func (p *player) settleShown(ctx context.Context) {
	open := maps.Clone(p.fresh)
	clear(p.fresh)
	maps.DeleteFunc(open, func(uri string, _ bool) bool { return p.missed[uri] })
	p.await(ctx, p.waits.diagnostics, func(h *heard) bool {
		for uri := range open {
			if reached(shownFor(p.shown[uri].Params), h.shown[uri]) {
				delete(open, uri)
			}
		}
		return len(open) == 0
	})
	maps.Copy(p.missed, open)
}

// reached reports whether diagnostics are those that were recorded, or are for a later text.
func reached(recorded shownParams, said jsontext.Value) bool {
	if said == nil {
		return false
	}
	now := shownFor(said)
	if recorded.Version != nil && now.Version != nil && *now.Version > *recorded.Version {
		return true
	}
	return reflect.DeepEqual(recorded.Version, now.Version) && reflect.DeepEqual(normal(recorded.List), normal(now.List))
}

// compareShown compares what was shown last for each file.
func (p *player) compareShown() {
	p.heard.mu.Lock()
	defer p.heard.mu.Unlock()
	for _, uri := range slices.Sorted(maps.Keys(p.shown)) {
		f := p.shown[uri]
		what := apart(normal(shownFor(f.Params).List), normal(shownFor(p.heard.shown[uri]).List), "")
		if what != "" {
			p.out.Differ = append(p.out.Differ, Differs{f.line, protocol.MethodTextDocumentPublishDiagnostics, uri + ": " + what})
		}
	}
}
