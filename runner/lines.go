package runner

import (
	"bytes"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// plain makes foreign text one harmless line of at most task.MaxLine bytes.
func plain(s string) string {
	s = strings.TrimRight(cut(s), "\r\n\t ")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", " "), "\n", " ")
	return strings.ToValidUTF8(cut(text.Plain(s)), "")
}

func cut(s string) string { return s[:min(len(s), task.MaxLine)] }

// A lineCutter makes lines of output that comes in pieces. Of a line it holds task.MaxLine bytes; the rest of it is dropped.
type lineCutter struct {
	line []byte
	open bool              // a line has begun
	each func(line []byte) // gets a line without its end, valid only during the call
}

func (c *lineCutter) write(p []byte) {
	for len(p) > 0 {
		c.open = true
		end := bytes.IndexByte(p, '\n')
		part := p
		if end >= 0 {
			part = p[:end]
		}
		room := task.MaxLine - len(c.line)
		c.line = append(c.line, part[:min(len(part), room)]...)
		if end < 0 {
			return
		}
		c.flush()
		p = p[end+1:]
	}
}

// flush ends the line that has begun, if one has.
func (c *lineCutter) flush() {
	if c.open {
		c.each(bytes.TrimSuffix(c.line, []byte("\r")))
		c.line, c.open = c.line[:0], false
	}
}

// A tail keeps the last lines of an output. It reuses its room, so that a flood costs nothing but copying.
type tail struct {
	lines [][]byte
	next  int
	full  bool
}

func newTail(n int) *tail { return &tail{lines: make([][]byte, n)} }

func (t *tail) add(line []byte) {
	t.lines[t.next] = append(t.lines[t.next][:0], line...)
	t.next++
	if t.next == len(t.lines) {
		t.next, t.full = 0, true
	}
}

func (t *tail) reset() { t.next, t.full = 0, false }

// plain gives the lines that are kept, oldest first, made plain.
func (t *tail) plain() []string {
	kept := t.lines[:t.next]
	if t.full {
		kept = append(t.lines[t.next:len(t.lines):len(t.lines)], kept...)
	}
	list := make([]string, len(kept))
	for i, line := range kept {
		list[i] = plain(string(line))
	}
	return list
}
