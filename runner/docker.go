package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"
)

// Docker is an engine that speaks the Docker Engine API. It is safe for concurrent use.
type Docker struct {
	api     *client.Client
	address string // of the engine
	remote  string // the same where it is on another machine; "" on this one
	from    string // what named the engine: "DOCKER_HOST"; "" where it was found by itself
}

// pingLimit is how long an engine may take to say that it is there.
const pingLimit = 5 * time.Second

// Connect finds the engine that the Docker command line would use, and makes sure that it answers: the one that DOCKER_HOST names,
// else the Docker context that DOCKER_CONTEXT or the Docker configuration names, else the default sockets. No proxy of the
// environment stands between. The error is a *NoEngineError, or the context's.
func Connect(ctx context.Context) (*Docker, error) {
	return connect(ctx, endpoints(hostEnvironment()))
}

// ConnectTo connects to the engine at an address, such as "unix:///var/run/docker.sock", with errors as [Connect] has.
func ConnectTo(ctx context.Context, address string) (*Docker, error) {
	return connect(ctx, []endpoint{endpoint{host: address}.checked()})
}

// connect gives the first engine that answers.
func connect(ctx context.Context, places []endpoint) (*Docker, error) {
	var tried NoEngineError
	for _, e := range places {
		d, err := e.connect(ctx)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		tried.Tried = append(tried.Tried, Attempt{Endpoint: e.String(), Err: err})
	}
	return nil, &tried
}

// connect makes a client for an endpoint and pings it.
func (e endpoint) connect(ctx context.Context) (*Docker, error) {
	if e.problem != nil {
		return nil, e.problem
	}
	transport := &http.Transport{TLSClientConfig: e.tls}
	api, err := client.NewClientWithOpts(
		client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}),
		client.WithHost(e.host),
		client.WithAPIVersionNegotiation(),
		client.WithUserAgent("meca-lsp"),
	)
	if err != nil {
		return nil, err
	}
	transport.Proxy = nil // WithHost sets the environment's
	d := &Docker{api: api, address: e.host, remote: e.remote(), from: e.from}
	limited, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	ping, err := d.ping(limited, transport)
	if err != nil {
		d.Close()
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = errNoPing
		}
		return nil, err
	}
	api.NegotiateAPIVersionPing(ping)
	return d, nil
}

// ping asks whether an engine is there. It dials a socket by itself first: the client library's error would not tell what was wrong.
func (d *Docker) ping(ctx context.Context, transport *http.Transport) (types.Ping, error) {
	if d.remote == "" {
		conn, err := transport.DialContext(ctx, "", "") // WithHost made a dialer that knows its socket
		if err != nil {
			return types.Ping{}, err
		}
		_ = conn.Close() // nothing was said on it
	}
	return d.api.Ping(ctx)
}

var errNoPing = fmt.Errorf("something accepts connections there, but did not answer within %v", pingLimit)

// Close releases the connections.
func (d *Docker) Close() {
	_ = d.api.Close() // it closes idle connections, which cannot fail
}

// engineError brings an error of the client library into the terms of [Engine], in the engine's own words.
func engineError(err error) error {
	if err == nil {
		return nil
	}
	words := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	if status, ok := strings.CutPrefix(words, "request returned "); ok { // with the request's address, and nothing that the engine said
		status, _, _ = strings.Cut(status, " for API route")
		words = "it answered " + status
	}
	said := func(kind error) error { return &answeredError{kind: kind, words: plain(words)} }
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errdefs.IsNotFound(err):
		return said(ErrNotFound)
	case errdefs.IsConflict(err):
		return said(ErrConflict)
	case errdefs.IsInvalidArgument(err), errdefs.IsPermissionDenied(err), errdefs.IsUnauthorized(err), errdefs.IsNotImplemented(err):
		return said(ErrRefused)
	default:
		var u *url.Error
		if errors.As(err, &u) {
			return fmt.Errorf("the connection to the engine broke: %w", u.Err)
		}
		return errors.New(plain(withoutAddress(words)))
	}
}

// withoutAddress takes the request's method and address off an error, which the client does not always keep as a part of its own:
// `Delete "http://…": context deadline exceeded`.
func withoutAddress(words string) string {
	begin := strings.Index(words, ` "http`)
	if begin < 0 {
		return words
	}
	if end := strings.Index(words[begin+2:], `": `); end >= 0 {
		return words[begin+2+end+len(`": `):]
	}
	return words
}

// answeredError is an engine's answer, in its own words; it is one of ErrNotFound, ErrConflict, ErrRefused.
type answeredError struct {
	kind  error
	words string
}

func (e *answeredError) Error() string { return e.words }
func (e *answeredError) Unwrap() error { return e.kind }
