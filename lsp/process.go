package lsp

import (
	"math"
	"time"
)

// watchProcess ends the session when the client's process is gone: another process may still hold our input open.
func (s *server) watchProcess(pid int64) {
	if pid <= 0 || pid > math.MaxInt32 {
		return
	}
	s.spawn("watch process", func() {
		tick := time.NewTicker(s.waits.process)
		defer tick.Stop()
		for gone := false; !gone; gone = !alive(int(pid)) {
			select {
			case <-tick.C:
			case <-s.base.Done():
				return
			}
		}
		s.finish(ending{why: "the client's process is gone", code: 1, patience: s.waits.runAfterEOF})
	})
}
