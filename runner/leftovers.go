package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// clear removes what a dead run has left in the engine: its containers, then the images that its build made and did not name. died is
// when its process ended, as far as that is known; zero where all that is known is that it did so some time after its last line.
//
// Invariant: nothing is removed that the run's file does not name, or that does not look as the run made it. A container must have
// both labels of the run; an image must have been shown by the builder as its work, see [madeImages].
func (l *leftover) clear(ctx context.Context, engine Engine, died time.Time) error {
	if l.settled {
		return nil
	}
	return errors.Join(l.clearContainers(ctx, engine, died), l.clearImages(ctx, engine, died))
}

// How long the engine may take to make a container that a process asked for before it died.
const stillCreating = 10 * time.Second

// clearContainers removes the containers that the file names, or, where the engine's answer came too late to be noted, the one that it
// made of the run's image and with the run's labels.
func (l *leftover) clearContainers(ctx context.Context, engine Engine, died time.Time) error {
	if l.creating == "" {
		return nil
	}
	ids := l.created
	for wait := 50 * time.Millisecond; len(ids) == 0; wait *= 2 {
		found, err := l.findContainer(ctx, engine)
		if err != nil {
			return err
		}
		ids = found
		if len(ids) == 0 {
			if time.Since(died) > stillCreating && time.Since(l.written) > stillCreating {
				return nil
			}
			pause(ctx, wait)
		}
	}
	var errs []error
	for _, id := range ids {
		ours, err := l.isOurs(ctx, engine, id)
		if ours {
			err = (&run{engine: engine}).removeContainer(ctx, id)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// findContainer finds a container whose id was not noted.
func (l *leftover) findContainer(ctx context.Context, engine Engine) ([]string, error) {
	ids, err := engine.Find(ctx, l.head.Session)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, id := range ids {
		state, err := engine.Inspect(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if err == nil && slices.Contains(state.Image, l.creating) {
			ours = append(ours, id)
		}
	}
	return ours, nil
}

// isOurs reports whether a container has the labels that the run gave it.
func (l *leftover) isOurs(ctx context.Context, engine Engine, id string) (bool, error) {
	state, err := engine.Inspect(ctx, id)
	if err != nil {
		return false, ignoreMissing(err)
	}
	return state.Session == l.head.Session && state.Owner == l.head.Owner, nil
}

// clearImages removes the images of a build. An image that was named to stay, stays.
func (l *leftover) clearImages(ctx context.Context, engine Engine, died time.Time) error {
	if l.images == nil {
		return nil
	}
	images, err := engine.Images(ctx)
	if err != nil {
		return err
	}
	hasName := func(i Image) bool { return l.name != "" && slices.Contains(i.Names, l.name) }
	if l.reused && slices.ContainsFunc(images, hasName) {
		return l.clearNames(ctx, engine)
	}
	made := newMadeImages(l.images.known(images), l.images.log)
	made.earlier, made.orphaned, made.final, made.naming = l.images.earlier, l.images.orphaned, made.log.imageID, l.name
	if made.final == "" || !strings.HasPrefix(l.name, ownName) {
		made.naming = "" // no image was there to be named, or the name is none of ours
	}
	made.interrupted = made.log.failure == "" && !made.log.complete()
	if made.interrupted {
		if err := l.lateImages(ctx, engine, made, died); err != nil {
			return err
		}
	}
	return errors.Join(made.remove(ctx, engine), l.clearNames(ctx, engine))
}

// clearNames removes the name that BuildKit gave the run's image as it made it, whether the run's process has heard of that or not. It
// has the session in it, which no other run has.
func (l *leftover) clearNames(ctx context.Context, engine Engine) error {
	images, err := engine.Images(ctx)
	if err != nil || len(l.head.Session) < sessionDigits {
		return err
	}
	var errs []error
	for _, image := range images {
		for _, name := range image.Names {
			if strings.HasPrefix(name, ownName) && strings.HasSuffix(name, ":"+l.head.Session[:sessionDigits]) {
				errs = append(errs, ignoreGone(engine.RemoveImage(ctx, name)))
			}
		}
	}
	return errors.Join(errs...)
}

// known gives the images that were there before the build.
func (e *earlierImages) known(images []Image) []Image {
	return slices.DeleteFunc(slices.Clone(images), func(i Image) bool { return !slices.Contains(e.before, shortImage(i.ID)) })
}

// lateImage is how long after a process's last line its builder may make another image, where the moment of its death is not known.
const lateImage = 30 * time.Second

// lateImages waits until the builder has noticed that its client is gone, and takes the images that it has made in the meantime for
// shown. Where the moment of the process's death is not known, only what was made soon after its last line is believed to be its.
func (l *leftover) lateImages(ctx context.Context, engine Engine, made *madeImages, died time.Time) error {
	if made.cut = time.Now(); !died.IsZero() {
		made.cut = l.lastHeard(died)
	}
	if !died.IsZero() || time.Since(l.written) < lateImage {
		if err := l.settle(ctx, engine, made, died); err != nil {
			return err
		}
	}
	images, err := made.list(ctx, engine)
	if err != nil {
		return err
	}
	if died.IsZero() {
		made.cut = l.written
	}
	images = l.believed(images, died)
	made.adopt(images)
	for _, id := range made.unseen(images) { // that have lost their parents
		made.log.shown = append(made.log.shown, shownImage{short: strings.TrimPrefix(id, "sha256:"), made: true})
	}
	// The builder is done, but for the removal of its own container, for which the removal of the images waits a little. No other image
	// is looked for from now on: none is built on what no image can be named.
	made.log.runs, made.log.step.done, made.log.base, made.cut = "", true, "/", time.Now().Add(-noticing)
	return nil
}

// believed leaves out what was made too late to be the builder's, where the moment of the process's death is not known.
func (l *leftover) believed(images []Image, died time.Time) []Image {
	if !died.IsZero() {
		return images
	}
	return slices.DeleteFunc(images, func(i Image) bool { return i.Created.After(l.written.Add(lateImage)) })
}

// lastHeard is when a process that has died was last sure to hear its builder: when it wrote its last line, or, where that was long ago,
// some time before its end was noticed, which a busy machine may do late.
func (l *leftover) lastHeard(died time.Time) time.Time {
	const noticedLate = 10 * time.Second
	if soon := died.Add(-noticedLate); l.written.Before(soon) {
		return soon
	} else if l.written.After(died) { // by another clock
		return died
	}
	return l.written
}

// How long a builder may take to end the step that it was seen at, which it does although its client is gone; and to begin another,
// where it was seen at none. Nobody waits for a watchdog: it has more patience than a run's own removal.
const (
	endingStep    = 20 * time.Second
	beginningStep = 3 * time.Second
)

// settle waits until the builder makes no more images, and takes those that it makes meanwhile for shown. Until then nothing may be
// removed, see [madeImages].
func (l *leftover) settle(ctx context.Context, engine Engine, made *madeImages, died time.Time) error {
	patience := beginningStep
	if made.log.runs != "" || made.log.step.makesImage() {
		patience = endingStep
	}
	for began := time.Now(); time.Since(began) < patience && ctx.Err() == nil; pause(ctx, 50*time.Millisecond) {
		ended := false
		if made.log.runs != "" {
			_, err := engine.Inspect(ctx, made.log.runs)
			if ended = errors.Is(err, ErrNotFound); !ended {
				continue
			}
		}
		images, err := made.list(ctx, engine)
		if err != nil {
			return err
		}
		switch {
		case made.adopt(l.believed(images, died)): // it may have begun another step before it looked whether anyone waits
			made.log.runs, made.log.step.done, began, patience = "", true, time.Now(), beginningStep
		case ended:
			return nil
		}
	}
	return ctx.Err()
}

// makesImage reports whether a step that was begun will come to an image, whatever its builder's client does meanwhile.
func (s buildStep) makesImage() bool {
	switch s.keyword() {
	case "", "FROM", "ARG", "RUN":
		return false
	default:
		return !s.done
	}
}

// describe says of an error whose it is.
func (l *leftover) describe(err error) error {
	return fmt.Errorf("of the run of %s: %w", plain(l.head.Path), err)
}
