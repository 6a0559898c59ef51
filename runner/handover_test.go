package runner_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// A hastyEngine takes an image's last name before it finds that a build has just gone on from it, as an engine may at the same moment.
type hastyEngine struct {
	runner.Engine
	id, name string
}

func (h *hastyEngine) RemoveImage(ctx context.Context, idOrName string) error {
	if idOrName != h.id {
		return h.Engine.RemoveImage(ctx, idOrName)
	}
	if err := h.Engine.RemoveImage(ctx, h.name); err != nil {
		return err
	}
	return runner.ErrConflict
}

// TestLeftKeepsItsName leaves an image to the build that goes on from it, whose run then finds and removes it.
func TestLeftKeepsItsName(t *testing.T) {
	w := newWarm(t, stagesDockerfile)
	w.run(task.Passed)
	find := func(is func(runner.Image) bool) (runner.Image, bool) {
		images, err := w.engine.Images(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(images, is); i >= 0 {
			return images[i], true
		}
		return runner.Image{}, false
	}
	kept := w.names()[0] // an engine lists images of one second in any order
	built, _ := find(func(i runner.Image) bool { return slices.Contains(i.Names, kept) })
	name := "meca-lsp/left:" + strings.TrimPrefix(built.Parent, "sha256:")[:12]
	if err := w.engine.Tag(t.Context(), built.Parent, name); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runner.Clean(t.Context(), &hastyEngine{w.engine, built.Parent, name}, t.TempDir()); err != nil {
		t.Error(err)
	}
	if i, ok := find(func(i runner.Image) bool { return i.ID == built.Parent }); !ok || !slices.Contains(i.Names, name) {
		t.Errorf("the image that was not removed has the names %q", i.Names)
	}
	w.clean()
	if i, ok := find(func(i runner.Image) bool { return i.ID == built.Parent }); ok {
		t.Errorf("the image is left with the names %q", i.Names)
	}
}

// TestTakenAway cleans up while another process does. The engine finds the image for both, and for the slower one it is then gone, which
// it calls a failure of its own.
func TestTakenAway(t *testing.T) {
	for route, words := range map[string]string{
		enginetest.RouteRemoveImage: "unrecognized image ID %s", enginetest.RouteTag: "failed to get digest %s: open /var/lib/docker/x: no such file or directory",
	} {
		fake := enginetest.NewFake(t)
		engine := fake.Connect(t)
		opts, path := quick(), enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"})
		opts.Reuse = true
		if r := runFolder(t.Context(), t, engine, path, opts, &recording{}); r.Outcome != task.Passed {
			t.Fatal(r.Message)
		}
		asked := fake.Hits(route)
		fake.Break(route, func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n != asked+1 {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprintf(w, `{"message": %q}`, fmt.Sprintf(words, "sha256:"+strings.Repeat("0", 64))) // the test sees what is missing
			return true
		})
		if _, _, err := runner.Clean(t.Context(), engine, path); err != nil || fake.Hits(route) == asked {
			t.Errorf("%s: %v", route, err)
		}
	}
}
