package runner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
)

// An image that the builder did not show is known by what it was built on, and by when it was made. Where a stage begins both fit
// others' images as well: many builds begin with the same base, or with none. There the instruction tells whose it is, which engines keep
// in an image's history.

// An orphan is an image that a builder was making when it lost the image's parent.
type orphan struct {
	at time.Time // when it did
	by string    // the instruction
}

// claim looks at an image by its place and time: it is certain that the build made it, or it is the build's if one of these instructions
// made it. parent is what the builder was last known to build on.
func (m *madeImages) claim(image Image, parent string, known bool) (certain bool, by []string) {
	if !m.isNew(image) {
		return false, nil
	}
	if m.follows(image, parent, known) {
		if m.log.base == "" { // nobody else builds on what this build has made
			return true, nil
		}
		by = append(by, m.log.first())
	}
	for _, o := range m.orphaned {
		if image.Parent == "" && !image.Created.Before(wholeSecond(o.at)) && image.Created.Before(o.at.Add(time.Second)) {
			by = append(by, o.by)
		}
	}
	return false, by
}

// follows reports whether an image is in the place of the next one of an interrupted builder, which was last known to build on parent, and
// of the time when the stream was cut.
func (m *madeImages) follows(image Image, parent string, known bool) bool {
	return m.interrupted && known && m.isNew(image) && image.Parent == parent && !image.Created.Before(wholeSecond(m.cut))
}

// list lists the images, and learns by what those were made that this needs to be known of.
func (m *madeImages) list(ctx context.Context, engine Engine) ([]Image, error) {
	images, err := engine.Images(ctx)
	if err != nil {
		return nil, err
	}
	parent, known := m.lastImage(images)
	for _, image := range images {
		_, by := m.claim(image, parent, known)
		if _, learnt := m.history[image.ID]; len(by) == 0 || learnt {
			continue
		}
		instruction, err := engine.MadeBy(ctx, image.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		m.history[image.ID] = instruction
	}
	return images, nil
}

// unseen gives the ids of the images that the builder made and could not show: the last of an interrupted build, built on the image
// that it had come to, and made when the stream was cut; and those whose parent another run took away. The images are those of list.
func (m *madeImages) unseen(images []Image) []string {
	var ids []string
	parent, known := m.lastImage(images)
	for _, image := range images {
		certain, by := m.claim(image, parent, known)
		if certain || slices.ContainsFunc(by, func(instruction string) bool { return isOf(m.history[image.ID], instruction) }) {
			ids = append(ids, image.ID)
		}
	}
	return ids
}

// adopt takes the images that the builder made and could not show for shown: the one on which it was known to build, the one on that, and
// so on. It reports whether there was one. The images are those of list.
func (m *madeImages) adopt(images []Image) (adopted bool) {
	for range images {
		parent, known := m.lastImage(images)
		var late []shownImage
		for _, i := range images {
			if m.follows(i, parent, known) && (m.log.base == "" || isOf(m.history[i.ID], m.log.first())) {
				late = append(late, shownImage{short: strings.TrimPrefix(i.ID, "sha256:"), made: true})
			}
		}
		if len(late) == 0 {
			break
		}
		m.log.shown = append(m.log.shown, late...)
		m.log.base, adopted = "", true
	}
	return adopted
}

// first is the instruction that the first image of the current stage is made by; "" where it is not known.
func (b *buildLog) first() string {
	if word := b.step.keyword(); word != "" && word != "FROM" {
		return b.step.text
	}
	if stage := max(b.stage, 1); stage <= len(b.firsts) {
		return b.firsts[stage-1]
	}
	return ""
}

// firsts are the first instructions of the stages of the folder's Dockerfile.
func (r *run) firsts() []string {
	d := r.folder.Dockerfile()
	if d == nil {
		return nil
	}
	var list []string
	for _, s := range d.Stages {
		words := []string{""}
		if len(s.Instructions) > 0 {
			in := s.Instructions[0]
			words[0] = in.Name
			for _, arg := range in.Args {
				words = append(words, arg.Text)
			}
		}
		line := strings.Join(words, " ")
		list = append(list, line[:min(len(line), maxEntryLine)])
	}
	return list
}

// isOf reports whether an instruction as an image's history has it, such as "/bin/sh -c #(nop) COPY dir:1e8c in /app ", may be one as a
// Dockerfile has it. A builder leaves out flags, replaces variables, and names what it copies by a digest.
func isOf(history, instruction string) bool {
	keyword, rest, _ := strings.Cut(strings.TrimSpace(instruction), " ")
	keyword = strings.ToUpper(keyword)
	_, noted, only := strings.Cut(history, "#(nop)")
	if !only {
		noted = history
	}
	switch {
	case keyword == "" || history == "":
		return false
	case keyword == "RUN":
		if only {
			return false
		}
	case !strings.HasPrefix(strings.TrimSpace(noted), keyword+" "):
		return false
	}
	fields := slices.DeleteFunc(strings.Fields(rest), func(word string) bool { return strings.HasPrefix(word, "--") })
	if (keyword == "COPY" || keyword == "ADD") && len(fields) > 0 {
		fields = fields[len(fields)-1:]
	}
	said := plainWords(noted)
	for _, word := range fields {
		if strings.Contains(word, "$") {
			continue
		}
		if slices.ContainsFunc(plainWords(word), func(w string) bool { return !slices.Contains(said, w) }) {
			return false
		}
	}
	return true
}

// plainWords are the letters and digits of a text: builders quote and bracket in ways of their own.
func plainWords(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}
