package lsp

import (
	"bytes"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxTrace is how large a recorded session may be, in bytes.
const maxTrace = 100 << 20

// traceFormat is the number of the recording's form. Its first line is a traceHead, each further one a traceLine.
const traceFormat = 1

type traceHead struct {
	Format  int       `json:"mecaTrace"`
	Version string    `json:"version"` // of the program
	System  string    `json:"system"`
	Started time.Time `json:"started"`
}

// traceLine is one frame, or a note.
type traceLine struct {
	At   float64        `json:"at"`             // milliseconds since the session started
	From string         `json:"from,omitempty"` // fromClient, fromServer; "" for a note
	Body jsontext.Value `json:"body,omitempty"` // of the frame, as it came but for white space between its values
	Raw  []byte         `json:"raw,omitempty"`  // of a frame that is no JSON in UTF-8; in base 64
	Note string         `json:"note,omitempty"`
}

const (
	fromClient = "client"
	fromServer = "server"
)

// recorder writes a session down: every frame that was taken from the client, in the order of the wire, and every one that was written
// to it. A frame whose length was wrong is left out: it was refused, and what stood in it behind its value comes as a frame of its own.
//
// What it writes holds the texts of open documents. A nil recorder records nothing.
type recorder struct {
	log   *slog.Logger
	began time.Time

	mu   sync.Mutex // guards all below
	to   io.Writer  // nil: no more is written
	left int        // bytes that may still be written
}

func newRecorder(to io.Writer, version string, log *slog.Logger) *recorder {
	if to == nil {
		return nil
	}
	r := &recorder{log: log, began: time.Now(), to: to, left: maxTrace}
	r.write(traceHead{traceFormat, version, runtime.GOOS + "/" + runtime.GOARCH, r.began})
	return r
}

// frame records one frame.
func (r *recorder) frame(from string, body []byte) {
	if r == nil {
		return
	}
	line := traceLine{At: r.at(), From: from}
	if v := jsontext.Value(bytes.Clone(body)); v.Compact(jsontext.AllowDuplicateNames(true)) == nil {
		line.Body = v
	} else {
		line.Raw = body
	}
	r.write(line)
}

func (r *recorder) at() float64 { return float64(time.Since(r.began).Microseconds()) / 1000 }

// write writes one line. The last one says that there is no room for more.
func (r *recorder) write(line any) {
	b, err := json.Marshal(line, jsontext.AllowDuplicateNames(true))
	if err != nil {
		r.log.Error("a frame was not recorded", "err", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to == nil {
		return
	}
	full := r.left < len(b)+1+len(fullNote)+64
	if full {
		b = append(strconv.AppendFloat([]byte(`{"at":`), r.at(), 'f', 3, 64), `,"note":"`+fullNote+`"}`...)
		r.log.Warn("the trace is full: nothing more is recorded", "bytes", maxTrace)
	}
	n, err := r.to.Write(append(b, '\n'))
	if err != nil {
		r.log.Warn("the session is no longer recorded", "err", err)
	}
	if r.left -= n; full || err != nil {
		r.to = nil
	}
}

const fullNote = "the trace is full: what came after this is not in it"

// overhearing is an output whose frames are recorded; each is written at once, with its header.
func (r *recorder) overhearing(out io.WriteCloser) io.WriteCloser {
	if r == nil {
		return out
	}
	return &overheard{out, r}
}

type overheard struct {
	io.WriteCloser
	recorder *recorder
}

func (o *overheard) Write(frame []byte) (int, error) {
	_, body, _ := bytes.Cut(frame, []byte("\r\n\r\n"))
	o.recorder.frame(fromServer, body)
	return o.WriteCloser.Write(frame)
}
