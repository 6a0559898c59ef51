package lsp

import (
	"sync"
	"time"
)

// jobs runs a function per key in the background: never twice at the same time for one key, and once more where a key was added
// while its function ran. So a thousand changes of one thing lead to one or two looks at it, and the last look comes after the last
// change.
type jobs struct {
	run   func(key string) // Invariant: it does not panic
	spawn func(worker func())
	limit int    // functions that run at the same time
	busy  *group // counts the keys that wait or run; nil: nobody wants to know

	mu      sync.Mutex // guards all below
	urgent  []string   // keys, the newest last
	waiting []string   // keys in their order; one that was begun since, as an urgent one, is passed over
	state   map[string]*jobState
	workers int
}

// jobState is a key that waits, or whose function runs.
type jobState struct {
	running bool
	done    []chan struct{} // to be closed when the function that runs next, or runs now, is through
	next    []chan struct{} // the same for the one after it; not empty where the key was added while its function ran
	urgent  bool            // somebody looks at what the next function is about
}

func newJobs(limit int, spawn func(worker func()), run func(key string)) *jobs {
	return &jobs{run: run, spawn: spawn, limit: limit, state: map[string]*jobState{}}
}

// add asks for a key's function to be run, before others where it is urgent. The channel is closed when that has happened.
func (j *jobs) add(key string, urgent bool) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	done := make(chan struct{})
	st := j.state[key]
	switch {
	case st == nil:
		if j.busy != nil {
			j.busy.add()
		}
		j.state[key] = &jobState{done: []chan struct{}{done}}
		j.enqueue(key, urgent)
	case st.running:
		st.next = append(st.next, done)
		st.urgent = st.urgent || urgent
	default:
		st.done = append(st.done, done)
		if urgent {
			j.enqueue(key, true)
		}
	}
	return done
}

// enqueue is called with mu held.
func (j *jobs) enqueue(key string, urgent bool) {
	if urgent {
		j.urgent = append(j.urgent, key)
	} else {
		j.waiting = append(j.waiting, key)
	}
	if j.workers < j.limit {
		j.workers++
		j.spawn(j.work)
	}
}

// work runs functions until none waits.
func (j *jobs) work() {
	for {
		key, ok := j.begin()
		if !ok {
			return
		}
		j.run(key)
		j.end(key)
	}
}

func (j *jobs) begin() (key string, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.urgent)+len(j.waiting) > 0 {
		if n := len(j.urgent) - 1; n >= 0 {
			key, j.urgent = j.urgent[n], j.urgent[:n]
		} else {
			key, j.waiting = j.waiting[0], j.waiting[1:]
		}
		if st := j.state[key]; st != nil && !st.running {
			st.running = true
			return key, true
		}
	}
	j.workers--
	return "", false
}

func (j *jobs) end(key string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	st := j.state[key]
	for _, done := range st.done {
		close(done)
	}
	if len(st.next) == 0 {
		delete(j.state, key)
		if j.busy != nil {
			j.busy.done()
		}
		return
	}
	j.state[key] = &jobState{done: st.next}
	j.enqueue(key, st.urgent)
}

// group counts what goes on. Unlike a sync.WaitGroup it can be waited for with a limit, and while more is added.
type group struct {
	mu   sync.Mutex // guards all below
	n    int
	idle chan struct{} // closed when n gets 0; nil while nobody waits for that
}

func (g *group) add() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
}

func (g *group) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// quiet gives a channel that is closed at the next moment at which nothing goes on, or now.
func (g *group) quiet() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	idle := g.idle
	if idle == nil {
		idle = make(chan struct{})
	}
	if g.n == 0 {
		close(idle)
	} else {
		g.idle = idle
	}
	return idle
}

// await waits until nothing goes on, but not for ever. It reports whether that was reached.
func (g *group) await(patience time.Duration) bool {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	idle := g.quiet()
	select {
	case <-idle:
		return true
	default:
	}
	select {
	case <-idle:
		return true
	case <-limit.C:
		return false
	}
}
