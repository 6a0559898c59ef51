package enginetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// Traces finds what the runs of a folder have left in an engine, whoever made it: all that has the folder's mark in its environment,
// which images inherit from each other, and containers from their image. Others may use the engine at the same time.
type Traces struct {
	API  *client.Client
	Mark string // "TRACE=…", to be set by the first ENV of the folder's Dockerfile

	foreign map[string]bool // ids that have another mark, or none
}

// NewTraces begins to look for a mark that nobody else has.
func NewTraces(t testing.TB) *Traces {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() }) // a test's client
	return &Traces{API: api, Mark: fmt.Sprintf("TRACE=%s-%d", strings.Map(plainLetter, t.Name()), time.Now().UnixNano()), foreign: map[string]bool{}}
}

// plainLetter is a letter that means nothing in a Dockerfile.
func plainLetter(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
		return c
	}
	return '-'
}

// Containers gives the ids of the containers that are there.
func (tr *Traces) Containers(t testing.TB) []string {
	t.Helper()
	list, err := tr.API.ContainerList(context.Background(), container.ListOptions{All: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range list {
		marked := tr.marked(c.ID, func() ([]string, error) {
			i, err := tr.API.ContainerInspect(context.Background(), c.ID)
			if err != nil || i.Config == nil {
				return nil, err
			}
			return i.Config.Env, nil
		})
		if marked {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// Images gives the ids and names of the images that are there.
func (tr *Traces) Images(t testing.TB) []string {
	t.Helper()
	list, err := tr.API.ImageList(context.Background(), image.ListOptions{All: true})
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for try := 0; err != nil && try < 200; try++ { // an engine fails while images are removed
		<-again.C
		list, err = tr.API.ImageList(context.Background(), image.ListOptions{All: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, c := range list {
		marked := tr.marked(c.ID, func() ([]string, error) {
			i, err := tr.API.ImageInspect(context.Background(), c.ID)
			if err != nil || i.Config == nil {
				return nil, err
			}
			return i.Config.Env, nil
		})
		if marked {
			found = append(found, fmt.Sprintf("%s %q made %s on %.19s", c.ID, c.RepoTags, time.Unix(c.Created, 0).Format(time.TimeOnly), c.ParentID))
		}
	}
	return found
}

// marked reports whether something has the mark. What is gone has none; what the engine cannot tell of for long, has one. It cannot for a
// moment while it removes the thing, whosever it is.
func (tr *Traces) marked(id string, environment func() ([]string, error)) bool {
	if tr.foreign[id] {
		return false
	}
	env, err := environment()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for try := 0; err != nil && !errdefs.IsNotFound(err) && try < 100; try++ {
		<-again.C
		env, err = environment()
	}
	if err != nil {
		return !errdefs.IsNotFound(err)
	}
	marked := slices.Contains(env, tr.Mark)
	if !marked {
		tr.foreign[id] = true
	}
	return marked
}

// Left gives all that is left.
func (tr *Traces) Left(t testing.TB) []string {
	t.Helper()
	return slices.Concat(tr.Containers(t), tr.Images(t))
}
