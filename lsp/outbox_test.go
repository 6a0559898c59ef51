package lsp

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestOutboxCoalesces keeps the newest of what has a key, at the place of the oldest.
func TestOutboxCoalesces(t *testing.T) {
	o := newOutbox()
	o.put("a", []byte("a1"))
	o.put("", []byte("x"))
	o.put("a", []byte("a2"))
	o.put("b", []byte("b"))
	o.close()
	o.put("", []byte("too late"))
	var got []string
	for {
		body, ok := o.take()
		if !ok {
			break
		}
		got = append(got, string(body))
	}
	if strings.Join(got, " ") != "a2 x b" || o.bytes != 0 {
		t.Errorf("%q, %d bytes left", got, o.bytes)
	}
}

// TestOutboxBounds: lines of output are left out first, then reading waits.
func TestOutboxBounds(t *testing.T) {
	o := newOutbox()
	big := make([]byte, 1<<20)
	for o.bytes <= outboxReadLimit {
		if fits := o.bytes <= outboxLogLimit; fits != o.putLog(big) {
			t.Fatalf("at %d bytes", o.bytes)
		}
		if o.bytes > outboxLogLimit {
			o.put("", big)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		o.awaitRoom(context.Background())
	}()
	cancel()
	o.awaitRoom(ctx)
	select {
	case <-waited:
		t.Fatal("there is no room yet")
	default:
	}
	for o.bytes > outboxReadLimit {
		o.take()
	}
	<-waited
}

// TestOutboxBroken lets go of everything when nobody reads any more.
func TestOutboxBroken(t *testing.T) {
	o := newOutbox()
	r, w := io.Pipe()
	_ = r.Close()
	o.put("", []byte("x"))
	o.put("", []byte("y"))
	if err := o.drain(w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
	o.put("", []byte("z"))
	if len(o.queue) != 0 {
		t.Error("something is kept")
	}
}

// TestJobs: a function never runs twice at the same time for a key, and always after the last add.
func TestJobs(t *testing.T) {
	var mu sync.Mutex
	running, seen := map[string]bool{}, map[string]int64{}
	var clock atomic.Int64
	var g group
	j := newJobs(3, func(f func()) {
		g.add()
		go func() {
			defer g.done()
			f()
		}()
	}, func(key string) {
		mu.Lock()
		if running[key] {
			t.Error("twice at once")
		}
		running[key] = true
		mu.Unlock()
		at := clock.Add(1)
		mu.Lock()
		defer mu.Unlock()
		running[key] = false
		seen[key] = at
	})
	var adders sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		adders.Go(func() {
			for i := range 200 {
				at := clock.Add(1)
				<-j.add(key, i%3 == 0)
				mu.Lock()
				if seen[key] < at {
					t.Error("done before it began")
				}
				mu.Unlock()
				j.add(key, i%2 == 0)
			}
		})
	}
	adders.Wait()
	if !g.await(10 * time.Second) {
		t.Fatal("workers are left")
	}
	if len(j.waiting)+len(j.state)+j.workers != 0 {
		t.Errorf("left: %v %v %d", j.waiting, j.state, j.workers)
	}
}
