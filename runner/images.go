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
	labels  map[string]string
	digest  []byte // of the build context that was sent
	final   string // the id of the finished image; "" before it is
	naming  string // the name that the final image has, or was to get, where it is not kept
	kept    bool   // what was made stays in the engine, under names of its own
	// interrupted says that the builder did not come to its end: it may still be at work. cut is when its stream ended.
	interrupted bool
	cut         time.Time
	orphaned    []orphan
	history     map[string]string // the instructions that some images were made by, by id; "" where that is not known
}

func newMadeImages(before []Image, log *buildLog) *madeImages {
	m := &madeImages{before: make(map[string]Image, len(before)), log: log, history: map[string]string{}}
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

// How long an interrupted builder is given to notice it, at most; and how long where nothing tells that it is still at work.
const (
	settling = 5 * time.Second
	noticing = time.Second
)

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
			return fmt.Errorf("an image that the build made may be left in the engine: %w", unlessLate(err))
		}
		pause(ctx, 100*time.Millisecond)
	}
}

func (m *madeImages) removeAll(ctx context.Context, engine Engine) error {
	if m.log.kit != nil { // an image of BuildKit's comes with its name
		if err := m.settle(ctx, engine); err != nil {
			return err
		}
	}
	if m.naming != "" {
		if err := m.removeName(ctx, engine); err != nil {
			return err
		}
	}
	if err := m.settle(ctx, engine); err != nil {
		return err
	}
	for {
		inUse, err := m.sweep(ctx, engine)
		if err != nil {
			return err
		}
		if m.interrupted && len(inUse) > 0 && time.Since(m.cut) < settling {
			pause(ctx, 25*time.Millisecond) // the builder's own container is not gone yet
			continue
		}
		images, err := handOver(ctx, engine, inUse)
		if err != nil {
			return err
		}
		return m.left(images)
	}
}

// left tells of what is still there, whatever the engine answered.
func (m *madeImages) left(images []Image) error {
	named := slices.ContainsFunc(images, func(i Image) bool { return m.naming != "" && slices.Contains(i.Names, m.naming) })
	if named || len(m.mine(images)) > 0 {
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

// settle waits until an interrupted builder makes no more images. Until then nothing may be removed: an image whose parent is taken
// away under it would belong to nobody.
func (m *madeImages) settle(ctx context.Context, engine Engine) error {
	if m.interrupted {
		if err := m.catchUp(ctx, engine); err != nil {
			return err
		}
	}
	for m.interrupted && time.Since(m.cut) < settling && ctx.Err() == nil {
		quiet, err := m.quiet(ctx, engine)
		if quiet || err != nil {
			return err
		}
		pause(ctx, 25*time.Millisecond)
	}
	return nil
}

// catchUp takes the images for shown of which the builder's word was on its way when its stream was cut. Then the builder has gone on
// since, to a step that is not known.
func (m *madeImages) catchUp(ctx context.Context, engine Engine) error {
	images, err := m.list(ctx, engine)
	if err == nil && m.adopt(images) {
		m.log.runs, m.log.step.done = "", true
	}
	return err
}

// quiet reports whether an interrupted builder is done. It removes its container last. Copying has no container, and goes on to its
// end without looking: an image will come of it that was never shown.
func (m *madeImages) quiet(ctx context.Context, engine Engine) (bool, error) {
	if m.log.runs != "" {
		_, err := engine.Inspect(ctx, m.log.runs)
		return errors.Is(err, ErrNotFound), nil
	}
	if !m.log.copying() {
		return time.Since(m.cut) > noticing, nil
	}
	images, err := m.list(ctx, engine)
	return len(m.unseen(images)) > 0, err
}

// sweep removes the images that can be removed now, and gives those that are in use.
func (m *madeImages) sweep(ctx context.Context, engine Engine) (inUse []string, err error) {
	images, err := m.list(ctx, engine)
	if err != nil {
		return nil, err
	}
	m.adopt(images)
	for _, id := range m.mine(images) {
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
func (m *madeImages) mine(images []Image) []string {
	list := m.unseen(images)
	for _, shown := range slices.Backward(m.shown()) {
		for _, image := range images {
			if shown.made && shown.is(image.ID) && m.isNew(image) && m.isChild(image, images) && !slices.Contains(list, image.ID) {
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

// lost reports whether an image that the builder found in its cache is there no more: two runs of one folder share the cache, and each
// removes what it made.
func (m *madeImages) lost(images []Image) bool {
	return slices.ContainsFunc(m.log.shown, func(s shownImage) bool {
		return s.hit && !slices.ContainsFunc(images, func(i Image) bool { return s.is(i.ID) })
	})
}

// isChild reports whether an image is built on one that the builder showed or named, or on none.
func (m *madeImages) isChild(image Image, images []Image) bool {
	if image.Parent == "" || slices.ContainsFunc(m.log.bases, func(base string) bool { return imageID(base, images) == image.Parent }) {
		return true
	}
	return slices.ContainsFunc(m.shown(), func(s shownImage) bool { return s.is(image.Parent) })
}

// lastImage is the id of the image that the builder was last known to build on: the one it showed last, or the base of the stage that
// it had begun; "" for none, as scratch is.
func (m *madeImages) lastImage(images []Image) (id string, known bool) {
	if base := m.log.base; base == "scratch" {
		return "", true
	} else if base != "" {
		for _, image := range images {
			if slices.Contains(image.Names, base) || slices.Contains(image.Names, base+":latest") {
				return image.ID, true
			}
		}
		return "", false
	}
	shown := m.log.shown
	if len(shown) == 0 {
		return "", false
	}
	for _, image := range images {
		if shown[len(shown)-1].is(image.ID) {
			return image.ID, true
		}
	}
	return "", false
}

// wholeSecond is a time as engines give it, with a second's grace.
func wholeSecond(t time.Time) time.Time { return t.Add(-time.Second).Truncate(time.Second) }
