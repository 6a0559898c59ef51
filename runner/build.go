package runner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// build makes the image: with the engine's classic builder, from what the host sends of the folder. An image of the same build that
// was kept spares it.
func (r *run) build(ctx context.Context) error {
	parts := wholeContext(r.dir, r.folder.Ignore())
	if r.opts.As == task.AsTodaysHost {
		parts = cutContext(r.dir)
	}
	if err := parts.scan(ctx, defaultContextBounds()); err != nil {
		return trouble("%v", err)
	}
	images, err := r.engine.Images(ctx)
	if err != nil {
		return trouble("the engine does not list its images: %v", err)
	}
	if r.opts.Reuse && r.findKept(ctx, parts, images) {
		return nil
	}
	return r.buildAnew(ctx, parts, images)
}

// findKept looks for the image of an earlier build of the same.
func (r *run) findKept(ctx context.Context, parts *buildContext, images []Image) bool {
	sum, err := parts.digest(ctx)
	if err != nil {
		return false // the build will tell
	}
	r.key = buildKey(r.opts.Builder, sum, r.needs(), images)
	r.image = findKept(images, folderID(r.path), r.key)
	r.reused = r.image != ""
	if r.reused {
		r.teller.line(fromBuild, "Nothing has changed since the last build: its image is used.")
	}
	return r.reused
}

// buildAnew lets the builder do its work.
func (r *run) buildAnew(ctx context.Context, parts *buildContext, before []Image) error {
	r.entry.before(before, r.firsts())
	r.made = newMadeImages(before, r.newBuildLog())
	if r.opts.Reuse {
		r.made.labels = map[string]string{labelImage: "task"}
	}
	if r.opts.Builder == task.BuilderBuildKit {
		if err := r.useBuildKit(); err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, r.opts.BuildTimeout)
	defer cancel()
	const tries = 3
	var err error
	for try := 1; ; try++ {
		err = r.made.build(limited, r.engine, parts)
		if err == nil {
			err = r.name(limited)
		}
		if err == nil || limited.Err() != nil || try == tries || !r.lostImage(limited, err) {
			break
		}
		r.teller.line(fromEngine, "another build's end took away a step's image; the build begins anew")
		r.entry.again()
		r.made.again(r.newBuildLog())
	}
	if err == nil {
		r.image, r.reused = r.made.final, false
		return nil
	}
	if ctx.Err() == nil && limited.Err() != nil {
		err = &buildError{task.Failed, fmt.Sprintf("it took longer than %s", task.Duration(r.opts.BuildTimeout))}
	}
	if r.opts.Reuse && !r.made.interrupted {
		r.made.final = ""
		if kept := r.keep(ctx); kept != nil {
			r.teller.line(fromEngine, "the next build begins anew: "+kept.Error())
		}
	}
	return r.buildFailed(err)
}

// newBuildLog makes a log of one build of the folder. What it reads of images and containers is noted.
func (r *run) newBuildLog() *buildLog {
	b := newBuildLog(r.teller)
	b.note, b.stages, b.firsts = r.entry.built, r.stageLines(), r.firsts()
	if r.opts.Builder == task.BuilderBuildKit {
		b.kit, b.needs = newKitLog(r.folder.Dockerfile()), r.needs()
	} else if d := r.folder.Dockerfile(); d != nil && len(d.Stages) > 0 {
		b.base = d.Stages[0].Base // until the builder says so itself: it may be cut before its first message is read
	}
	return b
}

// lostImage reports whether a build failed because an image that it went on from was removed meanwhile.
func (r *run) lostImage(ctx context.Context, err error) bool {
	words := strings.ToLower(err.Error())
	if isCommandFailure(words) {
		return false
	}
	for _, s := range []string{"no such image", "unable to find image", "layer does not exist", "unrecognized image id", "failed to get destination image", "failed to get digest", lostParent} {
		if strings.Contains(words, s) {
			return true
		}
	}
	images, err := r.engine.Images(ctx)
	return err == nil && r.made.lost(images)
}

// lostParent is what the builder says when the parent of the image that it is about to finish is gone.
const lostParent = "failed to set parent"

// A buildError is a build that did not come off.
type buildError struct {
	outcome task.Outcome
	words   string
}

func (e *buildError) Error() string { return e.words }

// build sends the context and reads the builder's messages. An error is a *buildError, or of the folder that was sent.
func (m *madeImages) build(ctx context.Context, engine Engine, parts *buildContext) error {
	out, in := io.Pipe()
	sent, sum := make(chan error, 1), sha256.New()
	go func() {
		err := parts.writeTo(ctx, in, sum)
		_ = in.CloseWithError(err) // it never fails
		sent <- err
	}()
	err := m.readBuild(ctx, engine, out)
	_ = out.Close() // it never fails; an engine that does not read on ends the writing
	if werr := <-sent; werr != nil && !errors.Is(werr, io.ErrClosedPipe) {
		return &buildError{task.Error, werr.Error()}
	}
	m.digest = sum.Sum(nil)
	return err
}

