package runner

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// drainAll drains an output to its end, and gives what was told of it.
func drainAll(r io.Reader) (*output, []task.Event) {
	var events []task.Event
	o := drain(io.NopCloser(r), &teller{emit: func(e task.Event) { events = append(events, e) }})
	<-o.done
	return o, events
}

func TestOutput(t *testing.T) {
	o, events := drainAll(strings.NewReader(
		frame(1, "one\r\ntwo \x1b[31mred\x1b[0m\n") + frame(2, "oops ") + frame(1, "thr") + frame(2, "meca-init-done\n") + frame(1, "ee")))
	want := []task.Event{
		{Stream: "stdout", Line: "one"}, {Stream: "stdout", Line: "two red"},
		{Stream: "stderr", Line: "oops meca-init-done"}, {Stream: "stdout", Line: "three"},
	}
	if fmt.Sprint(events) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", events, want)
	}
	if got := o.lastLines(); len(got) != 4 || got[3] != "three" {
		t.Errorf("last lines are %q", got)
	}
	if m := o.mark(); m.seen || !m.onStderr {
		t.Errorf("mark is %+v", m)
	}
}

func TestOutputSeesTheMark(t *testing.T) {
	o, _ := drainAll(strings.NewReader(frame(1, "meca-init-") + frame(2, "noise\n") + frame(1, "done")))
	select {
	case <-o.marked:
	default:
		t.Error("a mark without a line end reaches the log when the output ends")
	}
	if m := o.mark(); !m.seen || m.at.IsZero() || m.waiting {
		t.Errorf("mark is %+v", m)
	}
}

// A repeated reads the same bytes again and again.
type repeated struct {
	frame string
	left  int64 // bytes
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.frame[r.at:])
	r.at = (r.at + n) % len(r.frame)
	r.left -= int64(n)
	return n, nil
}

func TestOutputFloodIsBounded(t *testing.T) {
	for name, content := range map[string]string{
		"short lines":  strings.Repeat("all work and no play\n", 1000),
		"no line ends": strings.Repeat("x", 20_000),
		"binary":       strings.Repeat("\x00\xff\n\x1b]", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			block := frame(1, content)
			const rounds = 300
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			o, events := drainAll(&repeated{frame: block, left: int64(len(block)) * rounds})
			runtime.ReadMemStats(&after)
			if all := after.TotalAlloc - before.TotalAlloc; all > 16<<20 {
				t.Errorf("%d MiB were allocated for %d MiB of output", all>>20, len(block)*rounds>>20)
			}
			if n := len(events); n > 2001 {
				t.Errorf("%d lines were shown", n)
			}
			if last := events[len(events)-1]; name != "no line ends" && last.Line != "… output continues, not shown" {
				t.Errorf("the last line is %q", last.Line)
			}
			for _, line := range o.lastLines() {
				if len(line) > task.MaxLine {
					t.Errorf("a line of %d bytes is kept", len(line))
				}
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n":                       "a",
		"a\nb":                        "a b",
		"\x1b[1mbold\x1b[0m":          "bold",
		"bell\a":                      "bell\ufffd",
		"\u202eright":                 "\ufffdright",
		strings.Repeat("ä", 3000):     strings.Repeat("ä", 2048),
		strings.Repeat("\x00", 10000): strings.Repeat("\ufffd", task.MaxLine/3),
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%.20q) is %.40q, want %.40q", in, got, want)
		}
	}
}
