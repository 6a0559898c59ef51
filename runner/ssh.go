package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
)

// An sshHost is a machine that this one's ssh program reaches, with the person's own settings, keys and agent, and an engine there.
// It is safe for concurrent use.
type sshHost struct {
	user, name, port string
	socket           string // the engine's there; "" for what the docker command finds there

	mu    sync.Mutex // guards conns
	conns map[*sshConn]bool
}

// The parts of an address that is sure to reach ssh, and the shell on the other side, as what it is.
var (
	sshName   = regexp.MustCompile(`^[0-9A-Za-z_.:][0-9A-Za-z_.:-]*(%[0-9A-Za-z_.]+)?$`)
	sshUser   = regexp.MustCompile(`^[0-9A-Za-z_.][0-9A-Za-z_.@+\\-]*$`)
	sshSocket = regexp.MustCompile(`^/[0-9A-Za-z_./@+,-]+$`)
)

// parseSSH reads "ssh://user@host:port/path", of which only the host is a must.
func parseSSH(address string) (*sshHost, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "ssh" || u.Opaque != "" {
		return nil, errors.New("it is no address such as ssh://user@host:22")
	}
	h := &sshHost{user: u.User.Username(), name: u.Hostname(), port: u.Port(), conns: map[*sshConn]bool{}}
	if path := strings.TrimSuffix(u.Path, "/"); path != "" {
		h.socket = path
	}
	_, password := u.User.Password()
	switch {
	case password:
		return nil, errors.New("a password in an address is not used: give the account a key")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("an address of an engine ends with its path")
	case !sshName.MatchString(h.name):
		return nil, fmt.Errorf("%q is no name of a machine", h.name)
	case u.User != nil && !sshUser.MatchString(h.user):
		return nil, fmt.Errorf("%q is no name of an account", h.user)
	case h.socket != "" && !sshSocket.MatchString(h.socket):
		return nil, fmt.Errorf("the path %q has more than letters, digits and /_.@+,-", h.socket)
	}
	return h, nil
}

// options are the arguments of ssh before the host's name. It never asks for anything: nobody may be there to answer.
func (h *sshHost) options() []string {
	args := []string{"-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15"}
	if h.user != "" {
		args = append(args, "-l", h.user)
	}
	if h.port != "" {
		args = append(args, "-p", h.port)
	}
	return args
}

// byHand is what a person types to see for themselves.
func (h *sshHost) byHand() string {
	words := []string{"ssh"}
	if h.port != "" {
		words = append(words, "-p", h.port)
	}
	if h.user != "" {
		return strings.Join(append(words, h.user+"@"+h.name), " ")
	}
	return strings.Join(append(words, h.name), " ")
}

// dialEngine connects to the engine, as the Docker command line does: the docker command there passes on what ssh brings. The
// connection outlives ctx. That something is wrong, its first Read tells, for which something must be asked before.
func (h *sshHost) dialEngine(ctx context.Context) (net.Conn, error) {
	return h.start(ctx, h.engineArguments(), make(chan struct{}))
}

func (h *sshHost) engineArguments() []string {
	args := append(h.options(), "--", h.name, "docker")
	if h.socket != "" {
		args = append(args, "--host", "unix://"+h.socket)
	}
	return append(args, "system", "dial-stdio")
}

// An sshError is why ssh does not bring a connection about, or why it has ended. Both are for a person.
type sshError struct {
	words string
	hint  string // what to do about it, without a full stop
}

func (e *sshError) Error() string { return e.words }

// notStarted is the error of an ssh program that did not even start.
func notStarted(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return &sshError{"there is no ssh program on this machine", "Install OpenSSH's client, so that ssh is on the PATH"}
	}
	return &sshError{"ssh does not start: " + plain(err.Error()), "Make sure that ssh works"}
}

// ended is the error of an ssh program that has ended by itself: nil where it did so soundly. said is the end of what it printed.
func (h *sshHost) ended(err error, said []string) error {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return nil
	}
	const notFound, itsOwn = 127, 255 // a shell's code for a command that it does not find; ssh's for a fault of its own
	words := strings.TrimSuffix(strings.TrimPrefix(plain(strings.Join(said[max(0, len(said)-2):], " ")), "ssh: "), ".")
	lower := strings.ToLower(words)
	byHand := h.byHand()
	e := &sshError{"ssh: " + cmp.Or(words, exit.String()), "Find out what is wrong with: " + byHand + " docker version"}
	switch {
	case exit.ExitCode() == notFound:
		e.words = fmt.Sprintf("there is no docker command on %s (%s)", h.name, cmp.Or(words, exit.String()))
		e.hint = "Install Docker's command line there, and make sure that it answers: " + byHand + " docker version"
	case exit.ExitCode() != itsOwn:
		e.words = fmt.Sprintf("the docker command on %s gave up: %s", h.name, cmp.Or(words, exit.String()))
	case strings.Contains(lower, "host key verification failed"):
		e.hint = "Make the machine's key known, and see to it that this works without a question: " + byHand
	case strings.Contains(lower, "permission denied"):
		e.hint = "Passwords are not asked for: give the account a key, or load yours with ssh-add, so that this works without a question: " + byHand
	}
	return e
}

// close ends all connections.
func (h *sshHost) close() {
	h.mu.Lock()
	var all []*sshConn
	for c := range h.conns {
		all = append(all, c)
	}
	h.mu.Unlock()
	for _, c := range all {
		_ = c.Close() // it never fails
	}
}
