package enginetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"github.com/meca-lsp/meca-lsp/runner"
)

// A Witness is an engine that remembers what was made in it, so that a test can make sure that nothing is left. It looks at its own
// run's things alone: others may use the engine at the same time. Where MECA_TEST_ENGINE_ALONE is set nobody does, and it compares
// everything that is in the engine.
type Witness struct {
	runner.Engine
	api *client.Client

	mu         sync.Mutex      // guards all below
	before     map[string]bool // all things
	containers []string
	images     []string        // ids, or their first digits
	names      map[string]bool // that its runs gave to images
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
	w := &Witness{Engine: engine, api: api, names: map[string]bool{}}
	w.before = w.everything(t)
	return w
}

// everything gives the ids and names of all that is in the engine.
func (w *Witness) everything(t testing.TB) map[string]bool {
	t.Helper()
	ctx := context.Background()
	all := map[string]bool{}
	images, err := w.Images(ctx)
	for _, i := range images {
		all[i.ID] = true
	}
	containers, err2 := w.api.ContainerList(ctx, container.ListOptions{All: true})
	for _, c := range containers {
		all["container "+c.ID] = true
	}
	networks, err3 := w.api.NetworkList(ctx, network.ListOptions{})
	for _, n := range networks {
		all["network "+n.ID] = true
	}
	volumes, err4 := w.api.VolumeList(ctx, volume.ListOptions{})
	for _, v := range volumes.Volumes {
		all["volume "+v.Name] = true
	}
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return all
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

// Last is the container that was made last.
func (w *Witness) Last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.containers[len(w.containers)-1]
}

// ForeignImage makes an image without a name while a run is to come, as another program would. It is removed with the test.
func (w *Witness) ForeignImage(t testing.TB) string {
	t.Helper()
	made, err := w.api.ImageImport(t.Context(), image.ImportSource{Source: bytes.NewReader(make([]byte, 1024)), SourceName: "-"}, "",
		image.ImportOptions{Message: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = made.Close() }() // it was only read
	var status struct{ Status string }
	if err := json.NewDecoder(made).Decode(&status); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := w.api.ImageRemove(context.Background(), status.Status, image.RemoveOptions{}); err != nil {
			t.Error(err)
		}
	})
	return status.Status
}

// RemoveImageAsPerson removes an image as the Docker command line does: with the unnamed images that it was built on.
func (w *Witness) RemoveImageAsPerson(t testing.TB, name string) {
	t.Helper()
	if _, err := w.api.ImageRemove(context.Background(), name, image.RemoveOptions{PruneChildren: true}); err != nil {
		t.Fatal(err)
	}
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
func (w *Witness) Build(ctx context.Context, r io.Reader, labels map[string]string) (io.ReadCloser, error) {
	messages, err := w.Engine.Build(ctx, r, labels)
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() {
		defer func() { _ = messages.Close() }() // a test's stream
		lines := bufio.NewReader(messages)
		hit := false
		for {
			line, err := lines.ReadString('\n')
			hit = w.note(line, hit)
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

// Tag remembers the name.
func (w *Witness) Tag(ctx context.Context, id, name string) error {
	w.named(name)
	return w.Engine.Tag(ctx, id, name)
}

// BuildKit remembers the name.
func (w *Witness) BuildKit(ctx context.Context, r io.Reader, labels map[string]string, name string) (io.ReadCloser, error) {
	w.named(name)
	return w.Engine.BuildKit(ctx, r, labels, name)
}

func (w *Witness) named(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[name] = true
}

// isAnothers reports whether an image is of a run that this witness does not watch: equal folders give one image, which has a name of
// each run that uses it, or was left to those that do. It is called with mu held.
func (w *Witness) isAnothers(i runner.Image) bool {
	anothers := false
	for _, name := range i.Names {
		switch {
		case strings.HasPrefix(name, "meca-lsp/left:"):
			anothers = true
		case w.names[name]:
			return false
		case strings.HasPrefix(name, "meca-lsp/"):
			anothers = true
		}
	}
	return anothers
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

// note takes the ids from a builder's message, and reports whether the next one is of an image from the builder's cache: that is the
// work of another run. What an instruction prints may look the same: an id that the engine does not know is no harm.
func (w *Witness) note(line string, hit bool) bool {
	var m struct {
		Stream string
		Aux    struct{ ID string }
	}
	if json.Unmarshal([]byte(line), &m) != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if id := regexp.MustCompile(`^ ---> ([0-9a-f]{12})\n$`).FindStringSubmatch(m.Stream); id != nil && !hit {
		w.images = append(w.images, id[1])
	}
	if id := regexp.MustCompile(`^ ---> Running in ([0-9a-f]{12})\n$`).FindStringSubmatch(m.Stream); id != nil {
		w.containers = append(w.containers, id[1])
	}
	return m.Stream == " ---> Using cache\n"
}

// imagesLeft are the images that are there of those that its runs made. It is called with mu held.
func (w *Witness) imagesLeft(t testing.TB) (left []runner.Image) {
	t.Helper()
	images, err := w.Images(context.Background())
	if err != nil {
		t.Error(err)
	}
	for _, i := range images {
		made := slices.ContainsFunc(w.images, func(id string) bool {
			return strings.HasPrefix(strings.TrimPrefix(i.ID, "sha256:"), strings.TrimPrefix(id, "sha256:"))
		})
		if made && !w.before[i.ID] && !w.isAnothers(i) {
			left = append(left, i)
		}
	}
	return left
}

// NothingLeft fails the test if anything is left of what was made. An image that another process's run uses or goes on from is that run's.
func (w *Witness) NothingLeft(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if os.Getenv("MECA_TEST_ENGINE_ALONE") != "" {
		for thing := range w.everything(t) {
			if !w.before[thing] {
				t.Errorf("left is %s", thing)
			}
		}
	}
	ctx := context.Background()
	for _, id := range w.containers {
		if c, err := w.api.ContainerInspect(ctx, id); !errdefs.IsNotFound(err) {
			t.Errorf("container %s is left: %+v %v", id, c.ContainerJSONBase, err)
		}
	}
	left := w.imagesLeft(t)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for try := 0; len(left) > 0 && try < 100; try++ { // another process may be removing one: an engine takes the name first
		<-again.C
		left = w.imagesLeft(t)
	}
	for _, i := range left {
		t.Errorf("image %s is left, with the names %v", i.ID, i.Names)
	}
	for _, name := range w.volumes {
		if _, err := w.api.VolumeInspect(ctx, name); !errdefs.IsNotFound(err) {
			t.Errorf("volume %s is left: %v", name, err)
		}
	}
}
