package runner

import (
	"context"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/versions"
)

// Examination is what can be known of an engine without making anything in it.
type Examination struct {
	Description
	Address  string // "unix:///var/run/docker.sock"
	NamedBy  string // "DOCKER_HOST"; "" where it was found by itself
	System   string // "Debian GNU/Linux 12 (bookworm)"; "" where it does not say
	BuildKit Answer // whether it can build with BuildKit
	FreeDisk *int64 // bytes where the engine keeps its images; nil where that cannot be known
	Warnings []string
	Kept     Kept
}

// Kept is what the engine holds of ours.
type Kept struct {
	Images     int
	Bytes      int64 // of these images; layers that they share with others are counted, so that it is an upper bound
	Containers int   // of runs that go on, or that were ended by force
}

// Examine asks an engine what it is, what it can do, and what it holds of ours. Each answer has its time limit.
func (d *Docker) Examine(ctx context.Context) (*Examination, error) {
	return answered(ctx, patience, d.examine)
}

func (d *Docker) examine(ctx context.Context) (*Examination, error) {
	about, err := d.Describe(ctx)
	if err != nil {
		return nil, err
	}
	x := &Examination{Description: about, Address: d.api.DaemonHost(), NamedBy: d.from, BuildKit: Unknown}
	switch {
	case about.Podman:
		x.BuildKit = No
	case versions.GreaterThanOrEqualTo(about.API, "1.40"): // before, it was an experiment that an engine had to be told to allow
		x.BuildKit = Yes
	}
	if info, err := d.api.Info(ctx); err == nil { // an engine that does not tell is described by what it leaves unknown
		d.look(x, &info)
	}
	if err := d.countKept(ctx, x); err != nil {
		return nil, engineError(err)
	}
	return x, nil
}

// look takes from an engine's account of itself what a run does not need.
func (d *Docker) look(x *Examination, info *system.Info) {
	x.System = plain(info.OperatingSystem)
	for _, w := range info.Warnings {
		x.Warnings = append(x.Warnings, plain(strings.TrimPrefix(w, "WARNING: ")))
	}
	if d.isHere(info) && info.DockerRootDir != "" {
		x.FreeDisk = freeDisk(info.DockerRootDir)
	}
}

// countKept counts the images and containers of ours.
func (d *Docker) countKept(ctx context.Context, x *Examination) error {
	images, err := d.api.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return err
	}
	for _, i := range images {
		if isOurs(i.RepoTags) {
			x.Kept.Images++
			x.Kept.Bytes += i.Size
		}
	}
	containers, err := d.api.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", labelSession))})
	x.Kept.Containers = len(containers)
	return err
}

// isOurs reports whether one of an image's names is of ours. Podman writes a registry before it.
func isOurs(names []string) bool {
	for _, name := range names {
		for _, registry := range []string{"", "localhost/", "docker.io/"} {
			if strings.HasPrefix(name, registry+ownName) {
				return true
			}
		}
	}
	return false
}
