package enginetest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/runner"
)

// Fake is an engine of paper: it speaks the Docker Engine API on a socket of its own, builds any folder without looking at it, and its
// containers print the mark and answer with their question. It does so soundly, but for the faults that a test puts on its routes.
type Fake struct {
	server *httptest.Server
	mux    *http.ServeMux

	mu         sync.Mutex // guards all below
	faults     map[string]Fault
	hits       map[string]int // by route
	containers map[string]*fakeContainer
	images     []fakeImage
	made       int // ids given so far
	stalled    bool
	step       time.Duration // how long a build's step takes
	builds     int           // that have the builder's container
}

// A Fault answers a route's nth request, from 1, in the engine's place. Where it gives false, the engine answers.
type Fault func(w http.ResponseWriter, r *http.Request, n int) bool

type fakeImage struct {
	ID       string `json:"Id"`
	ParentID string `json:"ParentId"`
	RepoTags []string
	Created  int64
	madeBy   string
}

// The routes of an engine that a run uses, as a Fault names them.
const (
	RouteVersion         = "GET /version"
	RouteInfo            = "GET /info"
	RouteImages          = "GET /images/json"
	RouteBuild           = "POST /build"
	RouteTag             = "POST /images/{id}/tag"
	RouteRemoveImage     = "DELETE /images/{id...}"
	RouteCreate          = "POST /containers/create"
	RouteFind            = "GET /containers/json"
	RouteAttach          = "POST /containers/{id}/attach"
	RouteWait            = "POST /containers/{id}/wait"
	RouteEvents          = "GET /events"
	RouteStart           = "POST /containers/{id}/start"
	RouteInspect         = "GET /containers/{id}/json"
	RouteStats           = "GET /containers/{id}/stats"
	RouteRemoveContainer = "DELETE /containers/{id}"
)

// Three more that a run uses where it must.
const (
	RouteHistory   = "GET /images/{id}/history"
	RouteExec      = "POST /containers/{id}/exec"
	RouteExecStart = "POST /exec/{id}/start"
)

// Routes are all of them.
func Routes() []string {
	return []string{
		RouteVersion, RouteInfo, RouteImages, RouteBuild, RouteTag, RouteRemoveImage, RouteCreate, RouteFind, RouteAttach, RouteWait, RouteEvents,
		RouteStart, RouteInspect, RouteStats, RouteRemoveContainer,
	}
}

// NewFake starts an engine. It ends with the test.
func NewFake(t testing.TB) *Fake {
	t.Helper()
	f := &Fake{mux: http.NewServeMux(), faults: map[string]Fault{}, hits: map[string]int{}, containers: map[string]*fakeContainer{}}
	for route, answer := range map[string]http.HandlerFunc{
		RouteVersion: f.version, RouteInfo: f.info, RouteImages: f.listImages, RouteBuild: f.build, RouteTag: f.tag, RouteRemoveImage: f.removeImage,
		RouteCreate: f.create, RouteFind: f.find, RouteAttach: f.attach, RouteWait: f.wait, RouteEvents: f.events,
		RouteStart: f.start, RouteInspect: f.inspect, RouteStats: f.stats, RouteRemoveContainer: f.remove,
		"POST /containers/{id}/kill": f.kill, RouteExec: f.exec, RouteExecStart: f.exec,
		RouteHistory: f.history,
	} {
		f.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) { f.serve(route, answer, w, r) })
	}
	dir, err := os.MkdirTemp("", "fake") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	if err != nil {
		t.Fatal(err)
	}
	f.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(f.enter)}}
	f.server.Start()
	t.Cleanup(func() {
		f.server.CloseClientConnections()
		f.server.Close()
		f.endAll()
		_ = os.RemoveAll(dir) // the system sweeps it, too
	})
	return f
}

// Host is the engine's address.
func (f *Fake) Host() string { return "unix://" + f.server.Listener.Addr().String() }

// Connect connects to the engine.
func (f *Fake) Connect(t testing.TB) *runner.Docker {
	t.Helper()
	engine, err := runner.ConnectTo(context.Background(), f.Host())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	return engine
}

// Break puts a fault on a route, instead of the one that is there.
func (f *Fake) Break(route string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[route] = fault
}

// Hits is how often a route was asked for.
func (f *Fake) Hits(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits[route]
}

// StallPings leaves pings without an answer.
func (f *Fake) StallPings() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalled = true
}

// Left tells what is left in the engine; it is empty where nothing is.
func (f *Fake) Left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []string
	for id := range f.containers {
		left = append(left, "container "+id)
	}
	for _, i := range f.images {
		left = append(left, "image "+i.ID+" "+strings.Join(i.RepoTags, " "))
	}
	return left
}

// versioned is an API path's version.
var versioned = regexp.MustCompile(`^/v1\.\d+`)

// enter takes the version off the path, and answers pings, which every client starts with.
func (f *Fake) enter(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/_ping") {
		f.mu.Lock()
		stalled := f.stalled
		f.mu.Unlock()
		if stalled {
			<-r.Context().Done()
		}
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Ostype", "linux")
		return
	}
	r.URL.Path = versioned.ReplaceAllString(r.URL.Path, "")
	f.mux.ServeHTTP(w, r)
}

func (f *Fake) serve(route string, answer http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.hits[route]++
	fault, n := f.faults[route], f.hits[route]
	f.mu.Unlock()
	if fault != nil && fault(w, r, n) {
		return
	}
	answer(w, r)
}

func (f *Fake) version(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"Version": "0.0-paper", "ApiVersion": "1.41"})
}

// info tells of an engine that can do everything but give a GPU.
func (f *Fake) info(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, SoundInfo())
}

// SoundInfo is what the engine tells of itself, for a test to change.
func SoundInfo() map[string]any {
	return map[string]any{
		"OSType": "linux", "NCPU": 4, "MemTotal": 8 << 30, "CgroupVersion": "1", "Name": "paper", "KernelVersion": "6.1-paper",
		"MemoryLimit": true, "SwapLimit": true, "CpuCfsQuota": true, "PidsLimit": true,
	}
}

// Answer is a fault that is none: an answer with a JSON body in place of the engine's own.
func Answer(body any) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		reply(w, http.StatusOK, body)
		return true
	}
}

// reply writes JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone does not mind
}

// refuse writes an engine's error.
func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"message": message})
}

// newID makes the next id. The caller holds mu.
func (f *Fake) newID() string {
	f.made++
	const digits = "0123456789abcdef"
	id := []byte(strings.Repeat("0", 64))
	for n, i := f.made, 11; n > 0; n, i = n/16, i-1 {
		id[i] = digits[n%16]
	}
	return string(id)
}
