package lsp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// recording is a recorded session.
type recording struct {
	head   traceHead
	frames []traceFrame
	notes  []string // what is wrong with the file, for a person
}

// traceFrame is one frame of it.
type traceFrame struct {
	line       int // in the file, from 1
	at         time.Duration
	fromClient bool
	body       []byte
	envelope          // empty where broken
	broken     bool   // it is no message
	method     string // "" for an answer
}

func (f *traceFrame) isRequest() bool { return !f.broken && f.method != "" && f.ID != nil }
func (f *traceFrame) isAnswer() bool  { return !f.broken && f.method == "" && f.ID != nil }

// readTrace reads a recording, up to a limit in bytes. Its error says that it is none at all; what is wrong behind the first line is noted, and left out.
func readTrace(in io.Reader, limit int) (*recording, error) {
	r := bufio.NewReaderSize(&io.LimitedReader{R: in, N: int64(limit) + 1}, 1<<20)
	first, err := r.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	rec := &recording{}
	if err := json.Unmarshal(first, &rec.head, jsontext.AllowDuplicateNames(true)); err != nil || rec.head.Format == 0 {
		return nil, errors.New("it is no trace of meca-lsp: its first line does not say so")
	}
	if rec.head.Format != traceFormat {
		return nil, fmt.Errorf("it is a trace of form %d; this program knows form %d", rec.head.Format, traceFormat)
	}
	unread, size := 0, len(first)
	for line := 2; ; line++ {
		b, err := r.ReadBytes('\n')
		size += len(b)
		switch {
		case size > limit:
			rec.notes = append(rec.notes, fmt.Sprintf("the file is longer than %d MiB: it is played up to line %d", limit>>20, line-1))
		case errors.Is(err, io.EOF) && len(b) > 0 && !rec.take(line, b):
			rec.notes = append(rec.notes, fmt.Sprintf("the file is cut off in line %d", line))
		case err != nil && !errors.Is(err, io.EOF):
			rec.notes = append(rec.notes, fmt.Sprintf("the file cannot be read behind line %d: %v", line-1, err))
		case err == nil && !rec.take(line, b):
			unread++
		}
		if err != nil || size > limit {
			break
		}
	}
	if unread > 0 {
		rec.notes = append(rec.notes, fmt.Sprintf("%d lines are no lines of a trace, and were passed over", unread))
	}
	return rec, nil
}

// take takes up one line, and reports whether it is one.
func (rec *recording) take(line int, b []byte) bool {
	if len(bytes.TrimSpace(b)) == 0 {
		return true
	}
	var l traceLine
	if err := json.Unmarshal(b, &l, jsontext.AllowDuplicateNames(true)); err != nil {
		return false
	}
	if l.From == "" && l.Note != "" {
		rec.notes = append(rec.notes, l.Note)
		return true
	}
	if l.From != fromClient && l.From != fromServer || l.Body == nil && l.Raw == nil {
		return false
	}
	f := traceFrame{line: line, at: time.Duration(l.At * float64(time.Millisecond)), fromClient: l.From == fromClient, body: l.Body}
	if l.Body == nil {
		f.body = l.Raw
	}
	f.open()
	rec.frames = append(rec.frames, f)
	return true
}

// open reads what a frame's message is.
func (f *traceFrame) open() {
	e, _, fault := openEnvelope(f.body)
	if fault == nil {
		fault = e.check()
	}
	if f.broken = fault != nil; f.broken {
		return
	}
	f.envelope = e
	if e.Method != nil {
		f.method = unquote(e.Method)
	}
}

// moveTo puts the first folder of the recorded workspace to another place: in every frame its URI and its path are replaced by the
// new folder's. It reports whether the recording names a folder.
func (rec *recording) moveTo(dir string) bool {
	for i := range rec.frames {
		roots := rec.frames[i].roots()
		if len(roots) == 0 {
			continue
		}
		moves := []string{roots[0], uriOf(dir)}
		if old, ok := pathOf(roots[0]); ok {
			moves = append(moves, uriOf(old), uriOf(dir), old, dir)
		}
		mover := strings.NewReplacer(moves...)
		for k := range rec.frames {
			f := &rec.frames[k]
			f.body, f.envelope = []byte(mover.Replace(string(f.body))), envelope{}
			f.open()
		}
		return true
	}
	return false
}

// roots are the workspace's folders, where the frame is the client's initialize.
func (f *traceFrame) roots() []string {
	if !f.fromClient || f.method != "initialize" {
		return nil
	}
	c, err := readClient(f.Params)
	if err != nil {
		return nil
	}
	return c.roots
}
