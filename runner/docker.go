package runner

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
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
	api       *client.Client
	authority string                                  // names the engine in a request
	remote    string                                  // the address of an engine on another machine; "" on this one
	dial      func(context.Context) (net.Conn, error) // makes a connection to the engine
	way       way
	address   string // of the engine
	from      string // what named it: "DOCKER_HOST"; "" where it was found by itself
}

// How long an engine may take to say that it is there: on this machine, and on another.
const (
	pingLimit    = 5 * time.Second
	farPingLimit = 20 * time.Second
)

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
	host, authority := e.host, client.DummyHost
	if e.ssh != nil {
		host = "http://" + client.DummyHost // ssh knows where it is
	} else if at, ok := strings.CutPrefix(e.host, "tcp://"); ok {
		authority = at
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 6}
	api, err := client.NewClientWithOpts(
		client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}),
		client.WithHost(host),
		client.WithAPIVersionNegotiation(),
		client.WithUserAgent("meca-lsp"),
	)
	if err != nil {
		return nil, err
	}
	d := &Docker{api: api, authority: authority, address: e.host, remote: e.remote(), from: e.from, way: localWay{}}
	switch { // WithHost made a dialer that knows its socket
	case e.ssh != nil:
		transport.DialContext, d.way = func(ctx context.Context, _, _ string) (net.Conn, error) { return e.ssh.dialEngine(ctx) }, sshWay{e.ssh}
	case d.remote != "":
		transport.DialContext, d.way = e.dialTCP, &relayWay{d: d, relays: map[string]*relay{}}
	}
	transport.Proxy, transport.DisableCompression = nil, true // WithHost sets the environment's
	d.dial = func(ctx context.Context) (net.Conn, error) { return transport.DialContext(ctx, "tcp", authority) }
	limit := pingLimit
	if d.remote != "" {
		limit = farPingLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := d.ping(limited); err != nil {
		d.Close()
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = fmt.Errorf("nothing there answered within %v", limit)
			if d.remote == "" {
				err = fmt.Errorf("something accepts connections there, but did not answer within %v", limit)
			}
		}
		return nil, err
	}
	return d, nil
}

// dialTCP connects to an engine by TCP, with TLS where it is set up.
func (e endpoint) dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil || e.tls == nil {
		return conn, err
	}
	config := e.tls.Clone()
	if config.ServerName, _, err = net.SplitHostPort(address); err != nil {
		_ = conn.Close() // nothing was said on it
		return nil, err
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error says it all
		return nil, err
	}
	return secure, nil
}

// ping asks whether an engine is there, and which version of its language it speaks. The client library's own way of asking hides what
// was wrong.
func (d *Docker) ping(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.authority+"/_ping", nil)
	if err != nil {
		return err
	}
	response, err := d.api.HTTPClient().Do(request)
	if err != nil {
		var said *sshError
		var u *url.Error
		switch {
		case errors.As(err, &said):
			return said
		case errors.Is(err, io.EOF):
			return errors.New("it hung up without an answer")
		case errors.As(err, &u):
			return u.Err // without the request's address
		}
		return err
	}
	words, _ := io.ReadAll(io.LimitReader(response.Body, 300))                                         // they only help to tell what was wrong
	_ = response.Body.Close()                                                                          // it was only read
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusInternalServerError { // an engine in trouble is one, too
		said := plain(strings.TrimSuffix(strings.TrimSpace(string(words)), "."))
		if strings.Contains(said, "HTTP request to an HTTPS server") {
			said = "it wants TLS; set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem, and DOCKER_TLS_VERIFY to 1"
		}
		return fmt.Errorf("it answered %s: %s", plain(response.Status), said)
	}
	d.api.NegotiateAPIVersionPing(types.Ping{APIVersion: response.Header.Get("Api-Version"), OSType: response.Header.Get("Ostype")})
	return nil
}

// url is the address of a request; what stands there as a host is for the engine alone, since the dialer knows where it is.
func (d *Docker) url(path string) string {
	return "http://" + d.authority + "/v" + d.api.ClientVersion() + path
}

// Close releases the connections.
func (d *Docker) Close() {
	d.way.close()
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
	case errdefs.IsNotFound(err), isTakenAway(words):
		return said(ErrNotFound)
	case errdefs.IsConflict(err):
		return said(ErrConflict)
	case errdefs.IsInvalidArgument(err), errdefs.IsPermissionDenied(err), errdefs.IsUnauthorized(err), errdefs.IsNotImplemented(err):
		return said(ErrRefused)
	default:
		var s *sshError
		var u *url.Error
		if errors.As(err, &s) {
			return &lostError{s}
		}
		if errors.As(err, &u) {
			return fmt.Errorf("the connection to the engine broke: %w", u.Err)
		}
		return errors.New(plain(withoutAddress(words)))
	}
}

// isTakenAway reports whether an engine that found an image lost it to another request, which removed it before this one was done with it.
// It calls that a failure of its own: "unrecognized image ID sha256:…" of a removal, "failed to get digest sha256:…" of a naming.
func isTakenAway(words string) bool {
	return strings.HasPrefix(words, "unrecognized image ID ") || strings.HasPrefix(words, "failed to get digest sha256:")
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
