// Package editortest is a fake editor: it speaks the Language Server Protocol with a server over pipes, keeps what the server said,
// and waits for what a test expects of it. It never sleeps: an expectation is looked at after every message, and a test goes on with
// the message that met it.
//
// Whatever a test is about, the editor watches over what must always hold: each request is answered exactly once, diagnostics for an
// older text never come after those for a newer one, and never for a text that the editor has not sent yet.
package editortest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for something that must happen. A run of eleven build steps came to its request after 38 seconds
// where twenty other programs were at work.
const Patience = time.Minute

// Serve runs a server on two pipes and gives its exit code.
type Serve func(in io.ReadCloser, out io.WriteCloser) int

// Editor is a fake editor.
type Editor struct {
	t    testing.TB
	in   *io.PipeWriter // the server's input
	out  *io.PipeReader // the server's output
	code chan int       // the server's exit code; has room for it

	mu        sync.Mutex // guards all below
	state     State
	news      chan struct{} // closed and made anew with every message
	next      int
	waiting   map[string]*Pending // by id
	answers   map[string]Answer
	documents map[string]*document
	closed    map[string]bool // documents that were open before: what was said of those may still come
	encoding  string
	paused    chan struct{} // nil while the editor reads
	careless  bool
	pulls     *puller // nil: the editor is published to

	writing sync.Mutex     // held while a message is written
	gone    chan struct{}  // closed when the server says no more
	asking  sync.WaitGroup // questions for diagnostics
}

// Answer answers a request of the server. Where ok is false, it gets no answer at all.
type Answer func(params json.RawMessage) (result any, err *Error, ok bool)

// Error is an error of the protocol.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// Config is what an editor says of itself.
type Config struct {
	Capabilities map[string]any
	Options      map[string]any // initializationOptions
	Roots        []string       // directories of the workspace; nil: the editor has no folder open
	ProcessID    any
	Pull         bool // ask for diagnostics by itself, as an editor with that capability does
}

// Start starts a server and an editor. When the test ends, the server is hung up on, and must end too.
func Start(t testing.TB, serve Serve) *Editor {
	t.Helper()
	serverIn, in := io.Pipe()
	out, serverOut := io.Pipe()
	e := &Editor{
		t: t, in: in, out: out, code: make(chan int, 1),
		news: make(chan struct{}), waiting: map[string]*Pending{}, answers: map[string]Answer{}, documents: map[string]*document{}, closed: map[string]bool{},
		encoding: "utf-16", gone: make(chan struct{}),
	}
	e.state.Diagnostics = map[string]Diagnostics{}
	go func() {
		e.code <- serve(serverIn, serverOut)
		_ = serverOut.Close()
	}()
	read := make(chan struct{})
	go func() {
		defer close(read)
		e.read()
	}()
	t.Cleanup(func() {
		e.Resume()
		_ = in.Close()
		select {
		case <-read:
			e.asking.Wait()
		case <-time.After(Patience):
			t.Error("the server did not end when its editor was gone")
		}
	})
	return e
}

// read takes what the server says until it says no more.
func (e *Editor) read() {
	r := bufio.NewReaderSize(e.out, 64<<10)
	for {
		body, err := readFrame(r)
		if err != nil {
			e.mu.Lock()
			e.state.Ended = true
			e.tell()
			e.mu.Unlock()
			close(e.gone)
			return
		}
		e.take(body)
		e.mu.Lock()
		paused := e.paused
		e.mu.Unlock()
		if paused != nil {
			<-paused
		}
	}
}

// Pause stops reading, after the message that comes next.
func (e *Editor) Pause() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.paused == nil {
		e.paused = make(chan struct{})
	}
}

// Resume reads again.
func (e *Editor) Resume() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.paused != nil {
		close(e.paused)
		e.paused = nil
	}
}

// Careless says that the test sends requests that the editor does not know of: it no longer complains of their answers, nor of
// versions that it did not send.
func (e *Editor) Careless() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.careless = true
}

// tell lets who waits look again. It is called with mu held.
func (e *Editor) tell() {
	close(e.news)
	e.news = make(chan struct{})
}

// Answers says how a request of the server is answered. By default it gets null; applyEdit is done.
func (e *Editor) Answers(method string, a Answer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[method] = a
}

// Initialize says hello and gives the server's answer.
func (e *Editor) Initialize(c Config) Object {
	e.t.Helper()
	params := map[string]any{"processId": c.ProcessID, "rootUri": nil, "capabilities": c.Capabilities}
	if c.Capabilities == nil {
		params["capabilities"] = map[string]any{}
	}
	if c.Options != nil {
		params["initializationOptions"] = c.Options
	}
	folders := []any{}
	for _, dir := range c.Roots {
		folders = append(folders, map[string]any{"uri": URI(dir), "name": filepath.Base(dir)})
	}
	if params["workspaceFolders"] = folders; c.Roots == nil {
		params["workspaceFolders"] = nil
	}
	var result Object
	e.Call("initialize", params, &result)
	if enc, ok := result.At("capabilities", "positionEncoding").(string); ok {
		e.mu.Lock()
		e.encoding = enc
		e.mu.Unlock()
	}
	e.Notify("initialized", map[string]any{})
	if c.Pull {
		e.beginPulling()
	}
	return result
}

// Exit says goodbye and gives the server's exit code.
func (e *Editor) Exit() int {
	e.t.Helper()
	e.mu.Lock()
	if e.pulls != nil {
		e.pulls.leaving = true
	}
	e.mu.Unlock()
	e.Call("shutdown", nil, nil)
	e.Notify("exit", nil)
	return e.ExitCode()
}

// Hangup ends the server's input, as a crash of the editor does, and gives the server's exit code.
func (e *Editor) Hangup() int {
	e.t.Helper()
	_ = e.in.Close()
	return e.ExitCode()
}

// ExitCode waits for the server to end.
func (e *Editor) ExitCode() int {
	e.t.Helper()
	select {
	case code := <-e.code:
		return code
	case <-time.After(Patience):
		e.t.Fatal("the server did not end")
		return -1
	}
}

// URI is the URI of a path.
func URI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// Object is a JSON object.
type Object map[string]any

// At goes down by keys; nil where there is nothing.
func (o Object) At(keys ...string) any {
	var at any = map[string]any(o)
	for _, key := range keys {
		m, _ := at.(map[string]any)
		at = m[key]
	}
	return at
}