func (m *madeImages) readBuild(ctx context.Context, engine Engine, parts io.Reader) error {
	m.interrupted = true
	defer func() { m.cut = time.Now() }()
	messages, err := m.ask(ctx, engine, parts)
	if e := (*buildError)(nil); errors.As(err, &e) {
		m.interrupted = false // nothing was built yet
		return e
	}
	if err != nil {
		m.interrupted = !errors.Is(err, ErrRefused)
		return refusedBuild(err)
	}
	err = m.log.read(messages)
	_ = messages.Close() // all that it had was read
	switch {
	case m.log.failure != "":
		m.interrupted = false
		if strings.Contains(m.log.failure, lostParent) {
			m.orphaned = append(m.orphaned, orphan{time.Now(), m.log.step.text})
		}
		return &buildError{m.log.blame(), plain(m.log.failure)}
	case err != nil:
		return &buildError{task.Error, "the build was interrupted: " + plain(err.Error())}
	case !m.log.complete():
		return &buildError{task.Error, "the build was interrupted: the engine's messages end before the image is done"}
	}
	m.interrupted = false
	m.final = m.log.imageID
	return nil
}

// refusedBuild tells a Dockerfile that the engine will not even begin with from an engine in trouble. Engines say some of the former
// as an error of their own.
func refusedBuild(err error) error {
	if errors.Is(err, ErrRefused) || strings.Contains(strings.ToLower(err.Error()), "dockerfile") {
		return &buildError{task.Failed, plain(err.Error())}
	}
	return &buildError{task.Error, "the engine does not build: " + plain(err.Error())}
}

// blame tells whose fault a failed build is: the folder's, or that of a registry or machine that is out of reach or out of room.
func (b *buildLog) blame() task.Outcome {
	words := strings.ToLower(b.failure)
	if isCommandFailure(words) {
		return task.Failed
	}
	if strings.Contains(words, "no space left on device") {
		return task.Error
	}
	if !b.pulling() {
		return task.Failed
	}
	for _, s := range []string{
		"no such host", "i/o timeout", "connection refused", "connection reset", "timeout", "network is unreachable", "no route to host",
		"server misbehaving", "temporary failure", "deadline exceeded", "toomanyrequests", "too many requests", "unexpected eof",
		"internal server error", "bad gateway", "service unavailable", "x509",
	} {
		if strings.Contains(words, s) {
			return task.Error
		}
	}
	return task.Failed
}

// pulling reports whether the current step fetches an image.
func (b *buildLog) pulling() bool {
	word := b.step.keyword()
	return word == "FROM" || (word == "COPY" || word == "ADD") && strings.Contains(b.step.text, "--from=")
}

// buildFailed writes the failure into the report, and gives the verdict.
func (r *run) buildFailed(err error) error {
	log := r.made.log
	outcome, words := task.Error, plain(err.Error())
	var e *buildError
	if errors.As(err, &e) {
		outcome = e.outcome
	}
	where := ""
	line := log.failedLine(words, r.folder.InstructionLines())
	if line > 0 {
		where = fmt.Sprintf(" at %s:%d", task.DockerfileName, line)
	}
	if log.failure != "" && log.pulling() {
		words = fmt.Sprintf("the image of step %d, %s, cannot be had: %s", log.step.number, plain(log.step.text), words)
	}
	if log.failure != "" || outcome == task.Failed {
		r.report.BuildFailure = &task.BuildFailure{Line: line, Message: words, Output: log.failed.plain()}
	}
	return &verdict{outcome, fmt.Sprintf("the build stopped%s: %s", where, words)}
}

// ownName begins the name of every image of ours.
const ownName = "meca-lsp/"

// name gives the image a name, which tells a person what it is, and holds it while another run removes its own. Where nothing is kept,
// an unnamed image that was there before stays as it is: it would be gone with the name.
func (r *run) name(ctx context.Context) error {
	if r.opts.Reuse {
		return r.keep(ctx)
	}
	if r.made.naming != "" {
		return nil // BuildKit has done so
	}
	if old, there := r.made.before[r.made.final]; there && len(old.Names) == 0 {
		return nil
	}
	name := r.runName()
	r.made.naming = name
	r.entry.naming(name, false)
	if err := r.engine.Tag(ctx, r.made.final, name); err != nil {
		return fmt.Errorf("the engine does not name the image: %w", err)
	}
	return nil
}

// sessionDigits is how much of a session's name an image's has.
const sessionDigits = 12

// runName is the name of an image that is this run's alone.
func (r *run) runName() string { return ownName + r.imageName() + ":" + r.session[:sessionDigits] }

// imageName is the task's name as far as an image's may hold it.
func (r *run) imageName() string {
	const longest = 60
	words, err := readStart(r.dir, task.NameFile, longest)
	if err != nil {
		words = "" // the folder's check tells of it
	}
	var name strings.Builder
	for _, c := range strings.ToLower(words) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			name.WriteRune(c)
		} else if name.Len() > 0 && !strings.HasSuffix(name.String(), "-") {
			name.WriteByte('-')
		}
	}
	if clean := strings.TrimSuffix(name.String(), "-"); clean != "" {
		return clean
	}
	return "task"
}

// readStart reads the first bytes of a regular file.
func readStart(dir fs.FS, name string, most int64) (string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fs.ErrInvalid
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	return string(b), err
}

// allCached reports whether no instruction did work.
func (b *buildLog) allCached() bool { return !b.uncached }
