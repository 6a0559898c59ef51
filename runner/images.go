package runner

import (
	"context"
	"errors"
	"strings"
	"time"
)

// madeImages is what a build has made in the engine. The classic builder leaves an untagged image after every instruction.
//
// Invariant: an image that was there before the build, or that has a name, is never removed; nor is one that the builder did not show
// as its own work, however an instruction's output may look.
type madeImages struct {
	before map[string]bool // ids
	log    *buildLog
	began  time.Time
	final  string // the id of the finished image; "" before it is
	naming string // the name that the final image has, or was to get
	// interrupted says that the builder did not come to its end: it may still be at work.
	interrupted bool
}

func newMadeImages(before []Image, log *buildLog) *madeImages {
	m := &madeImages{before: make(map[string]bool, len(before)), log: log}
	for _, image := range before {
		m.before[image.ID] = true
	}
	return m
}

// settling is how long the builder may take to notice that it was interrupted.
const settling = 1500 * time.Millisecond

// remove removes what the build has made, the newest first. What is still in use by another build stays: it is that build's now.
func (m *madeImages) remove(ctx context.Context, engine Engine) error {
	if m.naming != "" {
		if err := engine.RemoveImage(ctx, m.naming); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	began := time.Now()
	for {
		quiet := m.quiet(ctx, engine, time.Since(began))
		more, err := m.sweep(ctx, engine, began)
		if err != nil || !more && quiet || ctx.Err() != nil {
			return err
		}
		if quiet && time.Since(began) > settling {
			return nil
		}
		if !quiet {
			pause(ctx, 25*time.Millisecond)
		}
	}
}

// quiet reports whether the builder is sure to make no more images: it came to its end, or its container is gone, which it removes
// last. Copying needs no container, so that there is nothing to see of it; it is given a second.
func (m *madeImages) quiet(ctx context.Context, engine Engine, waited time.Duration) bool {
	if !m.interrupted || waited > settling {
		return true
	}
	if m.log.runs != "" {
		_, err := engine.Inspect(ctx, m.log.runs)
		return errors.Is(err, ErrNotFound)
	}
	return waited > time.Second
}

// sweep removes the images that can be removed now, and reports whether others may be when it is asked again.
func (m *madeImages) sweep(ctx context.Context, engine Engine, cut time.Time) (more bool, err error) {
	images, err := engine.Images(ctx)
	if err != nil {
		return false, err
	}
	removed, inUse := 0, 0
	for _, id := range m.mine(images, cut) {
		switch err := engine.RemoveImage(ctx, id); {
		case err == nil:
			removed++
		case errors.Is(err, ErrConflict):
			inUse++
		case !errors.Is(err, ErrNotFound):
			return false, err
		}
	}
	return removed > 0 && inUse > 0, nil
}

// mine gives the ids of the images that this build has made and that have no name, children before their parents.
func (m *madeImages) mine(images []Image, cut time.Time) []string {
	var list []string
	for _, image := range images {
		if !m.before[image.ID] && !image.Named && m.isUnseen(image, cut) {
			list = append(list, image.ID)
		}
	}
	for i := len(m.log.shown) - 1; i >= 0; i-- {
		shown := m.log.shown[i]
		if shown.cached {
			continue
		}
		for _, image := range images {
			if !m.before[image.ID] && !image.Named && shown.is(image.ID) && m.isChild(image) {
				list = append(list, image.ID)
			}
		}
	}
	return list
}

// is reports whether an id begins with the digits that the builder showed.
func (s shownImage) is(id string) bool {
	return strings.HasPrefix(strings.TrimPrefix(id, "sha256:"), s.short)
}

// isChild reports whether an image is built on one that the builder showed, or on none.
func (m *madeImages) isChild(image Image) bool {
	if image.Parent == "" {
		return true
	}
	for _, s := range m.log.shown {
		if s.is(image.Parent) {
			return true
		}
	}
	return false
}

// isUnseen reports whether an image is what an interrupted builder made last and could not show any more: built on the last image
// that it did show, and made when the stream was cut.
func (m *madeImages) isUnseen(image Image, cut time.Time) bool {
	if !m.interrupted || image.Created.Before(m.lastWord(cut)) {
		return false
	}
	if n := len(m.log.shown); n > 0 {
		return m.log.shown[n-1].is(image.Parent)
	}
	return image.Parent == "" && m.log.step.number > 1
}

// lastWord is the time from which on the builder could say no more, in the engine's whole seconds.
func (m *madeImages) lastWord(cut time.Time) time.Time {
	return cut.Add(-time.Second).Truncate(time.Second)
}
