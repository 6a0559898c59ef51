package runner

import (
	"bytes"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

func TestMark(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name          string
		pieces        []string
		seen, waiting bool // before the output ends
		atEnd         bool
	}{
		{"whole line", []string{task.Mark + "\n"}, true, true, true},
		{"no newline", []string{task.Mark}, false, true, true},
		{"newline later", []string{task.Mark, "\n"}, true, true, true},
		{"split", []string{"meca-", "init-", "done", "\n"}, true, true, true},
		{"byte by byte", strings.Split("ready: "+task.Mark+"!\n", ""), true, true, true},
		{"inside a word", []string{"xx" + task.Mark + "yy\n"}, true, true, true},
		{"carriage return", []string{task.Mark + "\r\n"}, true, true, true},
		{"coloured", []string{"\x1b[32m" + task.Mark + "\x1b[0m\n"}, true, true, true},
		{"broken by a line end", []string{"meca-\ninit-done\n"}, false, false, false},
		{"broken by a line end, in pieces", []string{"meca-", "\n", "init-done\n"}, false, false, false},
		{"almost", []string{"meca-init-don\n", "e\n"}, false, false, false},
		{"another letter case", []string{"MECA-INIT-DONE\n"}, false, false, false},
		{"in a full buffer", []string{task.Mark + x(logBuffer)}, true, true, true},
		{"ends the buffer", []string{x(logBuffer-len(task.Mark)) + task.Mark}, true, true, true},
		{"behind a full buffer", []string{x(logBuffer) + task.Mark}, false, true, true},
		{"across the buffer", []string{x(logBuffer-3) + task.Mark}, false, true, true},
		{"across the buffer, with a newline", []string{x(logBuffer-3) + task.Mark + "\n"}, true, true, true},
		{"across the buffer, byte by byte", strings.Split(x(logBuffer-3)+task.Mark+"\n", ""), true, true, true},
		{"newline exactly behind a full buffer", []string{x(logBuffer) + "\n" + task.Mark}, false, true, true},
		{"newline is the buffer's last byte", []string{x(logBuffer-1) + "\n" + task.Mark + x(100)}, false, true, true},
		{"behind 100 MiB without a line end", append(many(x(1<<20), 100), task.Mark+"\n"), true, true, true},
		{"nothing", nil, false, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s markScanner
			for _, p := range test.pieces {
				s.write([]byte(p))
			}
			if s.seen != test.seen || s.waiting != test.waiting {
				t.Errorf("seen %v, waiting %v; want %v, %v", s.seen, s.waiting, test.seen, test.waiting)
			}
			if s.close(); s.seen != test.atEnd {
				t.Errorf("at the end seen %v, want %v", s.seen, test.atEnd)
			}
		})
	}
}

func many(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// FuzzMark cuts an output in two places, and holds the scanner against an engine's log that is kept whole.
func FuzzMark(f *testing.F) {
	f.Add([]byte("xx"+task.Mark+"\n"), 3, 9, 0)
	f.Add([]byte(task.Mark), 1, 2, logBuffer-5)
	f.Add([]byte("meca-init-\nmeca-init-done"), 4, 20, 1)
	f.Fuzz(func(t *testing.T, output []byte, i, j, pad int) {
		if pad > 0 {
			output = append(bytes.Repeat([]byte("x"), pad%(3*logBuffer)), output...)
		}
		i = max(0, min(i, len(output)))
		j = max(i, min(j, len(output)))
		var s markScanner
		for _, p := range [][]byte{output[:i], output[i:j], output[j:]} {
			s.write(p)
		}
		if want := bytes.Contains(engineLog(output), []byte(task.Mark)); s.seen != want {
			t.Fatalf("seen %v, want %v", s.seen, want)
		}
		if s.close(); s.seen != bytes.Contains(output, []byte(task.Mark)) {
			t.Fatalf("at the end seen %v", s.seen)
		}
	})
}

// engineLog is what of an output that goes on an engine's log has.
func engineLog(output []byte) []byte {
	logged, line := 0, 0
	for i, c := range output {
		if c == '\n' {
			logged, line = i+1, i+1
		} else if i+1-line == logBuffer {
			logged, line = i+1, i+1
		}
	}
	return output[:logged]
}
