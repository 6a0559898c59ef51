package runner

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// The names of relays and their images, before the first digits of the task's container.
const (
	relayImage     = ownName + "relay"
	relayContainer = "meca-lsp-relay-"
)

// sendImage makes the image: this program alone. It has the session's label, so that whoever sweeps finds it.
func (r *relay) sendImage(ctx context.Context) error {
	out, in := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := writeProgram(in, cmp.Or(r.way.program, runningProgram))
		_ = in.CloseWithError(err) // it never fails
		sent <- err
	}()
	ctx, cancel := outlasting(ctx)
	defer cancel()
	answer, err := r.way.d.api.ImageImport(ctx, image.ImportSource{Source: out, SourceName: "-"}, relayImage, image.ImportOptions{
		Tag: r.short, Message: "the relay of a run of meca-lsp", Changes: []string{fmt.Sprintf("LABEL %s=%s", labelSession, r.session)},
	})
	if err == nil {
		err = importEnd(answer)
		_ = answer.Close() // it was only read
	}
	_ = out.Close() // it never fails; an engine that does not read on ends the writing
	if wrote := <-sent; wrote != nil && !errors.Is(wrote, io.ErrClosedPipe) {
		return wrote
	}
	return engineError(err)
}

// importEnd reads what the engine says of an import, up to its end.
func importEnd(answer io.Reader) error {
	for messages := json.NewDecoder(io.LimitReader(answer, 64<<10)); ; {
		var m struct{ Error string }
		if err := messages.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m.Error != "" {
			return errors.New(plain(m.Error))
		}
	}
}

// relayProgram is where the program is in the relay's image.
const relayProgram = "/meca-lsp"

// writeProgram writes an image's only layer.
func writeProgram(to io.Writer, path string) error {
	program, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = program.Close() }() // it was only read
	info, err := program.Stat()
	if err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	layer := tar.NewWriter(packed)
	if err := layer.WriteHeader(&tar.Header{Name: relayProgram[1:], Mode: 0o555, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	if _, err := io.Copy(layer, program); err != nil {
		return err
	}
	return errors.Join(layer.Close(), packed.Close())
}

// ready makes sure that the relay runs.
func (r *relay) ready(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.up {
		return nil
	}
	ctx, cancel := outlasting(ctx)
	defer cancel()
	name := relayContainer + r.short
	pids := int64(256)
	_, err := r.way.d.api.ContainerCreate(ctx, &container.Config{
		Image: relayImage + ":" + r.short, Cmd: []string{relayProgram, RelayVerb}, User: "65534:65534",
		Labels: map[string]string{labelSession: r.session, labelStarted: time.Now().UTC().Format(time.RFC3339)},
	}, &container.HostConfig{
		NetworkMode:    container.NetworkMode("container:" + r.task),
		Resources:      container.Resources{Memory: 256 << 20, PidsLimit: &pids},
		ReadonlyRootfs: true, CapDrop: []string{"ALL"}, SecurityOpt: []string{"no-new-privileges"},
		LogConfig:     container.LogConfig{Type: "none"},
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
	}, nil, nil, name)
	if err = engineError(err); err != nil && !errors.Is(err, ErrConflict) { // that is the one of an earlier attempt
		return err
	}
	if err := r.way.d.api.ContainerStart(ctx, name, container.StartOptions{}); err != nil {
		return engineError(err)
	}
	r.up = true
	r.idle, _ = r.connect(ctx) // so that the first dial finds it; that it failed, dial tells
	return nil
}

// outlasting gives a cancelled request a moment to be answered, so that nothing is made behind our back.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { pause(lasting, 500*time.Millisecond); cancel() })
	return lasting, func() { stop(); cancel() }
}

// remove removes the relay and its image, and looks whether they are gone.
func (r *relay) remove(ctx context.Context) error {
	r.letGo()
	name, image := relayContainer+r.short, relayImage+":"+r.short
	err := r.removeContainer(ctx, name)
	if err == nil {
		err = r.removeImage(ctx, image)
	}
	if err != nil { // in words alone: it is not the task's container that was not found, or is in use
		return fmt.Errorf("its relay is there, too (%s), to be removed with: docker rm --force %s; docker rmi %s", plain(err.Error()), name, image)
	}
	return nil
}

// removeContainer removes the relay; a container that only has its name, and not our label, stays.
func (r *relay) removeContainer(ctx context.Context, name string) error {
	d := r.way.d
	c, err := d.api.ContainerInspect(ctx, name)
	if err != nil || c.Config == nil || c.Config.Labels[labelSession] == "" {
		return ignoreMissing(engineError(err))
	}
	if err := ignoreMissing(d.removeContainer(ctx, name)); err != nil {
		return err
	}
	if _, err := d.api.ContainerInspect(ctx, name); err == nil {
		return errors.New("the engine knows it still")
	}
	return nil
}

// removeImage removes the relay's image, as removeContainer does the relay.
func (r *relay) removeImage(ctx context.Context, name string) error {
	d := r.way.d
	i, err := d.api.ImageInspect(ctx, name)
	if err != nil || i.Config == nil || i.Config.Labels[labelSession] == "" {
		return ignoreMissing(engineError(err))
	}
	return ignoreMissing(d.RemoveImage(ctx, name))
}

// letGo closes the connection that waits.
func (r *relay) letGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle != nil {
		_ = r.idle.Close() // nothing was said on it
		r.idle = nil
	}
}
