package lsp

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// The codes of the protocol.
const (
	notInitialized  = -32002
	invalidRequest  = -32600
	unknownMethod   = -32601
	wrongParams     = -32602
	internalFailure = -32603
	cancelled       = -32800
	modified        = -32801
	failed          = -32803
)

func TestBeforeInitialize(t *testing.T) {
	e := start(t, Options{})
	e.Refused(notInitialized, "textDocument/hover", object{})
	e.Refused(notInitialized, "no/such", nil)
	e.Refused(notInitialized, "shutdown", nil)
	e.Open("/x/config.json", "{") // dropped
	e.Notify("initialized", nil)
	e.Initialize(editortest.Config{})
	e.Close(editortest.URI("/x/config.json")) // it is not open
	answers(t, e)
}

func TestInitialize(t *testing.T) {
	for _, c := range []struct {
		name, params string
		code         int
	}{
		{"nothing", ``, wrongParams},
		{"null", `null`, wrongParams},
		{"a list", `[]`, wrongParams},
		{"a string", `"x"`, wrongParams},
		{"empty", `{}`, 0},
		{"nulls", `{"processId":null,"rootUri":null,"rootPath":null,"workspaceFolders":null,"capabilities":null,"initializationOptions":null}`, 0},
		{"wrong types everywhere", `{"processId":"x","rootUri":5,"workspaceFolders":{"a":1},"capabilities":{"window":{"workDoneProgress":"yes"},"workspace":[],"general":{"positionEncodings":"utf-8"}},"initializationOptions":[]}`, 0},
		{"a large process id", `{"processId":4294967295,"capabilities":{}}`, 0},
		{"folders that are none", `{"capabilities":{},"workspaceFolders":[{"uri":"untitled:x"},{"uri":"file:///no/such/folder"},{"name":"y"},5,{"uri":"file:///etc/hostname"},{"uri":"file://%zz"}]}`, 0},
		{"a root path", `{"capabilities":{},"rootPath":"/no/such"}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, Options{})
			p := e.Expect("1", "initialize")
			params := ""
			if c.params != "" {
				params = `,"params":` + c.params
			}
			e.Raw(frame(`{"jsonrpc":"2.0","id":1,"method":"initialize"` + params + `}`))
			_, err := p.Wait()
			switch {
			case c.code != 0 && (err == nil || err.Code != c.code):
				t.Fatalf("answered %v, want %d", err, c.code)
			case c.code != 0:
				e.Initialize(editortest.Config{}) // it can be tried again
			case err != nil:
				t.Fatal(err)
			}
			e.Notify("initialized", object{})
			answers(t, e)
			e.Refused(invalidRequest, "initialize", object{"capabilities": object{}})
			if code := e.Exit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestManyRoots(t *testing.T) {
	dir := clean(t).with(tree{"config.json": "{"}).write(t, t.TempDir())
	roots := []string{}
	for i := range 1000 {
		roots = append(roots, fmt.Sprintf("/no/such/%d", i))
	}
	e := begin(t, Options{}, append(roots, dir)...)
	e.Await(editortest.HasCode(editortest.URI(filepath.Join(dir, "config.json")), "config-syntax"))
}

func TestServerSaysWhatItCan(t *testing.T) {
	e := start(t, Options{Version: "1.2.3"})
	r := e.Initialize(editortest.Config{Capabilities: object{"general": object{"positionEncodings": []string{"x", "utf-32", "utf-8"}}}, Options: object{"codeLens": false}})
	if r.At("serverInfo", "name") != "meca-lsp" || r.At("serverInfo", "version") != "1.2.3" {
		t.Errorf("serverInfo %v", r.At("serverInfo"))
	}
	caps := editortest.Object(r.At("capabilities").(object))
	if caps.At("positionEncoding") != "utf-32" {
		t.Errorf("position encoding %v", caps.At("positionEncoding"))
	}
	if caps.At("codeLensProvider") != nil {
		t.Error("code lenses although they are not wanted")
	}
	if caps.At("codeActionProvider") != true {
		t.Errorf("code actions with kinds, for a client without: %v", caps.At("codeActionProvider"))
	}
	if caps.At("textDocumentSync", "change") != 1.0 {
		t.Errorf("sync %v", caps.At("textDocumentSync"))
	}
	names, _ := caps.At("executeCommandProvider", "commands").([]any)
	if len(names) != 9 || !slices.Contains(names, any("meca.run")) {
		t.Errorf("commands %v", names)
	}
}

func TestAfterShutdown(t *testing.T) {
	e := serving(t)
	e.Call("shutdown", nil, nil)
	e.Refused(invalidRequest, "textDocument/hover", object{})
	e.Refused(invalidRequest, "shutdown", nil)
	e.Refused(invalidRequest, "no/such", nil)
	e.Notify("textDocument/didOpen", nil)
	e.Notify("exit", nil)
	if code := e.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestExitCodes(t *testing.T) {
	e := start(t, Options{})
	e.Notify("exit", nil)
	if code := e.ExitCode(); code != 1 {
		t.Errorf("exit before initialize: %d", code)
	}
	e = serving(t)
	e.Notify("exit", nil)
	if code := e.ExitCode(); code != 1 {
		t.Errorf("exit without shutdown: %d", code)
	}
	e = serving(t)
	if code := e.Hangup(); code != 1 {
		t.Errorf("end of input: %d", code)
	}
	e = serving(t)
	e.Call("shutdown", nil, nil)
	if code := e.Hangup(); code != 1 {
		t.Errorf("end of input after shutdown: %d", code)
	}
}

// TestAllAtOnce sends a whole session in one piece and then the end of input: every request is answered all the same.
func TestAllAtOnce(t *testing.T) {
	for range 20 {
		e := start(t, Options{})
		var all strings.Builder
		var waits []*editortest.Pending
		ask := func(id, method string) {
			waits = append(waits, e.Expect(id, method))
			all.WriteString(frame(`{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `","params":{"capabilities":{},"textDocument":{"uri":"file:///x"}}}`))
		}
		ask("1", "initialize")
		ask("2", "textDocument/codeLens")
		ask("3", "no/such")
		ask("4", "textDocument/completion")
		ask("5", "shutdown")
		all.WriteString(frame(`{"jsonrpc":"2.0","method":"exit"}`))
		e.Raw(all.String())
		if code := e.Hangup(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		for _, p := range waits {
			if _, err := p.Wait(); err != nil && err.Code != unknownMethod {
				t.Errorf("%s: %v", p.ID(), err)
			}
		}
	}
}

