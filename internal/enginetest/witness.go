package enginetest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/meca-lsp/meca-lsp/runner"
)

// A Witness is an engine that remembers what was made in it, so that a test can make sure that nothing is left. It looks at its own
// run's things alone: others may use the engine at the same time.
type Witness struct {
	runner.Engine
	api *client.Client

	mu         sync.Mutex // guards all below
	before     map[string]bool
	containers []string
	images     []string // ids, or their first digits
	volumes    []string
}

// NewWitness begins to watch.
func NewWitness(t testing.TB, engine runner.Engine) *Witness {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() }) // a test's client
	w := &Witness{Engine: engine, api: api, before: map[string]bool{}}
	images, err := engine.Images(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		w.before[i.ID] = true
	}
	return w
}

// Create remembers the container.
func (w *Witness) Create(ctx context.Context, c runner.Container) (string, []string, error) {
	id, warnings, err := w.Engine.Create(ctx, c)
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != "" {
		w.containers = append(w.containers, id)
	}
	return id, warnings, err
}

// Inspected gives what the engine says of a container, in its own terms.
func (w *Witness) Inspected(ctx context.Context, id string) (container.InspectResponse, error) {
	return w.api.ContainerInspect(ctx, id)
}

// Remove remembers the container's volumes.
func (w *Witness) Remove(ctx context.Context, id string) error {
	if c, err := w.api.ContainerInspect(ctx, id); err == nil {
		w.mu.Lock()
		for _, m := range c.Mounts {
			w.volumes = append(w.volumes, m.Name)
		}
		w.mu.Unlock()
	}
	return w.Engine.Remove(ctx, id)
}

// Volumes is how many volumes the removed containers had.
func (w *Witness) Volumes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.volumes)
}

// Build remembers the images and containers that the builder speaks of.
func (w *Witness) Build(ctx context.Context, r io.Reader) (io.ReadCloser, error) {
	messages, err := w.Engine.Build(ctx, r)
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() {
		defer func() { _ = messages.Close() }() // a test's stream
		lines := bufio.NewReader(messages)
		for {
			line, err := lines.ReadString('\n')
			w.note(line)
			if _, werr := io.WriteString(in, line); werr != nil {
				return
			}
			if err != nil {
				_ = in.CloseWithError(err) // it never fails
				return
			}
		}
	}()
	return &closeBoth{out, messages}, nil
}

// closeBoth ends a pipe and what feeds it.
type closeBoth struct {
	*io.PipeReader
	source io.Closer
}

func (c *closeBoth) Close() error {
	_ = c.PipeReader.Close() // it never fails
	return c.source.Close()
}

// note takes the ids from a builder's message. What an instruction prints may look the same: an id that the engine does not know is no harm.
func (w *Witness) note(line string) {
	var m struct {
		Stream string
		Aux    struct{ ID string }
	}
	if json.Unmarshal([]byte(line), &m) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Aux.ID != "" {
		w.images = append(w.images, m.Aux.ID)
	}
	if id := regexp.MustCompile(`^ ---> ([0-9a-f]{12})\n$`).FindStringSubmatch(m.Stream); id != nil {
		w.images = append(w.images, id[1])
	}
	if id := regexp.MustCompile(`^ ---> Running in ([0-9a-f]{12})\n$`).FindStringSubmatch(m.Stream); id != nil {
		w.containers = append(w.containers, id[1])
	}
}

// NothingLeft fails the test if anything is left of what was made.
func (w *Witness) NothingLeft(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	ctx := context.Background()
	for _, id := range w.containers {
		if c, err := w.api.ContainerInspect(ctx, id); !errdefs.IsNotFound(err) {
			t.Errorf("container %s is left: %v %v", id, c.State, err)
		}
	}
	images, err := w.Images(ctx)
	if err != nil {
		t.Error(err)
	}
	for _, id := range w.images {
		for _, i := range images {
			if !w.before[i.ID] && strings.HasPrefix(strings.TrimPrefix(i.ID, "sha256:"), strings.TrimPrefix(id, "sha256:")) {
				t.Errorf("image %s is left, with the names %v", i.ID, i.Names)
			}
		}
	}
	for _, name := range w.volumes {
		if _, err := w.api.VolumeInspect(ctx, name); !errdefs.IsNotFound(err) {
			t.Errorf("volume %s is left: %v", name, err)
		}
	}
}
