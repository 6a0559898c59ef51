package runner

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/nat"
)

// The labels of a container of ours. They are the container's alone, so that no one's container inherits them: no image has them but a
// relay's, which nobody goes on from.
const (
	labelSession = "org.meca-lsp.session"
	labelOwner   = "org.meca-lsp.owner"
	labelStarted = "org.meca-lsp.started"
)

// pidsLimit stops a fork bomb; no task comes near it.
const pidsLimit = 2048

// loopback is the only interface that a port is published on.
const loopback = "127.0.0.1"

// Create makes a container with a host's limits, and with what cannot change a verdict: a bound on processes, no new privileges, no
// log on the disk, and a port on the loopback interface alone.
func (d *Docker) Create(ctx context.Context, c Container) (string, []string, error) {
	pids := int64(pidsLimit)
	host := &container.HostConfig{
		Resources:     container.Resources{NanoCPUs: c.CPUs * 1e9, Memory: c.Memory, PidsLimit: &pids},
		SecurityOpt:   []string{"no-new-privileges"},
		LogConfig:     container.LogConfig{Type: "none"},
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		PortBindings:  nat.PortMap{TaskPort: {{HostIP: loopback}}},
	}
	if c.GPUs != 0 {
		host.DeviceRequests = []container.DeviceRequest{{Count: c.GPUs, Capabilities: [][]string{{"gpu"}}}}
	}
	labels := map[string]string{labelSession: c.Session, labelStarted: c.Started.UTC().Format(time.RFC3339)}
	if c.Owner != "" {
		labels[labelOwner] = c.Owner
	}
	created, err := d.api.ContainerCreate(ctx, &container.Config{
		Image: c.Image, AttachStdout: true, AttachStderr: true, ExposedPorts: nat.PortSet{TaskPort: {}},
		Labels: labels,
	}, host, nil, nil, c.Name)
	return created.ID, created.Warnings, startError(err)
}

// Find gives the containers of a session.
func (d *Docker) Find(ctx context.Context, session string) ([]string, error) {
	list, err := d.api.ContainerList(ctx, container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", labelSession+"="+session)),
	})
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids, engineError(err)
}

// Names gives the names of all containers.
func (d *Docker) Names(ctx context.Context) ([]string, error) {
	list, err := d.api.ContainerList(ctx, container.ListOptions{All: true})
	var all []string
	for _, c := range list {
		for _, name := range c.Names {
			all = append(all, strings.TrimPrefix(name, "/"))
		}
	}
	return all, engineError(err)
}

// Attach gives what a container prints. Podman prepares the container's command for it, and tells of one that cannot be started.
func (d *Docker) Attach(ctx context.Context, id string) (io.ReadCloser, error) {
	output, err := d.stream(ctx, "/containers/"+url.PathEscape(id)+"/attach?stream=1&stdout=1&stderr=1", nil)
	if err == nil {
		return output, nil
	}
	words := err.Error()
	if code := startCode(words); code != 0 {
		_, words, _ = strings.Cut(words, " for attach: ")
		return nil, &StartError{Code: code, Message: cmp.Or(words, err.Error())}
	}
	return nil, err
}

// stream asks for multiplexed output. The client library's way of doing so takes the connection out of HTTP, and with it out of reach
// of the context: an engine that does not answer would hold it for ever. Without the upgrade an engine sends the same bytes as a body.
func (d *Docker) stream(ctx context.Context, path string, body []byte) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url(path), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	response, err := d.api.HTTPClient().Do(req)
	if err != nil {
		return nil, engineError(err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, refusedStream(response)
	}
	return response.Body, nil
}

// refusedStream is an engine's answer where there should be a stream, in the engine's own words where it has any.
func refusedStream(response *http.Response) error {
	defer func() { _ = response.Body.Close() }() // what of it matters was read
	kind, ok := map[int]error{http.StatusNotFound: ErrNotFound, http.StatusConflict: ErrConflict}[response.StatusCode]
	if !ok {
		kind = errors.New(response.Status)
	}
	var said struct{ Message string }
	err := json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&said)
	if err != nil || said.Message == "" {
		said.Message = "the engine answered " + response.Status
	}
	return &answeredError{kind: kind, words: plain(said.Message)}
}

// Await gives the next end of a container.
func (d *Docker) Await(ctx context.Context, id string) (<-chan Ended, error) {
	ended := make(chan Ended, 1)
	answers, errs := d.api.ContainerWait(ctx, id, container.WaitConditionNextExit)
	select {
	case err := <-errs:
		if client.IsErrConnectionFailed(err) || !errors.Is(err, io.EOF) {
			return nil, engineError(err)
		}
		ended <- Ended{Err: err} // it was registered, and its stream has ended since
		return ended, nil
	default:
	}
	go func() {
		select { // the library leaks its own goroutine unless one of the two is taken
		case a := <-answers:
			e := Ended{Code: int(a.StatusCode)}
			if a.Error != nil && a.Error.Message != "" {
				e.Err = errors.New(plain(a.Error.Message))
			}
			ended <- e
		case err := <-errs:
			ended <- Ended{Err: engineError(err)}
		}
	}()
	return ended, nil
}

