package lsp

import (
	"bytes"
	"hash/fnv"
	"math"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// results remember what was found last in every folder, so that the client is told only what changed: by a notification where it
// takes diagnostics so, else in the answers to its own questions, of which one may be held until there is something to say.
type results struct {
	push func(f *told)

	mu     sync.Mutex                 // guards all below
	asks   bool                       // the client asks for diagnostics: nothing is pushed
	last   map[string]map[string]told // by directory, then by file
	held   *question                  // nil where the client waits for nothing
	pulled map[string]pulled          // by the key of an open document
	ended  bool                       // nothing is held any more
}

// told is what was said of one file.
type told struct {
	key     string
	uri     string
	version protocol.Optional[int32]
	opened  uint64 // see document
	list    []byte // the diagnostics, encoded; nil where the client knows others than were told with the workspace's, see closing
	id      string // see resultID
}

// pulled is what a client was answered that asked for an open document.
type pulled struct {
	uri    string
	opened uint64
	text   string
	id     string
	asked  string // the result for which the client was asked to ask again
}

// noDiagnostics is an encoded list without any.
const noDiagnostics = "[]"

func newResults(push func(f *told)) *results {
	return &results{push: push, last: map[string]map[string]told{}, pulled: map[string]pulled{}}
}

// begin says how the client takes diagnostics.
func (r *results) begin(asks bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = asks
}

// resultID tells one list of diagnostics from another, also beyond the end of a session.
func resultID(list []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(list) // a hash never fails to write
	return strconv.FormatUint(h.Sum64(), 36)
}

// say is what is to be told of a file.
func (f *fileDiagnostics) say() told {
	list := encode(f.list)
	return told{key: f.key, uri: f.uri, version: f.version, opened: f.opened, list: list, id: resultID(list)}
}

// silence is what is told of a file that has no diagnostics any more.
func silence(at *snapshot, key, uri string) told {
	t := told{key: key, uri: uri, list: []byte(noDiagnostics), id: resultID([]byte(noDiagnostics))}
	if doc := at.docs[key]; doc != nil && doc.uri == uri {
		t.version, t.opened = doc.version, doc.opened
	}
	return t
}

// outdated reports whether the client must be told of a file again. An editor that opens a file wants to hear of it in any case, and so
// does one that asks and has closed it: it has forgotten what it knew.
func (t told) outdated(next told, pushed bool) bool {
	return t.uri != next.uri || t.opened != next.opened && (next.opened != 0 || !pushed) || !bytes.Equal(t.list, next.list)
}

// update takes up the diagnostics of a folder's files and tells those that changed, and those that fell silent. It reports whether an
// open document has other diagnostics now than the client knows, although its text is the same: then the client must be asked to ask
// again. It is called by one goroutine at a time for one folder, with ever newer snapshots.
func (r *results) update(at *snapshot, dir string, files []*fileDiagnostics) (refresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was, now := r.last[dir], map[string]told{}
	for _, f := range files {
		next := f.say()
		now[f.key] = next
		old, known := was[f.key]
		if known && old.uri != next.uri {
			r.tell(silence(at, f.key, old.uri))
		}
		if !known || old.outdated(next, !r.asks) {
			r.tell(next)
		}
		refresh = r.asksAgain(at, next) || refresh
	}
	for key, old := range was {
		if _, still := now[key]; still {
			continue
		}
		silent := silence(at, key, old.uri)
		if string(old.list) != noDiagnostics {
			r.tell(silent)
		}
		refresh = r.asksAgain(at, silent) || refresh
	}
	if r.last[dir] = now; len(now) == 0 {
		delete(r.last, dir)
	}
	return refresh
}

// tell is called with mu held.
func (r *results) tell(t told) {
	switch {
	case !r.asks:
		r.push(&t)
	case r.held != nil:
		r.held.offer(t)
	}
}

// asksAgain reports whether a client that asks must ask for an open document again, and has not been told so. It is called with mu held.
func (r *results) asksAgain(at *snapshot, t told) bool {
	answered, known := r.pulled[t.key]
	doc := at.docs[t.key]
	if !known || doc == nil || doc.opened != answered.opened || doc.text != answered.text || answered.id == t.id || answered.asked == t.id {
		return false
	}
	answered.asked = t.id
	r.pulled[t.key] = answered
	return true
}

// answered notes what the client was answered of an open document.
func (r *results) answered(doc *document, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pulled[keyOf(doc.uri)] = pulled{uri: doc.uri, opened: doc.opened, text: doc.text, id: id}
}

// closing forgets what the client was answered of a document that it closes, and has it told again with the workspace's: the client
// forgets it too, or goes on to show the answer, which may be another one than was told with the workspace's. dir is the folder, or settings
// file, of the document.
func (r *results) closing(dir, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, answered := r.pulled[key]
	delete(r.pulled, key)
	t, known := r.last[dir][key]
	if answered && dir != "" && (!known || t.id != answer.id) {
		t, known = told{key: key, uri: answer.uri, id: answer.id}, true
		if r.last[dir] == nil {
			r.last[dir] = map[string]told{}
		}
		if r.held != nil {
			r.held.knows(key)
		}
	}
	if known {
		t.opened = math.MaxUint64 // no snapshot's number
		r.last[dir][key] = t
	}
}

// send publishes a file's diagnostics, in place of older ones that still wait on the wire.
func (s *server) send(t *told) {
	s.wire.notify("diagnostics "+t.uri, protocol.MethodTextDocumentPublishDiagnostics,
		&publication{URI: t.uri, Version: t.version, Diagnostics: t.list})
}

// publication are the parameters of textDocument/publishDiagnostics, with the diagnostics encoded already.
type publication struct {
	URI         string                   `json:"uri"`
	Version     protocol.Optional[int32] `json:"version,omitzero"`
	Diagnostics jsontext.Value           `json:"diagnostics"`
}
