package runner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func frame(stream byte, content string) string {
	head := []byte{stream, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[4:], uint32(len(content)))
	return string(head) + content
}

func TestDemux(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000)
	for _, test := range []struct{ name, in, stdout, stderr, err string }{
		{"nothing", "", "", "", ""},
		{"both", frame(1, "out") + frame(2, "err") + frame(1, "more"), "outmore", "err", ""},
		{"empty frame", frame(1, "") + frame(2, "x"), "", "x", ""},
		{"longer than the buffer", frame(1, long), long, "", ""},
		{"cut header", frame(1, "out") + "\x01\x00\x00", "out", "", "unexpected EOF"},
		{"cut content", frame(1, "out")[:9], "o", "", "unexpected EOF"},
		{"4 GiB that do not come", "\x01\x00\x00\x00\xff\xff\xff\xffabc", "abc", "", "unexpected EOF"},
		{"unknown stream", frame(7, "x"), "", "", "unknown stream 7"},
		{"no frames at all", "HTTP/1.1 500 Internal", "", "", "unknown stream 72"},
		{"engine's own error", frame(3, "cannot \x1b[31mread\n"), "", "", "broke off: cannot read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.in), iotest.OneByteReader(strings.NewReader(test.in)), iotest.DataErrReader(strings.NewReader(test.in))} {
				var stdout, stderr strings.Builder
				err := demux(r, func(p []byte) { stdout.Write(p) }, func(p []byte) { stderr.Write(p) })
				if stdout.String() != test.stdout || stderr.String() != test.stderr {
					t.Errorf("got %.40q and %.40q", stdout.String(), stderr.String())
				}
				if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
					t.Errorf("error is %v, want %q", err, test.err)
				}
			}
		})
	}
}

func TestDemuxPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	none := func([]byte) {}
	if err := demux(io.MultiReader(strings.NewReader(frame(1, "x")), iotest.ErrReader(broken)), none, none); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func FuzzDemux(f *testing.F) {
	f.Add([]byte(frame(1, "out") + frame(2, "err")))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xffabc"))
	f.Fuzz(func(t *testing.T, in []byte) {
		n := 0
		count := func(p []byte) { n += len(p) }
		_ = demux(bytes.NewReader(in), count, count) // any bytes give an end
		if n > len(in) {
			t.Fatalf("%d bytes of %d", n, len(in))
		}
	})
}
