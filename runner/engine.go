package runner

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// Engine is what a run asks of a container engine; [Docker] is one. Every call ends when its context does. An error wraps
// ErrNotFound, ErrConflict or ErrRefused where the engine itself said so; any other means that the engine is in trouble or gone.
type Engine interface {
	// Describe names the engine, and tells where it is and what it can do.
	Describe(context.Context) (Description, error)

	// Images lists all images, the untagged ones between two build steps too.
	Images(context.Context) ([]Image, error)
	// MadeBy gives the instruction that an image was made by, as the engine's history has it: "/bin/sh -c #(nop) COPY dir:1e8c in /app ".
	MadeBy(ctx context.Context, id string) (string, error)
	// Build sends a build context (a tar) to the classic builder, without a tag, build arguments or credentials, and gives the
	// builder's messages as they come: JSON, one a line. The image gets the labels.
	Build(ctx context.Context, buildContext io.Reader, labels map[string]string) (io.ReadCloser, error)
	// BuildKit does the same with BuildKit, and gives the image a name as soon as it is made. What has to be fetched from a registry
	// must be there.
	BuildKit(ctx context.Context, buildContext io.Reader, labels map[string]string, name string) (io.ReadCloser, error)
	// Pull fetches an image from its registry, and gives the engine's messages as those of a build.
	Pull(ctx context.Context, name string) (io.ReadCloser, error)
	// Tag gives an image a name.
	Tag(ctx context.Context, id, name string) error
	// RemoveImage removes a name, and the image where it was its last; or an image by its id. It never forces, and leaves the
	// image's parents. An image that is in use is ErrConflict.
	RemoveImage(ctx context.Context, idOrName string) error

	// Create makes a container, and gives the engine's warnings. An image without a command is a *StartError.
	Create(context.Context, Container) (id string, warnings []string, err error)
	// Find gives the containers of a session.
	Find(ctx context.Context, session string) (ids []string, err error)
	// Names gives the names of all containers.
	Names(context.Context) ([]string, error)
	// Attach gives what a container prints from now on, multiplexed as the engine sends it. An engine may find here that its command
	// cannot be started, a *StartError.
	Attach(ctx context.Context, id string) (io.ReadCloser, error)
	// Await gives the next end of a container, once. It is registered when the call returns.
	Await(ctx context.Context, id string) (<-chan Ended, error)
	// AwaitOutOfMemory gives a value for each time that the kernel kills a process of the container at its memory limit. The
	// channel stays open.
	AwaitOutOfMemory(ctx context.Context, id string) (<-chan struct{}, error)
	// Prepare does what has to be done before a container's start so that Dial reaches it, and takes as long as the way to the engine's
	// machine makes it: it may send an image there.
	Prepare(ctx context.Context, id string) error
	// Start starts a container's command. A command that cannot be started is a *StartError.
	Start(ctx context.Context, id string) error
	// Inspect tells of a container's state.
	Inspect(ctx context.Context, idOrName string) (State, error)
	// Dial connects to TaskPort of a container that runs: on this machine to the address that the engine published it on, on another
	// one through the engine's own connection. The connection outlives ctx. The error is ErrNotListening where nothing listens; but the
	// proxy of an engine may accept all the same, and close at once. Any other error is of the way there, and tells nothing of the task.
	Dial(ctx context.Context, id, binding string) (net.Conn, error)
	// Signal sends a signal, such as "SIGTERM", to a container's main process.
	Signal(ctx context.Context, id, signal string) error
	// Measure tells what a running container has used so far.
	Measure(ctx context.Context, id string) (Usage, error)
	// Output runs a command in a container and gives the first bytes that it prints.
	Output(ctx context.Context, id string, command ...string) ([]byte, error)
	// Remove removes a container, running or not, with its anonymous volumes.
	Remove(ctx context.Context, idOrName string) error
}

// What an engine answers, beside trouble of its own.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("in use")
	ErrRefused  = errors.New("refused") // a request that the engine understood and will not do
)

// ErrNotListening is the answer of a container's port that is closed.
var ErrNotListening = errors.New("nothing listens there")

// Description is who the engine is.
type Description struct {
	task.EngineInfo
	// Remote names where the engine publishes ports, if that is not this machine; "" where it is.
	Remote string
	// Unreachable says why no connection to a container's port can be made from here; "" where one can.
	Unreachable string
	// Address is where the engine was reached: "unix:///var/run/docker.sock".
	Address string
	Abilities
}

// Image is one image of an engine.
type Image struct {
	ID      string   // "sha256:" and 64 digits
	Parent  string   // the ID of the image that it was built on; "" where there is none
	Names   []string // tags, and digests of registries
	Created time.Time
}

// Container is what a run wants of a container: what a host gives it, and nothing else.
type Container struct {
	Image   string
	CPUs    int64  // whole CPUs; 0 for no limit
	Memory  int64  // bytes, 0 for no limit; swap is left to the engine, as hosts do
	GPUs    int    // -1 for all there are
	Session string // of the run, in a label
	Owner   string // of the run's ledger, in another; "" for none
	Started time.Time
	Name    string // by which it is found again; "" for one of the engine's choice
}

// TaskPort is the port that a task listens on, as engines write it.
const TaskPort = "8080/tcp"

// State is a container's state at one moment.
type State struct {
	Running   bool
	Ended     bool      // it has run, and runs no more
	Started   time.Time // by the engine's clock; zero before the start
	Finished  time.Time // by the same; zero before the end
	ExitCode  int
	OOMKilled bool
	Error     string   // the engine's, about a start that failed
	Session   string   // as its label says, which anyone can write
	Owner     string   // as its label says
	Image     []string // its image: as it was asked for, and the id
	Process   int      // the number of its first process, where the engine is on this machine; whether it is one of this system, its control group tells
	// Bindings are the addresses that TaskPort is published on, "127.0.0.1:49153".
	Bindings []string
}

// Ended is the end of a container, or of the knowledge of it.
type Ended struct {
	Code int
	Err  error // the engine was lost: whether the container has ended is not known
}

// StartError is a container's command that could not be started.
type StartError struct {
	Code    int    // as a shell would give it: 127 not found, 126 not executable
	Message string // the engine's words
}

func (e *StartError) Error() string { return e.Message }
