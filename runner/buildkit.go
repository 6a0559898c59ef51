package runner

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// BuildKit sends a build context to the engine's BuildKit.
func (d *Docker) BuildKit(ctx context.Context, buildContext io.Reader, labels map[string]string, name string) (io.ReadCloser, error) {
	response, err := d.api.ImageBuild(ctx, buildContext, build.ImageBuildOptions{
		Version: build.BuilderBuildKit, Dockerfile: "Dockerfile", Labels: labels, Tags: []string{name},
	})
	if err != nil {
		return nil, engineError(err)
	}
	return response.Body, nil
}

// Pull asks for an image of a registry, without credentials.
func (d *Docker) Pull(ctx context.Context, name string) (io.ReadCloser, error) {
	messages, err := d.api.ImagePull(ctx, name, image.PullOptions{})
	return messages, engineError(err)
}

// useBuildKit prepares a build with BuildKit. It gives the image its name when it is made, so that one that was just done when the
// build was cut off is found; where nothing is kept, a label makes the image this run's alone, so that no other goes with the name.
func (r *run) useBuildKit() error {
	if r.about.Podman {
		return trouble("Podman has no BuildKit: it builds with Buildah, whatever it is asked for")
	}
	r.made.naming = r.runName()
	r.entry.naming(r.made.naming, false)
	if r.made.labels == nil {
		r.made.labels = map[string]string{labelImage: r.session}
	}
	return nil
}

// ask begins a build with the builder that was asked for.
func (m *madeImages) ask(ctx context.Context, engine Engine, parts io.Reader) (io.ReadCloser, error) {
	if m.log.kit == nil {
		return engine.Build(ctx, parts, m.labels)
	}
	if err := m.pull(ctx, engine); err != nil {
		return nil, err
	}
	return engine.BuildKit(ctx, parts, m.labels, m.naming)
}

// pull fetches what the Dockerfile begins with and the engine does not have: its BuildKit could fetch nothing from a registry that
// wants to know who asks, as the public ones do. An error is a *buildError.
func (m *madeImages) pull(ctx context.Context, engine Engine) error {
	have := make([]Image, 0, len(m.before))
	for _, i := range m.before {
		have = append(have, i)
	}
	for _, name := range m.log.needs {
		if imageID(name, have) != "" {
			continue
		}
		m.log.fetching(name)
		messages, err := engine.Pull(ctx, name)
		if err == nil {
			err = m.log.read(messages)
			_ = messages.Close() // all that it had was read
		}
		if err != nil {
			m.log.failure = plain(err.Error())
		}
		if m.log.failure != "" {
			return &buildError{m.log.blame(), m.log.failure}
		}
	}
	return nil
}

// fetching makes the instruction that names an image the current step.
func (b *buildLog) fetching(name string) {
	b.say([]byte("Pulling " + plain(name)))
	b.step = buildStep{text: "FROM " + name}
	if i, known := b.kit.froms[familiar(name)]; known {
		b.step.number, b.step.of = i+1, len(b.kit.texts)
	}
}

// familiar is an image's name as engines list it; a text that is no name stays as it is.
func familiar(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name
	}
	return reference.FamiliarString(reference.TagNameOnly(named))
}

// checkBuilder refuses a builder that there is not.
func checkBuilder(b task.Builder) error {
	if !slices.Contains([]task.Builder{"", task.BuilderClassic, task.BuilderBuildKit}, b) {
		return trouble("there is no builder %s; there are %s and %s", plain(fmt.Sprintf("%q", string(b))), task.BuilderClassic, task.BuilderBuildKit)
	}
	return nil
}
