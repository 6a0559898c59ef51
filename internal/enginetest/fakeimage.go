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

// build makes two images, whatever it is given, and says so as the classic builder does. The context is read to its end.
func (f *Fake) build(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	for _, message := range f.BuildMessages() {
		if _, err := io.WriteString(w, message); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

// BuildMessages makes the images of one build, and gives what the builder says of it, message by message.
func (f *Fake) BuildMessages() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, second := f.newID(), f.newID()
	now := time.Now().Unix()
	f.images = append(f.images, fakeImage{ID: "sha256:" + first, Created: now},
		fakeImage{ID: "sha256:" + second, ParentID: "sha256:" + first, Created: now})
	var list []string
	say := func(message any) {
		b, err := json.Marshal(message)
		if err != nil {
			panic(err)
		}
		list = append(list, string(b)+"\r\n")
	}
	for _, s := range []string{
		"Step 1/3 : FROM scratch", "\n", " ---> \n", "Step 2/3 : COPY src /", "\n", " ---> " + first[:12] + "\n",
		"Step 3/3 : CMD [\"/x\"]", "\n", " ---> Running in 0123456789ab\n", "Removing intermediate container 0123456789ab\n", " ---> " + second[:12] + "\n",
	} {
		say(map[string]string{"stream": s})
	}
	say(map[string]any{"aux": map[string]string{"ID": "sha256:" + second}})
	say(map[string]string{"stream": "Successfully built " + second[:12] + "\n"})
	return list
}

func (f *Fake) tag(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.lookUp(r.PathValue("id"))
	if i < 0 {
		refuse(w, http.StatusNotFound, "No such image: "+r.PathValue("id"))
		return
	}
	name := strings.TrimPrefix(r.URL.Query().Get("repo"), "docker.io/") + ":" + r.URL.Query().Get("tag")
	f.images[i].RepoTags = append(f.images[i].RepoTags, name)
	w.WriteHeader(http.StatusCreated)
}

// lookUp finds an image by id or name; -1 where there is none. The caller holds mu.
func (f *Fake) lookUp(idOrName string) int {
	return slices.IndexFunc(f.images, func(i fakeImage) bool { return i.ID == idOrName || slices.Contains(i.RepoTags, idOrName) })
}

func (f *Fake) removeImage(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := r.PathValue("id")
	i := f.lookUp(name)
	if i < 0 {
		refuse(w, http.StatusNotFound, "No such image: "+name)
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