// TestBrokenOutput closes the pipe that the server writes to.
func TestBrokenOutput(t *testing.T) {
	in, feed := io.Pipe()
	taken, out := io.Pipe()
	code := make(chan int)
	go func() { code <- Serve(context.Background(), in, out, Options{}) }()
	_ = taken.Close()
	_, _ = io.WriteString(feed, frame(`{"jsonrpc":"2.0","id":1,"method":"shutdown"}`))
	if c := <-code; c != 1 {
		t.Errorf("exit code %d", c)
	}
}

// TestCanceledServer ends a session from outside, as a signal does.
func TestCanceledServer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := editortest.Start(t, func(in io.ReadCloser, out io.WriteCloser) int { return Serve(ctx, in, out, Options{}) })
	e.Initialize(editortest.Config{})
	cancel()
	if code := e.ExitCode(); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// deadProcess is the id of a process that is gone.
func deadProcess(t *testing.T) int {
	t.Helper()
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), me, "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.Pid()
}

func TestClientProcess(t *testing.T) {
	o := Options{waits: quick()}
	o.waits.process = 100 * time.Millisecond
	e := start(t, o)
	e.Initialize(editortest.Config{ProcessID: deadProcess(t)})
	if code := e.ExitCode(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if d := defaultWaits().process; d > 4*time.Second {
		t.Errorf("the client's process is looked at every %v", d)
	}
	for _, pid := range []any{os.Getpid(), 0, -1, math.MaxInt64, nil} {
		e = start(t, Options{waits: quick()})
		e.Initialize(editortest.Config{ProcessID: pid})
		for range 20 {
			answers(t, e)
		}
		if code := e.Exit(); code != 0 {
			t.Errorf("process %v: exit code %d", pid, code)
		}
	}
}

// held is a server whose requests of a method wait until they are let go.
func held(method string) (o Options, begun chan struct{}, letGo chan struct{}) {
	begun, letGo = make(chan struct{}, 100), make(chan struct{})
	o.inject = func(where string) {
		if where == "beside "+method {
			begun <- struct{}{}
			<-letGo
		}
	}
	return o, begun, letGo
}

func TestCancel(t *testing.T) {
	o, begun, letGo := held("textDocument/hover")
	e := start(t, o)
	e.Initialize(editortest.Config{})
	params := object{"textDocument": object{"uri": "file:///x"}}
	var waits []*editortest.Pending
	for _, id := range []string{`1000`, `"a"`, `1000000000000`, `"1000"`} {
		waits = append(waits, e.Expect(id, "hover"))
		e.Raw(frame(`{"jsonrpc":"2.0","id":` + id + `,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///x"}}}`))
		<-begun
	}
	kept := e.Request("textDocument/hover", params)
	<-begun
	e.Notify("$/cancelRequest", object{"id": 77}) // unknown
	for _, p := range waits {
		e.Notify("$/cancelRequest", object{"id": p.ID()})
		e.Notify("$/cancelRequest", object{"id": p.ID()})
	}
	e.Call("textDocument/codeLens", params, nil) // the cancellations were read
	close(letGo)
	for _, p := range waits {
		if _, err := p.Wait(); err == nil || err.Code != cancelled {
			t.Errorf("id %s: %v", p.ID(), err)
		}
		e.Notify("$/cancelRequest", object{"id": p.ID()}) // answered already
	}
	if _, err := kept.Wait(); err != nil {
		t.Errorf("another request was canceled: %v", err)
	}
	answers(t, e)
}

// TestSameIDTwice uses an id twice at once, which clients must not do: there are two answers.
func TestSameIDTwice(t *testing.T) {
	o, begun, letGo := held("textDocument/hover")
	e := start(t, o)
	e.Initialize(editortest.Config{})
	first := e.Expect(`5`, "hover")
	body := frame(`{"jsonrpc":"2.0","id":5,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///x"}}}`)
	e.Raw(body + body)
	<-begun
	<-begun
	letGo <- struct{}{}
	if _, err := first.Wait(); err != nil {
		t.Error(err)
	}
	second := e.Expect(`5`, "hover")
	e.Notify("$/cancelRequest", object{"id": 5})
	e.Call("textDocument/codeLens", object{"textDocument": object{"uri": "file:///x"}}, nil)
	letGo <- struct{}{}
	if _, err := second.Wait(); err == nil || err.Code != cancelled {
		t.Errorf("the second one: %v", err)
	}
}

// TestEndCancelsRequests ends the input while a request runs. The server's end does not wait for it: it goes on until then.
func TestEndCancelsRequests(t *testing.T) {
	o, begun, letGo := held("textDocument/hover")
	e := start(t, o)
	e.Initialize(editortest.Config{})
	e.Request("textDocument/hover", object{"textDocument": object{"uri": "file:///x"}})
	<-begun
	code := e.Hangup()
	close(letGo)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// TestUnknownMethods are refused, also those that begin with $.
func TestUnknownMethods(t *testing.T) {
	e := serving(t)
	e.Refused(unknownMethod, "textDocument/declaration", object{})
	e.Refused(unknownMethod, "$/foo", nil)
	e.Refused(unknownMethod, "", nil)
	e.Notify("$/foo", nil)
	e.Notify("foo", []int{1})
	e.Notify("$/setTrace", object{"value": "off"})
	answers(t, e)
}
