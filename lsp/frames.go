package lsp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// Caps on what a client may send.
const (
	maxHeader = 8 << 10  // bytes of one header block, and of one line in it
	maxBody   = 64 << 20 // bytes of one message
	maxReread = 1 << 20  // bytes that are looked at again after a body that held the start of the next message
)

// frameReader cuts the input into message bodies.
//
// It never gives up on broken framing: what is no header is passed over until the next line with a Content-Length, wherever in that
// line it stands, because a body whose length was announced too short leaves its rest in front of the next header. That cannot make
// a document's text into a message: in JSON no string holds a real line end, and a header needs one.
type frameReader struct {
	in    *bufio.Reader
	again []byte // given back by reread; read before in
	log   *slog.Logger
}

func newFrameReader(in io.Reader, log *slog.Logger) *frameReader {
	return &frameReader{in: bufio.NewReaderSize(in, 64<<10), log: log}
}

// frameFault is a frame that is to be answered with an error; reading goes on after it.
type frameFault struct{ reason string }

func (f *frameFault) Error() string { return f.reason }

// next reads one body. The error is a *frameFault, or one of the input: then there is nothing more to read.
func (r *frameReader) next() ([]byte, error) {
	h, err := r.header()
	if err != nil {
		return nil, err
	}
	if h.length > maxBody {
		// The body is not read: it may never come. If it does, it is passed over as what is no header.
		return nil, &frameFault{fmt.Sprintf("the message of %d bytes is longer than %d", h.length, maxBody)}
	}
	body, err := r.body(h.length)
	if err != nil {
		return nil, err
	}
	if h.charset != "" {
		return nil, &frameFault{fmt.Sprintf("the charset %q is not supported, only utf-8 is", h.charset)}
	}
	return body, nil
}

// header is what a header block says.
type header struct {
	length  int64  // -1 where it does not say
	charset string // "" where it is UTF-8
	size    int    // bytes read so far
	broken  string // why the block cannot be used
}

// header reads up to the end of the next header block that announces a length.
func (r *frameReader) header() (header, error) {
	h, lost := header{length: -1}, false
	complain := func(reason string) {
		if !lost {
			r.log.Warn("broken message header: passing over what follows up to the next Content-Length", "reason", reason)
		}
		lost, h = true, header{length: -1}
	}
	for {
		line, size, err := r.line()
		if err != nil {
			return h, err
		}
		h.size += size
		switch blank := strings.TrimRight(line, "\r\n") == ""; {
		case h.size > maxHeader && !hasLength(line):
			complain("longer than 8 KiB")
		case !blank:
			h.field(line)
		case h.broken != "":
			complain(h.broken)
		case h.length >= 0:
			return h, nil
		case h.size > len(line): // blank lines between messages do no harm
			complain("no usable Content-Length")
		default:
			h.size = 0
		}
	}
}

const lengthField = "content-length:"

func hasLength(line string) bool { return strings.Contains(lowerASCII(line), lengthField) }

// lowerASCII keeps every byte in its place, which strings.ToLower does not where the text is no ASCII.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// field takes up one line of a header block.
func (h *header) field(line string) {
	lower := lowerASCII(line)
	if at := strings.LastIndex(lower, lengthField); at >= 0 {
		if strings.TrimSpace(line[:at]) != "" { // the rest of a body that was longer than announced: the block begins here
			*h = header{length: -1, size: len(line) - at}
		}
		length, ok := parseLength(strings.TrimSpace(line[at+len(lengthField):]))
		switch {
		case !ok:
			h.broken = "Content-Length is not a number of bytes"
		case h.length >= 0 && h.length != length:
			h.broken = "two different values of Content-Length"
		default:
			h.length = length
		}
		return
	}
	if value, ok := strings.CutPrefix(lower, "content-type:"); ok {
		_, charset, found := strings.Cut(value, "charset=")
		charset, _, _ = strings.Cut(charset, ";")
		if charset = strings.Trim(strings.TrimSpace(charset), `"`); found && charset != "utf-8" && charset != "utf8" {
			h.charset = charset
		}
	}
}

// parseLength takes digits only: strconv would take a sign as well.
func parseLength(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// line reads one line with its end. Of one that is longer than maxHeader it gives the last bytes. size is the number of bytes read.
func (r *frameReader) line() (line string, size int, err error) {
	var kept []byte
	for {
		piece, err := r.piece()
		size += len(piece)
		if len(kept)+len(piece) > maxHeader { // the end is what may hold a header
			kept = append(kept[:0], kept[max(0, len(kept)-max(0, maxHeader-len(piece))):]...)
			piece = piece[max(0, len(piece)-maxHeader):]
		}
		kept = append(kept, piece...)
		switch {
		case err == nil:
			return string(kept), size, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", size, err
		}
	}
}

// piece reads up to the next line end, or up to what fits the buffer: then the error is bufio.ErrBufferFull.
func (r *frameReader) piece() ([]byte, error) {
	if len(r.again) == 0 {
		return r.in.ReadSlice('\n')
	}
	end := bytes.IndexByte(r.again, '\n') + 1
	err := error(nil)
	if end == 0 {
		end, err = len(r.again), bufio.ErrBufferFull
	}
	piece := r.again[:end]
	r.again = r.again[end:]
	return piece, err
}

// body reads n bytes. The buffer grows with what really arrives, not with what the header promised.
func (r *frameReader) body(n int64) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(min(n, 64<<10)))
	known := min(n, int64(len(r.again)))
	buf.Write(r.again[:known])
	r.again = r.again[known:]
	if _, err := io.CopyN(&buf, r.in, n-known); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return buf.Bytes(), nil
}

// reread gives back what stands behind a message in its own body, where it looks like the header of the next one: the announced
// length was too long. It reports whether it did.
func (r *frameReader) reread(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	start := lowerASCII(string(rest[:min(len(rest), len(lengthField))]))
	if len(rest) == 0 || len(rest) > maxReread || !strings.HasPrefix(lengthField, start) {
		return false
	}
	r.again = append(bytes.Clone(rest), r.again...)
	return true
}
