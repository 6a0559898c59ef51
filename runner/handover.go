package runner

import (
	"context"
	"errors"
	"strings"
)

// leftName begins the name of an image that one run made and could not remove, because another run's build had gone on from it. Every
// run tries to remove such images when it ends, so that the last one leaves none, whichever process it is in.
const leftName = "meca-lsp/left:"

// handOver leaves images to the runs that still use them, and removes what was left to this one. It gives the images that are there
// in the end.
func handOver(ctx context.Context, engine Engine, inUse []string) ([]Image, error) {
	if err := leave(ctx, engine, inUse); err != nil {
		return nil, err
	}
	// The list is taken after the names were given and after this run's own images are gone: of two runs that end at the same time,
	// the later one sees the name and finds the image free. Each removal may free another image, down the longest chain.
	for depth := 0; ; depth++ {
		images, err := engine.Images(ctx)
		if err != nil {
			return nil, err
		}
		removed, err := removeLeft(ctx, engine, images)
		if err != nil || !removed || depth > len(images) {
			return images, err
		}
	}
}

// leave gives images the name that tells every run of them. One that is gone needs none.
func leave(ctx context.Context, engine Engine, ids []string) error {
	for _, id := range ids {
		err := engine.Tag(ctx, id, leftName+short(strings.TrimPrefix(id, "sha256:")))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// removeLeft tries every image that was left, once, and reports whether one could be removed.
func removeLeft(ctx context.Context, engine Engine, images []Image) (removed bool, err error) {
	for _, image := range images {
		name := nameLeft(image)
		if name == "" {
			continue
		}
		one, err := removeOne(ctx, engine, image.ID, name, images)
		if err != nil {
			return false, err
		}
		removed = removed || one
	}
	return removed, nil
}

// nameLeft is the name under which an image was left; "" where it was not.
func nameLeft(image Image) string {
	for _, name := range image.Names {
		if strings.HasPrefix(name, leftName) {
			return name
		}
	}
	return ""
}

// removeOne removes an image by its id, which an engine refuses while something is built on it or runs from it. If that is a person's
// own image, it loses the name alone, and becomes what it would have been without us: a layer of that image. Else it is named again: an
// engine takes the name first, and may then find that a build has just gone on from it.
func removeOne(ctx context.Context, engine Engine, id, name string, images []Image) (removed bool, err error) {
	err = engine.RemoveImage(ctx, id)
	if !errors.Is(err, ErrConflict) {
		return err == nil, ignoreGone(err)
	}
	if hasForeignChild(id, images) {
		return false, ignoreGone(engine.RemoveImage(ctx, name))
	}
	return false, leave(ctx, engine, []string{id})
}

// ignoreGone forgives the removal of an image that is gone, or that must stay.
func ignoreGone(err error) error {
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// hasForeignChild reports whether an image that someone else has named is built on this one.
func hasForeignChild(id string, images []Image) bool {
	for _, image := range images {
		if image.Parent != id {
			continue
		}
		for _, name := range image.Names {
			if !strings.HasPrefix(name, ownName) {
				return true
			}
		}
		if hasForeignChild(image.ID, images) {
			return true
		}
	}
	return false
}
