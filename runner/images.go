package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// madeImages is what a build has made in the engine. The classic builder leaves an untagged image after every instruction.
//
// Invariant: an image that was there before the build, or that has a name, is never removed; nor is one that the builder did not show
// as its own work, however an instruction's output may look.
type madeImages struct {
	before  map[string]Image // by id
	log     *buildLog
	earlier []shownImage // of builds that had to be begun anew
	final   string       // the id of the finished image; "" before it is
	naming  string       // the name that the final image has, or was to get
	// interrupted says that the builder did not come to its end: it may still be at work.
	interrupted bool
}

func newMadeImages(before []Image, log *buildLog) *madeImages {
	m := &madeImages{before: make(map[string]Image, len(before)), log: log}
	for _, image := range before {
		m.before[image.ID] = image
	}
	return m
}

// again makes room for another build, without forgetting what the last one made.
func (m *madeImages) again(log *buildLog) {
	m.earlier, m.log = m.shown(), log
}

// shown gives the images that the builder showed, in its order.
func (m *madeImages) shown() []shownImage { return slices.Concat(m.earlier, m.log.shown) }

// isNew reports whether an image is of after the build's begin, and has no name.
func (m *madeImages) isNew(image Image) bool {
	_, old := m.before[image.ID]
	return !old && len(image.Names) == 0
}

// settling is how long the builder may take to notice that it was interrupted.
const settling = 1500 * time.Millisecond

// remove removes what the build has made, the newest first. What another build uses by now is handed over. An engine that cannot is
// asked again.
func (m *madeImages) remove(ctx context.Context, engine Engine) error {
	const tries = 3
	for try := 1; ; try++ {
		err := m.removeAll(ctx, engine)
		if err == nil {
			return nil
		}
		if try == tries || ctx.Err() != nil {
			return fmt.Errorf("an image that the build made may be left in the engine: %w", err)
		}
		pause(ctx, 100*time.Millisecond)
	}
}

func (m *madeImages) removeAll(ctx context.Context, engine Engine) error {
	if m.naming != "" {
		if err := m.removeName(ctx, engine); err != nil {
			return err
		}
	}
	began := time.Now()
	for {
		quiet := m.quiet(ctx, engine, time.Since(began))
		inUse, err := m.sweep(ctx, engine, began)
		if err != nil {
			return err
		}
		if quiet {
			images, err := handOver(ctx, engine, inUse)
			if err != nil {
				return err
			}
			return m.left(images, began)
		}
		pause(ctx, 25*time.Millisecond)
	}
}

// left tells of what is still there, whatever the engine answered.
func (m *madeImages) left(images []Image, cut time.Time) error {
	named := slices.ContainsFunc(images, func(i Image) bool { return m.naming != "" && slices.Contains(i.Names, m.naming) })
	if named || len(m.mine(images, cut)) > 0 {
		return errors.New("the engine lists it still")
	}
	return nil
}

// removeName removes the final image. Where another run's container uses it, it is left to that run.
func (m *madeImages) removeName(ctx context.Context, engine Engine) error {
	err := engine.RemoveImage(ctx, m.naming)
	if errors.Is(err, ErrConflict) {
		if _, err = handOver(ctx, engine, []string{m.final}); err == nil {
			err = engine.RemoveImage(ctx, m.naming)
		}
	}
	return ignoreGone(err)
}

// quiet reports whether the builder is sure to make no more images: it came to its end, or its container is gone, which it removes
// last. Copying needs no container, so that there is nothing to see of it; it is given a second.
func (m *madeImages) quiet(ctx context.Context, engine Engine, waited time.Duration) bool {
	if !m.interrupted || waited > settling || ctx.Err() != nil {
		return true
	}
	if m.log.runs != "" {
		_, err := engine.Inspect(ctx, m.log.runs)
		return errors.Is(err, ErrNotFound)
	}
	return waited > time.Second
}

// sweep removes the images that can be removed now, and gives those that are in use.
func (m *madeImages) sweep(ctx context.Context, engine Engine, cut time.Time) (inUse []string, err error) {
	images, err := engine.Images(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range m.mine(images, cut) {
		switch err := engine.RemoveImage(ctx, id); {
		case err == nil, errors.Is(err, ErrNotFound):
		case errors.Is(err, ErrConflict):
			inUse = append(inUse, id)
		default:
			return nil, err
		}
	}
	return inUse, nil
}

// mine gives the ids of the images that this build has made and that have no name, children before their parents.
func (m *madeImages) mine(images []Image, cut time.Time) []string {
	var list []string
	for _, image := range images {
		if m.isNew(image) && m.isUnseen(image, cut) {
			list = append(list, image.ID)
		}
	}
	for _, shown := range slices.Backward(m.shown()) {
		for _, image := range images {
			if !shown.cached && shown.is(image.ID) && m.isNew(image) && m.isChild(image) && !slices.Contains(list, image.ID) {
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
	return slices.ContainsFunc(m.shown(), func(s shownImage) bool { return s.is(image.Parent) })
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
