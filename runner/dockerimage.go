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
		images[i] = Image{ID: m.ID, Parent: m.ParentID, Created: time.Unix(m.Created, 0), Names: names(m.RepoTags, m.RepoDigests)}
	}
	return images, nil
}

// names leaves out what is none: older engines write "<none>:<none>".
func names(lists ...[]string) []string {
	return slices.DeleteFunc(slices.Concat(lists...), func(name string) bool { return strings.HasPrefix(name, "<none>") })
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
