package lsp

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// traceLevel is how much the client wants to be told of what the server does ($/logTrace). It may be changed at any time.
type traceLevel struct{ level atomic.Int32 }

const (
	traceOff int32 = iota
	traceMessages
	traceVerbose // with the state that the server was in
)

var traceLevels = map[string]int32{"off": traceOff, "messages": traceMessages, "verbose": traceVerbose}

// traced makes initialize begin with the trace that it asks for. A value that is none of the protocol's is off, as a missing one is.
func (s *server) traced(initialize prepare) prepare {
	return func(at *snapshot, params jsontext.Value) (work, error) {
		rest, err := initialize(at, params)
		if err != nil {
			return rest, err
		}
		var p struct {
			Trace jsontext.Value `json:"trace"`
		}
		if err := protocol.Unmarshal(params, &p); err != nil {
			return rest, nil //nolint:nilerr // initialize has read the same parameters: what it took is answered
		}
		s.trace.level.Store(traceLevels[textOf(p.Trace)])
		return rest, nil
	}
}

// setTrace changes what is told from now on.
func (s *server) setTrace(params jsontext.Value) error {
	var p struct {
		Value jsontext.Value `json:"value"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	level, known := traceLevels[textOf(p.Value)]
	if !known {
		return fmt.Errorf("the trace is off, messages or verbose, not %.40s", p.Value)
	}
	s.trace.level.Store(level)
	return nil
}

// textOf is the text of a JSON string; "" for anything else.
func textOf(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	return unquote(v)
}

// handled logs a request or notification that the server is done with, and tells the client of it where it wants to know. Neither
// holds anything of what the message said but its method, its id and why it was refused.
func (s *server) handled(req *jsonrpc2.Request, began time.Time, failure error) {
	took, method := time.Since(began), fmt.Sprintf("%.100s", req.Method())
	if req.IsCall() {
		id := s.wire.calls.id(numberOf(req.ID()))
		if failure == nil {
			s.log.Info("request", "method", method, "id", cutID(id), "took", took)
		} else {
			s.log.Info("request", "method", method, "id", cutID(id), "took", took, "code", codeOf(failure), "err", failure)
		}
		method = fmt.Sprintf("request %s (%s)", method, cutID(id))
	} else {
		s.log.Debug("notification", "method", method, "took", took)
		method = "notification " + method
	}
	level := s.trace.level.Load()
	if level == traceOff {
		return
	}
	said := protocol.LogTraceParams{Message: fmt.Sprintf("%s took %v", method, took)}
	if failure != nil {
		said.Message += fmt.Sprintf(" and was refused with %d", codeOf(failure))
	}
	if level == traceVerbose {
		said.Verbose = new(s.condition())
	}
	s.wire.notifyLog(protocol.MethodLogTrace, &said)
}

// condition is the server's state in a line.
func (s *server) condition() string {
	at := s.session.snapshot()
	folders := 0
	for range at.places.all() {
		folders++
	}
	return fmt.Sprintf("snapshot %d: %d task folders, %d open documents, %d folders of the workspace; %d bytes wait for the client",
		at.number, folders, len(at.docs), len(at.roots), s.wire.out.size())
}

func numberOf(id jsonrpc2.ID) int64 {
	num, _ := id.Number()
	return num
}

// cutID is an id as it came; of a long one its beginning.
func cutID(id jsontext.Value) string { return fmt.Sprintf("%.40s", string(id)) }

// codeOf is the code that an error goes out with, see wireError.
func codeOf(err error) int64 {
	var coded *jsonrpc2.Error
	if errors.As(err, &coded) {
		return int64(coded.Code)
	}
	return int64(jsonrpc2.InternalError)
}
