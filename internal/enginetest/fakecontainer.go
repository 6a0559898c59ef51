package enginetest

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// A fakeContainer is a server of this process that answers with its question.
type fakeContainer struct {
	id, image string
	labels    map[string]string
	task      *httptest.Server // nil before the start
	started   chan struct{}    // closed by the start
	ended     chan struct{}    // closed by the removal or a signal
	end       func()           // closes it, once
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusCreated, map[string]any{"Id": f.CreateFrom(r.Body), "Warnings": []string{}})
}

// CreateFrom makes the container that a request's body asks for, and gives its id.
func (f *Fake) CreateFrom(body io.Reader) string {
	var asked struct {
		Image  string
		Labels map[string]string
	}
	if err := json.NewDecoder(body).Decode(&asked); err != nil {
		panic(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c := &fakeContainer{id: f.newID(), image: asked.Image, labels: asked.Labels, started: make(chan struct{}), ended: make(chan struct{})}
	c.end = sync.OnceFunc(func() { close(c.ended) })
	f.containers[c.id] = c
	return c.id
}

func (f *Fake) find(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []map[string]any{}
	for id, c := range f.containers {
		for name, value := range c.labels {
			if strings.Contains(r.URL.Query().Get("filters"), `"`+name+"="+value+`"`) {
				list = append(list, map[string]any{"Id": id})
			}
		}
	}
	reply(w, http.StatusOK, list)
}

// container finds the container of a request; it answers where there is none.
func (f *Fake) container(w http.ResponseWriter, r *http.Request) *fakeContainer {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.containers[r.PathValue("id")]
	if c == nil {
		refuse(w, http.StatusNotFound, "No such container: "+r.PathValue("id"))
	}
	return c
}

// open sends a stream's head.
func open(w http.ResponseWriter) {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
}

func (f *Fake) attach(w http.ResponseWriter, r *http.Request) {
	c := f.container(w, r)
	if c == nil {
		return
	}
	open(w)
	select {
	case <-c.started:
		_, _ = io.WriteString(w, Frame(1, "meca-init-done\n")) // a client that is gone does not mind
		w.(http.Flusher).Flush()
	case <-c.ended:
	case <-r.Context().Done():
	}
	select {
	case <-c.ended:
	case <-r.Context().Done():
	}
}

// Frame is a piece of a container's output, as an engine sends it.
func Frame(stream byte, content string) string {
	head := [8]byte{stream}
	binary.BigEndian.PutUint32(head[4:], uint32(len(content)))
	return string(head[:]) + content
}

func (f *Fake) wait(w http.ResponseWriter, r *http.Request) {
	c := f.container(w, r)
	if c == nil {
		return
	}
	open(w)
	select {
	case <-c.ended:
		_ = json.NewEncoder(w).Encode(map[string]int{"StatusCode": 137}) // a client that is gone does not mind
	case <-r.Context().Done():
	}
}

func (f *Fake) events(w http.ResponseWriter, r *http.Request) {
	open(w)
	<-r.Context().Done()
}

func (f *Fake) start(w http.ResponseWriter, r *http.Request) {
	c := f.container(w, r)
	if c == nil {
		return
	}
	f.mu.Lock()
	c.task = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body) // a client that is gone does not mind
	}))
	f.mu.Unlock()
	close(c.started)
	w.WriteHeader(http.StatusNoContent)
}

func (f *Fake) inspect(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	builds := f.builds
	f.mu.Unlock()
	if id := r.PathValue("id"); id == buildersContainer && builds > 0 {
		reply(w, http.StatusOK, map[string]any{"Id": id, "State": map[string]any{"Status": "created"}})
		return
	}
	c := f.container(w, r)
	if c == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ports := map[string]any{}
	status := "created"
	if c.task != nil {
		select {
		case <-c.ended:
			status = "exited"
		default:
			status = "running"
			host, port, err := net.SplitHostPort(c.task.Listener.Addr().String())
			if err != nil {
				panic(err)
			}
			ports["8080/tcp"] = []map[string]string{{"HostIp": host, "HostPort": port}}
		}
	}
	reply(w, http.StatusOK, map[string]any{
		"Id": c.id, "State": map[string]any{"Status": status, "Running": status == "running", "ExitCode": 0}, "NetworkSettings": map[string]any{"Ports": ports},
		"Image": c.image, "Config": map[string]any{"Image": c.image, "Labels": c.labels},
	})
}

func (f *Fake) stats(w http.ResponseWriter, r *http.Request) {
	if f.container(w, r) != nil {
		reply(w, http.StatusOK, map[string]any{"memory_stats": map[string]any{"max_usage": 12 << 20}})
	}
}

func (f *Fake) kill(w http.ResponseWriter, r *http.Request) {
	if c := f.container(w, r); c != nil {
		c.end()
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *Fake) exec(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusBadRequest, "there is nothing in this image")
}

func (f *Fake) remove(w http.ResponseWriter, r *http.Request) {
	c := f.container(w, r)
	if c == nil {
		return
	}
	c.end()
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.task != nil {
		c.task.Close()
	}
	delete(f.containers, c.id)
	w.WriteHeader(http.StatusNoContent)
}

// endAll ends the containers that a test has left.
func (f *Fake) endAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.containers {
		if c.task != nil {
			c.task.Close()
		}
	}
}
