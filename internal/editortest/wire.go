package editortest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Message is something that the server said of its own accord.
type Message struct {
	Method string
	Params json.RawMessage
	Call   bool // it wants an answer
}

// Object gives the parameters.
func (m Message) Object() Object {
	var o Object
	_ = json.Unmarshal(m.Params, &o) // what is no object gives none
	return o
}

// Pending is a request that the server has not answered yet, or has.
type Pending struct {
	editor *Editor
	id     string
	method string
	done   chan struct{}
	result json.RawMessage
	err    *Error
}

func readFrame(r *bufio.Reader) ([]byte, error) {
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("a frame without a length")
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}

// Frame is a body with its header.
func Frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

// Raw writes bytes to the server as they are. A server that has ended does not take them: then what the test waits for fails.
func (e *Editor) Raw(bytes string) {
	e.writing.Lock()
	defer e.writing.Unlock()
	_, _ = io.WriteString(e.in, bytes)
}

func (e *Editor) send(message map[string]any) {
	e.t.Helper()
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		e.t.Fatal(err)
	}
	e.Raw(Frame(string(body)))
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) {
	e.t.Helper()
	m := map[string]any{"method": method}
	if params != nil {
		m["params"] = params
	}
	e.send(m)
}

// Request asks something and does not wait.
func (e *Editor) Request(method string, params any) *Pending {
	e.t.Helper()
	e.mu.Lock()
	e.next++
	id := e.next
	e.mu.Unlock()
	p := e.Expect(strconv.Itoa(id), method)
	m := map[string]any{"method": method, "id": id}
	if params != nil {
		m["params"] = params
	}
	e.send(m)
	return p
}

// Expect waits for the answer to an id, given as JSON, of a request that the test writes itself.
func (e *Editor) Expect(id, method string) *Pending {
	p := &Pending{editor: e, id: id, method: method, done: make(chan struct{})}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[id] = p
	return p
}

// ID is the request's id, as JSON.
func (p *Pending) ID() json.RawMessage { return json.RawMessage(p.id) }

// Method is what was asked.
func (p *Pending) Method() string { return p.method }

// Done is closed when the answer is there.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Wait gives the answer.
func (p *Pending) Wait() (json.RawMessage, *Error) {
	p.editor.t.Helper()
	select {
	case <-p.done:
		return p.result, p.err
	case <-time.After(Patience):
		p.editor.t.Fatalf("no answer to %s (id %s)", p.method, p.id)
		return nil, nil
	}
}

// Call asks something, and the test fails where the answer is an error.
func (e *Editor) Call(method string, params, result any) {
	e.t.Helper()
	raw, err := e.Request(method, params).Wait()
	if err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(raw, result); err != nil {
		e.t.Fatalf("%s answered %s: %v", method, raw, err)
	}
}

// Refused asks something and wants an error of this code. It gives the error's message.
func (e *Editor) Refused(code int, method string, params any) string {
	e.t.Helper()
	raw, err := e.Request(method, params).Wait()
	if err == nil {
		e.t.Fatalf("%s answered %s, want the error %d", method, raw, code)
	}
	if err.Code != code {
		e.t.Fatalf("%s gave the error %v, want %d", method, err, code)
	}
	return err.Message
}

// incoming is any message of the server.
type incoming struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *Error          `json:"error"`
}

// take takes one message in.
func (e *Editor) take(body []byte) {
	var m incoming
	if err := json.Unmarshal(body, &m); err != nil {
		e.t.Errorf("the server said no JSON: %.200s", body)
		return
	}
	if m.Method == "" {
		e.answered(m)
		return
	}
	e.mu.Lock()
	e.state.Messages = append(e.state.Messages, Message{Method: m.Method, Params: m.Params, Call: m.ID != nil})
	if m.Method == "textDocument/publishDiagnostics" {
		e.published(m.Params)
	}
	e.pulls.take(e, m)
	answer := e.answers[m.Method]
	e.tell()
	e.mu.Unlock()
	if m.ID != nil {
		e.answer(m, answer)
	}
}

// answer answers a request of the server, beside reading.
func (e *Editor) answer(m incoming, how Answer) {
	go func() {
		var result any
		var failure *Error
		ok := true
		switch {
		case how != nil:
			result, failure, ok = how(m.Params)
		case m.Method == "workspace/applyEdit":
			result = e.applyEdit(m.Params)
		}
		if !ok {
			return
		}
		reply := map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": result}
		if failure != nil {
			delete(reply, "result")
			reply["error"] = failure
		}
		body, err := json.Marshal(reply)
		if err != nil {
			e.t.Error(err)
			return
		}
		e.writing.Lock()
		defer e.writing.Unlock()
		_, _ = io.WriteString(e.in, Frame(string(body))) // the server may be gone
	}()
}

// answered takes an answer in: each request has one.
func (e *Editor) answered(m incoming) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.tell()
	if string(m.ID) == "null" {
		e.state.Rejections = append(e.state.Rejections, m.Error)
		return
	}
	p := e.waiting[string(m.ID)]
	if p == nil && e.careless {
		return
	}
	if p == nil {
		e.t.Errorf("an answer to no request, or a second one: id %s", m.ID)
		return
	}
	delete(e.waiting, string(m.ID))
	p.result, p.err = m.Result, m.Error
	close(p.done)
}
