package lsp

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// wrongValues are what stands for a value of another type, one of each JSON type and some that are far off.
func wrongValues() []any { return []any{nil, 5, -1, 1.5, 1e300, "x", true, []any{}, object{}} }

// control is a task folder that no swept message names. What it is shown tells that the server is as good as before.
type control struct {
	e     *editortest.Editor
	uri   string
	turns int
}

func newControl(t *testing.T, e *editortest.Editor, dir string) *control {
	t.Helper()
	c := &control{e: e, uri: e.OpenFile(filepath.Join(dir, "config.json"))}
	e.Await(editortest.ForVersion(c.uri, 1))
	return c
}

// check brings a fault in, and takes it out again.
func (c *control) check(t *testing.T) {
	t.Helper()
	c.turns++
	v := c.e.Change(c.uri, strings.Repeat(" ", c.turns%7)+faultyConfig)
	c.e.Await(editortest.ForVersion(c.uri, v), editortest.HasCode(c.uri, "config-wrong-type"))
	v = c.e.Change(c.uri, cleanConfig)
	c.e.Await(editortest.ForVersion(c.uri, v), editortest.HasCodes(c.uri))
}

// TestSweep sends every request and notification of the protocol, whatever we know of them, with parameters that are right, missing,
// null, of every wrong type, and with each thing in them missing or of every wrong type. Each request is answered, properly, and then
// the findings of another folder are still right.
func TestSweep(t *testing.T) {
	dir, other := clean(t).write(t, t.TempDir()), clean(t).write(t, t.TempDir())
	e := start(t, Options{Runner: &fakeRunner{}, Log: quiet()})
	e.Initialize(editortest.Config{Capabilities: full(), Roots: []string{dir, other}})
	e.AnyVersion(e.OpenFile(filepath.Join(dir, "config.json")))
	c := newControl(t, e, other)
	s := newServer(t.Context(), Options{})
	defer s.stop()
	sent := 0
	for _, m := range swept(t) {
		_, known := s.requests[m.Method]
		right := filled(m.Params, dir)
		wholes, parts := []any{nil, []any{}, "x", 5, -1.5, true, []any{right}}, variants(right)
		switch {
		case slices.Contains([]string{"initialize", "shutdown", "exit"}, m.Method):
			continue // they begin and end a session: TestSweepOfSessions
		case !m.Request:
			for _, params := range slices.Concat(wholes, parts, []any{right}) {
				e.Notify(m.Method, params)
			}
			e.Raw(frame(`{"jsonrpc":"2.0","method":"` + m.Method + `","params":null}`))
		default:
			p := e.Expect(`"null"`, m.Method)
			e.Raw(frame(`{"jsonrpc":"2.0","id":"null","method":"` + m.Method + `","params":null}`))
			proper(t, p, known, m.Params != nil, nil)
			ask := func(params any) *editortest.Pending {
				p := e.Request(m.Method, params)
				if m.Method == "workspace/diagnostic" { // it is held until there is something to tell
					e.Notify("$/cancelRequest", object{"id": p.ID()})
				}
				return p
			}
			for _, params := range wholes {
				proper(t, ask(params), known, m.Params != nil, params)
			}
			for _, params := range append(parts, right) {
				proper(t, ask(params), known, false, params)
			}
		}
		sent += len(wholes) + len(parts) + 2
		c.check(t)
	}
	if n := len(e.State().Rejections); n > 0 {
		t.Errorf("%d rejections, as %v", n, e.State().Rejections[0])
	}
	if code := e.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	t.Logf("%d messages", sent)
}

// proper wants a proper answer: to what is not known that it is not known, else a result, or that the parameters are wrong. Where they
// must be wrong, no result will do.
func proper(t *testing.T, p *editortest.Pending, known, mustBeWrong bool, params any) {
	t.Helper()
	_, err := p.Wait()
	code := 0
	if err != nil {
		code = err.Code
	}
	held := code == cancelled && p.Method() == "workspace/diagnostic"
	ok := code == 0 || code == wrongParams || code == int(codeRequestFailed) || held
	if mustBeWrong {
		ok = code == wrongParams || held
	}
	if !known {
		ok = code == -32601
	}
	if !ok {
		t.Errorf("%s gets the answer %v", p.Method(), err)
		t.Logf("  with %v", params)
	}
}

// TestSweepOfSessions begins and ends sessions with every kind of parameters.
func TestSweepOfSessions(t *testing.T) {
	dir, other := clean(t).write(t, t.TempDir()), clean(t).write(t, t.TempDir())
	var hello object
	for _, m := range swept(t) {
		if m.Method == "initialize" {
			hello = filled(m.Params, dir).(object)
		}
	}
	hello["capabilities"] = full()
	delete(hello, "workspaceFolders") // it goes before rootUri
	hellos := append([]any{nil, []any{}, "x", 5, true}, variants(hello)...)
	for i, params := range hellos {
		e := start(t, Options{Log: quiet()})
		_, err := e.Request("initialize", params).Wait()
		if _, isObject := params.(object); isObject && err != nil {
			t.Errorf("initialize with %v: %v", params, err)
		} else if !isObject {
			if err == nil || err.Code != wrongParams {
				t.Errorf("initialize with %v: %v", params, err)
			}
			e.Call("initialize", hello, nil) // the session can still begin
		}
		e.Notify("initialized", []any{nil, object{}, []any{}, 5}[i%4])
		uri := e.Open(filepath.Join(other, "config.json"), faultyConfig)
		e.Await(editortest.HasCode(uri, "config-wrong-type"))
		if _, err := e.Request("shutdown", append(wrongValues(), []any{5}, object{"x": 5})[i%11]).Wait(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		e.Notify("exit", append(wrongValues(), []any{5}, object{"x": 5})[i%11])
		if code := e.ExitCode(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	t.Logf("%d sessions", len(hellos))
}

// filled puts a task folder in for what stands for one.
func filled(params any, dir string) any {
	b, err := json.Marshal(params)
	if err != nil {
		panic(err)
	}
	text := strings.NewReplacer("$uri", configOf(dir), "$folder", editortest.URI(dir)).Replace(string(b))
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		panic(err)
	}
	return out
}

// variants are a value with one thing in it missing, or of another type, at any depth.
func variants(v any) (all []any) {
	switch v := v.(type) {
	case object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			with := func(other any) object {
				copied := maps.Clone(v)
				copied[key] = other
				return copied
			}
			without := maps.Clone(v)
			delete(without, key)
			all = append(all, without)
			for _, other := range append(wrongValues(), variants(v[key])...) {
				all = append(all, with(other))
			}
		}
	case []any:
		for i := range v {
			for _, other := range append(wrongValues(), variants(v[i])...) {
				copied := slices.Clone(v)
				copied[i] = other
				all = append(all, copied)
			}
		}
	}
	return all
}
