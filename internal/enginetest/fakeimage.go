package enginetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

func (f *Fake) listImages(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reply(w, http.StatusOK, f.images)
}

// build makes two images, whatever it is given, and says so as the classic builder does. The context is read to its end. Like the
// builder it makes no more of them once the client is gone, but ends a copying that it has begun.
func (f *Fake) build(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	f.mu.Lock()
	step := f.step
	f.mu.Unlock()
	f.eachMessage(func(message string, work working) bool {
		if work != waiting {
			time.Sleep(step)
		}
		if r.Context().Err() != nil && work != copying {
			return false
		}
		_, err := io.WriteString(w, message)
		w.(http.Flusher).Flush()
		return err == nil || work == copying
	})
}

// working is what a builder does beside saying something.
type working int

const (
	waiting    working = iota // nothing
	copying                   // it does not look whether anyone waits for it
	committing                // it looks first
)

// TakeTime lets each step of a build that makes an image take so long.
func (f *Fake) TakeTime(step time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step = step
}

// BuildMessages makes the images of one build, and gives what the builder says of it, message by message.
func (f *Fake) BuildMessages() []string {
	var list []string
	f.eachMessage(func(message string, _ working) bool {
		list = append(list, message)
		return true
	})
	return list
}

// eachMessage gives what the builder says of one build, one message after the other, as long as it is wanted. An image is there from the
// message on that follows the work.
func (f *Fake) eachMessage(say func(message string, work working) bool) {
	var ids [2]string
	made := func(i int) string {
		f.mu.Lock()
		defer f.mu.Unlock()
		ids[i] = f.newID()
		image := fakeImage{ID: "sha256:" + ids[i], Created: time.Now().Unix(), madeBy: "/bin/sh -c #(nop) COPY dir:5ec1 in / "}
		if i > 0 {
			image.ParentID, image.madeBy = "sha256:"+ids[i-1], `/bin/sh -c #(nop)  CMD ["/x"]`
		}
		f.images = append(f.images, image)
		return " ---> " + ids[i][:12] + "\n"
	}
	running := 0
	defer func() { f.building(-running) }() // it removes its container last
	stream := func(s string) func() any { return func() any { return map[string]string{"stream": s} } }
	for _, message := range []struct {
		work working
		what func() any
	}{
		{waiting, stream("Step 1/3 : FROM scratch")},
		{waiting, stream("\n")},
		{waiting, stream(" ---> \n")},
		{waiting, stream("Step 2/3 : COPY src /")},
		{copying, stream("\n")},
		{waiting, func() any { return map[string]string{"stream": made(0)} }},
		{waiting, stream("Step 3/3 : CMD [\"/x\"]")},
		{waiting, stream("\n")},
		{waiting, func() any {
			f.building(+1)
			running++
			return map[string]string{"stream": " ---> Running in " + buildersContainer + "\n"}
		}},
		{committing, stream("Removing intermediate container " + buildersContainer + "\n")},
		{waiting, func() any { return map[string]string{"stream": made(1)} }},
		{waiting, func() any { return map[string]any{"aux": map[string]string{"ID": "sha256:" + ids[1]}} }},
		{waiting, func() any { return map[string]string{"stream": "Successfully built " + ids[1][:12] + "\n"} }},
	} {
		b, err := json.Marshal(message.what())
		if err != nil {
			panic(err)
		}
		if !say(string(b)+"\r\n", message.work) {
			return
		}
	}
}

// buildersContainer is the container of a step of any build.
const buildersContainer = "0123456789ab"

// building counts the builds that have it.
func (f *Fake) building(more int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.builds += more
}

func (f *Fake) history(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.lookUp(w, r.PathValue("id"))
	if i < 0 {
		return
	}
	reply(w, http.StatusOK, []any{map[string]string{"Id": f.images[i].ID, "CreatedBy": f.images[i].madeBy}})
}

func (f *Fake) tag(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.lookUp(w, r.PathValue("id"))
	if i < 0 {
		return
	}
	name := strings.TrimPrefix(r.URL.Query().Get("repo"), "docker.io/") + ":" + r.URL.Query().Get("tag")
	for n := range f.images {
		f.images[n].RepoTags = slices.DeleteFunc(f.images[n].RepoTags, func(tag string) bool { return tag == name })
	}
	f.images[i].RepoTags = append(f.images[i].RepoTags, name)
	w.WriteHeader(http.StatusCreated)
}

// lookUp finds an image by id or name. Where there is none, that is the answer, and it gives -1. The caller holds mu.
func (f *Fake) lookUp(w http.ResponseWriter, idOrName string) int {
	at := slices.IndexFunc(f.images, func(i fakeImage) bool { return i.ID == idOrName || slices.Contains(i.RepoTags, idOrName) })
	if at < 0 {
		refuse(w, http.StatusNotFound, "No such image: "+idOrName)
	}
	return at
}

func (f *Fake) removeImage(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := r.PathValue("id")
	i := f.lookUp(w, name)
	if i < 0 {
		return
	}
	image := &f.images[i]
	for _, c := range f.containers {
		if c.image == image.ID {
			refuse(w, http.StatusConflict, fmt.Sprintf("conflict: unable to remove %q - container %s is using it", name, c.id))
			return
		}
	}
	if !strings.HasPrefix(name, "sha256:") {
		image.RepoTags = slices.DeleteFunc(image.RepoTags, func(tag string) bool { return tag == name })
	}
	hasChild := slices.ContainsFunc(f.images, func(child fakeImage) bool { return child.ParentID == image.ID })
	switch {
	case hasChild && image.ID != name: // it keeps the image, and says nothing
	case hasChild:
		refuse(w, http.StatusConflict, "conflict: unable to delete "+image.ID+" (cannot be forced) - image has dependent child images")
		return
	case len(image.RepoTags) > 1 && image.ID == name:
		refuse(w, http.StatusConflict, "conflict: unable to delete "+image.ID+" (must be forced) - image is referenced in multiple repositories")
		return
	case len(image.RepoTags) == 0 || len(image.RepoTags) == 1 && image.ID == name:
		f.images = slices.Delete(f.images, i, i+1)
	}
	reply(w, http.StatusOK, []any{})
}