// AwaitOutOfMemory gives a value for each oom event of a container.
func (d *Docker) AwaitOutOfMemory(ctx context.Context, id string) (<-chan struct{}, error) {
	messages, errs := d.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("container", id), filters.Arg("event", string(events.ActionOOM)))})
	select {
	case err := <-errs:
		return nil, engineError(err)
	default:
	}
	killed := make(chan struct{}, 1)
	go func() {
		for {
			select {
			case <-messages:
				select {
				case killed <- struct{}{}:
				default: // one that was not taken yet tells it, too
				}
			case err := <-errs:
				_ = err // the container's state tells of its last memory kill, too
				return
			}
		}
	}()
	return killed, nil
}

// Prepare sends what makes a container's port reachable.
func (d *Docker) Prepare(ctx context.Context, id string) error { return d.way.lay(ctx, id) }

// Start starts a container's command, and what makes its port reachable.
func (d *Docker) Start(ctx context.Context, id string) error {
	if err := startError(d.api.ContainerStart(ctx, id, container.StartOptions{})); err != nil {
		return err
	}
	d.way.laid(ctx, id)
	return nil
}

// startError finds the errors that are the command's and not the engine's.
func startError(err error) error {
	if err = engineError(err); err == nil {
		return nil
	}
	if code := startCode(err.Error()); code != 0 {
		return &StartError{Code: code, Message: err.Error()}
	}
	return err
}

// startCode tells from an engine's words, which differ by version and runtime, whether it was the command that could not be started;
// it is then the code that a shell would give, else 0.
func startCode(words string) int {
	words = strings.ToLower(words)
	said := func(list ...string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(words, s) })
	}
	switch {
	case said("no command specified", "executable file not found"):
		return 127
	case said("exec format error", "unable to find user", "no matching entries in passwd"):
		return 126
	case !said("exec:", "exec /", "exec user process", "chdir to cwd"):
		return 0
	case said("no such file or directory"):
		return 127
	case said("permission denied", "is a directory", "not a directory"):
		return 126
	default:
		return 0
	}
}

// moment is a time as engines write it; zero where there is none, which they write as one of the year 1.
func moment(s string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || at.Year() <= 1 {
		return time.Time{}
	}
	return at
}

// Inspect tells of a container's state.
func (d *Docker) Inspect(ctx context.Context, id string) (State, error) {
	c, err := d.api.ContainerInspect(ctx, id)
	if err != nil {
		return State{}, engineError(err)
	}
	if c.ContainerJSONBase == nil || c.State == nil {
		return State{}, errors.New("the engine told nothing of the container")
	}
	ended := c.State.Status == container.StateExited || c.State.Status == container.StateDead
	s := State{Running: c.State.Running, Ended: ended, ExitCode: c.State.ExitCode, OOMKilled: c.State.OOMKilled, Error: plain(c.State.Error)}
	if d.remote == "" {
		s.Process = c.State.Pid
	}
	s.Started, s.Finished = moment(c.State.StartedAt), moment(c.State.FinishedAt)
	if c.Config != nil {
		s.Session, s.Owner, s.Image = c.Config.Labels[labelSession], c.Config.Labels[labelOwner], []string{c.Config.Image, c.Image}
	}
	if c.NetworkSettings != nil {
		for _, b := range c.NetworkSettings.Ports[TaskPort] {
			s.Bindings = append(s.Bindings, net.JoinHostPort(b.HostIP, b.HostPort))
		}
	}
	return s, nil
}

// Signal sends a signal to a container's main process.
func (d *Docker) Signal(ctx context.Context, id, signal string) error {
	return engineError(d.api.ContainerKill(ctx, id, signal))
}

// maxOutput bounds what a command in a container may print.
const maxOutput = 256 << 10

// Output runs a command in a container.
func (d *Docker) Output(ctx context.Context, id string, command ...string) ([]byte, error) {
	exec, err := d.api.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: command, AttachStdout: true})
	if err != nil {
		return nil, engineError(err)
	}
	out, err := d.stream(ctx, "/exec/"+url.PathEscape(exec.ID)+"/start", []byte(`{"Detach":false,"Tty":false}`))
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // it was only read
	var b bytes.Buffer
	err = demux(io.LimitReader(out, maxOutput), func(p []byte) { b.Write(p) }, func([]byte) {})
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // the bound was met
	}
	return b.Bytes(), err
}

// Remove removes a container with its anonymous volumes, and what made its port reachable.
func (d *Docker) Remove(ctx context.Context, id string) error {
	left := d.way.leave(ctx, id)
	err := d.removeContainer(ctx, id)
	if left != nil {
		return left
	}
	return err
}

func (d *Docker) removeContainer(ctx context.Context, id string) error {
	return engineError(d.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true}))
}
