package lsp

import (
	"slices"
	"testing"
)

// TestJobsOrder begins what is urgent first, the newest before older ones, then the rest in its order; nothing twice.
func TestJobsOrder(t *testing.T) {
	var order []string
	var workers []func()
	j := newJobs(1, func(worker func()) { workers = append(workers, worker) }, func(key string) { order = append(order, key) })
	for _, key := range []string{"a", "b", "c"} {
		j.add(key, false)
	}
	j.add("c", true)
	j.add("a", false)
	done := j.add("d", true)
	j.add("b", true)
	j.add("b", true)
	for _, w := range workers {
		w()
	}
	<-done
	if want := []string{"b", "d", "c", "a"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	if len(workers) != 1 || len(j.state) != 0 || j.workers != 0 {
		t.Errorf("%d workers, %v are left", len(workers), j.state)
	}
}
