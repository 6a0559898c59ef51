package lsp

import (
	"context"
	"errors"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// codeRequestFailed says that a request was right and could not be fulfilled all the same; the message is for a person.
const codeRequestFailed jsonrpc2.Code = -32803

// codeServerCancelled says that the server gave a request up; its data tells whether it is worth asking again.
const codeServerCancelled jsonrpc2.Code = -32802

// invalidParams refuses a request whose parameters are wrong.
func invalidParams(format string, args ...any) error {
	return jsonrpc2.Errorf(jsonrpc2.InvalidParams, format, args...)
}

// requestFailed tells a person why a request could not be fulfilled.
func requestFailed(format string, args ...any) error {
	return jsonrpc2.Errorf(codeRequestFailed, format, args...)
}

// wireError gives every error the code that its cause has in the protocol; the library would send code 0.
func wireError(err error) error {
	var coded *jsonrpc2.Error
	switch {
	case errors.As(err, &coded):
		return coded
	case errors.Is(err, context.Canceled):
		return protocol.ErrRequestCancelled
	default:
		return jsonrpc2.Errorf(jsonrpc2.InternalError, "%v", err)
	}
}
