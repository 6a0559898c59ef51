package lsp

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// question is a client's question for the diagnostics of the whole workspace that is not answered yet: what changes is gathered for it,
// per file the newest. A session has one at a time; a newer one takes its place.
type question struct {
	over chan struct{} // closed when another one took its place, or the session ends

	mu    sync.Mutex // guards all below
	news  map[string]told
	known map[string]bool // files that the client knows diagnostics of
	wake  chan struct{}   // has room for one: there are news
}

// hold begins to gather for a question of a client that has these results already, by file.
func (r *results) hold(has map[string]string) *question {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := &question{over: make(chan struct{}), news: map[string]told{}, known: map[string]bool{}, wake: make(chan struct{}, 1)}
	if r.held != nil {
		close(r.held.over)
		r.held = nil
	}
	if r.ended {
		close(q.over)
		return q
	}
	r.held = q
	nothing := resultID([]byte(noDiagnostics))
	found := map[string]bool{}
	for _, dir := range slices.Sorted(maps.Keys(r.last)) { // of a file that two folders know, the inner one's word counts
		for key, t := range r.last[dir] {
			id, known := has[key]
			if found[key] = true; known || t.list == nil {
				q.known[key] = true
			}
			if delete(q.news, key); id != t.id && t.list != nil {
				q.offer(t)
			}
		}
	}
	for key, id := range has {
		if !found[key] && id != nothing { // there is nothing to be said of it any more
			q.known[key] = true
			q.offer(told{key: key, uri: uriOf(key), list: []byte(noDiagnostics), id: nothing})
		}
	}
	return q
}

// release ends the gathering for a question that was answered.
func (r *results) release(q *question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == q {
		r.held = nil
	}
}

// endHeld has the question that is held answered, and all that come: the session ends.
func (r *results) endHeld() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended = true; r.held != nil {
		close(r.held.over)
		r.held = nil
	}
}

// knows notes that the client has diagnostics of a file from elsewhere.
func (q *question) knows(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known[key] = true
}

// offer takes up news of a file. That a file has no diagnostics is none where the client knows of no other ones.
func (q *question) offer(t told) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if string(t.list) == noDiagnostics && t.opened == 0 && !q.known[t.key] {
		delete(q.news, t.key)
		return
	}
	q.news[t.key] = t
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take gives at most n news, and notes that the client gets to know them.
func (q *question) take(n int) []told {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []told
	for key, t := range q.news {
		if len(list) == n {
			q.wake <- struct{}{} // there is room: this goroutine took the last one, and offer holds mu
			break
		}
		delete(q.news, key)
		q.known[key] = true
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b told) int { return cmp.Compare(a.key, b.key) })
	return list
}

// waits reports whether there are news.
func (q *question) waits() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.news) > 0
}
