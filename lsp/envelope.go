package lsp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
)

// envelope is a JSON-RPC message before anything in it is believed. A key that stands twice counts as it stands last.
type envelope struct {
	Version jsontext.Value `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Method  jsontext.Value `json:"method"`
	Params  jsontext.Value `json:"params"`
	Result  jsontext.Value `json:"result"`
	Error   jsontext.Value `json:"error"`
}

// openEnvelope reads a body. rest is what stands behind the first JSON value, where the body is more than one.
func openEnvelope(body []byte) (e envelope, rest []byte, fault *jsonrpc2.Error) {
	options := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), options)
	value, err := dec.ReadValue()
	if err != nil {
		return e, nil, jsonrpc2.Errorf(jsonrpc2.ParseError, "the message is not JSON: %v", err)
	}
	if kind := value.Kind(); kind == '{' {
		if err := json.Unmarshal(value, &e, options); err != nil {
			return e, nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "the message is no JSON-RPC: %v", err)
		}
	} else {
		fault = jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "the message is no JSON object")
	}
	end := dec.InputOffset()
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return e, body[end:], jsonrpc2.Errorf(jsonrpc2.ParseError, "the message goes on after its JSON value")
	}
	return e, nil, fault
}

// check says what is wrong with a message, nil if nothing is.
func (e *envelope) check() *jsonrpc2.Error {
	switch {
	case e.Method == nil && e.isResponse():
		return nil
	case e.Method == nil:
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "the message has neither a method nor a result")
	case e.Method.Kind() != '"':
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "the method is no string")
	case e.ID != nil && !validID(e.ID):
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "the id is neither an integer nor a string")
	case e.Version.Kind() != '"' || unquote(e.Version) != "2.0":
		return jsonrpc2.Errorf(jsonrpc2.InvalidRequest, `"jsonrpc" is not "2.0"`)
	}
	return nil
}

func (e *envelope) isResponse() bool { return e.Result != nil || e.Error != nil }

// replyID is the id to answer with: null where the message has none that can be given back.
func (e *envelope) replyID() jsontext.Value {
	if validID(e.ID) {
		return e.ID
	}
	return jsontext.Value("null")
}

// validID reports whether an id is a string or an integer, of any size.
func validID(id jsontext.Value) bool {
	switch id.Kind() {
	case '"':
		return true
	case '0':
		return !bytes.ContainsAny(id, ".eE")
	default:
		return false
	}
}

// idKey tells ids apart: 1 and "1" are two, "a" and "\u0061" are one.
func idKey(id jsontext.Value) string {
	if id.Kind() == '"' {
		return `"` + unquote(id)
	}
	return string(id)
}

// unquote decodes a JSON string; lone surrogates become U+FFFD.
func unquote(v jsontext.Value) string {
	s, _ := jsontext.AppendUnquote(nil, v) // the value was read as JSON: what can be wrong in it is replaced
	return string(s)
}

// response makes the answer to one of our own calls. One that is broken is an error to whoever waits for it.
func (e *envelope) response() (jsonrpc2.Message, error) {
	num, err := strconv.ParseInt(string(e.ID), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("answer with the foreign id %.40s", e.ID)
	}
	id := jsonrpc2.NewNumberID(num)
	if e.Error == nil {
		return jsonrpc2.NewResponse(id, jsonrpc2.RawMessage(e.Result), nil), nil
	}
	var said struct {
		Code    int64  `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(e.Error, &said, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		said.Message = "the client answered with an error that cannot be read"
	}
	return jsonrpc2.NewResponse(id, nil, jsonrpc2.Errorf(jsonrpc2.Code(said.Code), "%s", said.Message)), nil
}
