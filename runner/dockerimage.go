package runner

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// Images lists all images. An engine fails to when an image is removed under its hands, and is asked again.
func (d *Docker) Images(ctx context.Context) ([]Image, error) {
	const tries = 5
	list, err := d.api.ImageList(ctx, image.ListOptions{All: true})
	for try := 1; err != nil && try < tries && ctx.Err() == nil && !client.IsErrConnectionFailed(err); try++ {
		list, err = d.api.ImageList(ctx, image.ListOptions{All: true})
	}
	if err != nil {
		return nil, engineError(err)
	}
	images := make([]Image, len(list))
	for i, m := range list {
		images[i] = Image{ID: m.ID, Parent: wholeID(m.ParentID), Created: time.Unix(m.Created, 0), Names: names(m.RepoTags, m.RepoDigests)}
	}
	return images, nil
}

// MadeBy reads an image's history, whose last step comes first.
func (d *Docker) MadeBy(ctx context.Context, id string) (string, error) {
	steps, err := d.api.ImageHistory(ctx, id)
	if err != nil || len(steps) == 0 {
		return "", engineError(err)
	}
	return steps[0].CreatedBy, nil
}

// wholeID is an image's id; Podman leaves the algorithm out of a parent's.
func wholeID(id string) string {
	if id == "" || strings.Contains(id, ":") {
		return id
	}
	return "sha256:" + id
}

// names leaves out what is none, which older engines write as "<none>:<none>", and what Podman alone writes before a name: the
// registry that is meant where none is named, and the one that it takes for what was built here.
func names(lists ...[]string) []string {
	var all []string
	for _, name := range slices.Concat(lists...) {
		switch short, isLocal := strings.CutPrefix(name, "localhost/"); {
		case strings.HasPrefix(name, "<none>"):
		case isLocal:
			all = append(all, name, short)
		default:
			all = append(all, strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/library/"), "docker.io/"))
		}
	}
	return all
}

// Build sends a build context to the classic builder.
func (d *Docker) Build(ctx context.Context, buildContext io.Reader, labels map[string]string) (io.ReadCloser, error) {
	response, err := d.api.ImageBuild(ctx, buildContext, build.ImageBuildOptions{
		Version: build.BuilderV1, Remove: true, ForceRemove: true, Dockerfile: "Dockerfile", Labels: labels,
	})
	if err != nil {
		return nil, engineError(err)
	}
	return response.Body, nil
}

// Tag gives an image a name.
func (d *Docker) Tag(ctx context.Context, id, name string) error {
	return engineError(d.api.ImageTag(ctx, id, name))
}

// RemoveImage removes an image or a name.
func (d *Docker) RemoveImage(ctx context.Context, idOrName string) error {
	_, err := d.api.ImageRemove(ctx, idOrName, image.RemoveOptions{})
	return engineError(err)
}
