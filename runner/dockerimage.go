package runner

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
)

// Images lists all images.
func (d *Docker) Images(ctx context.Context) ([]Image, error) {
	list, err := d.api.ImageList(ctx, image.ListOptions{All: true})
	if err != nil {
		return nil, engineError(err)
	}
	images := make([]Image, len(list))
	for i, m := range list {
		images[i] = Image{
			ID: m.ID, Parent: m.ParentID, Created: time.Unix(m.Created, 0),
			Named: hasName(m.RepoTags) || hasName(m.RepoDigests),
		}
	}
	return images, nil
}

// hasName reports whether one of an image's names is real. Older engines write "<none>:<none>" where there is none.
func hasName(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return !strings.HasPrefix(name, "<none>") })
}

// Build sends a build context to the classic builder.
func (d *Docker) Build(ctx context.Context, buildContext io.Reader) (io.ReadCloser, error) {
	response, err := d.api.ImageBuild(ctx, buildContext, build.ImageBuildOptions{
		Version: build.BuilderV1, Remove: true, ForceRemove: true, Dockerfile: "Dockerfile",
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
