package runner

import (
	"bytes"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// logBuffer is how much of a line without an end an engine holds back from its log.
const logBuffer = 16 << 10

// A markScanner looks for the mark in a container's output as the engine's log would give it, which is all that a host sees: a line
// reaches the log when its line end comes, when 16 KiB of it have gathered (the log joins the parts again), or when the output ends.
// It holds no more than the mark's own length.
type markScanner struct {
	seen    bool // in the log
	waiting bool // written, but not in the log yet: the line goes on
	pending int  // bytes of the line that the log does not have yet
	tail    []byte
}

func (s *markScanner) write(p []byte) {
	for len(p) > 0 && !s.seen {
		part := p[:min(len(p), logBuffer-s.pending)]
		end := bytes.IndexByte(part, '\n')
		if end >= 0 {
			part = part[:end]
		}
		s.look(part)
		s.pending += len(part)
		p = p[len(part):]
		switch {
		case end >= 0:
			p = p[1:]
			s.flush()
			s.tail = s.tail[:0] // the mark holds no line end
		case s.pending == logBuffer:
			s.flush()
		}
	}
}

// close tells that the output has ended: the log gets what was left.
func (s *markScanner) close() { s.flush() }

func (s *markScanner) flush() {
	s.seen = s.seen || s.waiting
	s.pending = 0
}

// look searches a part of one line, and what of the line came before it.
func (s *markScanner) look(part []byte) {
	if s.waiting {
		return
	}
	const keep = len(task.Mark) - 1
	s.tail = append(s.tail, part[:min(len(part), keep)]...)
	s.waiting = bytes.Contains(s.tail, []byte(task.Mark)) || bytes.Contains(part, []byte(task.Mark))
	if len(part) >= keep {
		s.tail = append(s.tail[:0], part[len(part)-keep:]...)
	} else if more := len(s.tail) - keep; more > 0 {
		s.tail = append(s.tail[:0], s.tail[more:]...)
	}
}
