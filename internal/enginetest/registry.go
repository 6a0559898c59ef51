package enginetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A Registry holds one image, "base:1", of one file, /base.txt. As the public ones do, it gives it to nobody who has not asked for a
// token before, and a token to everybody.
type Registry struct {
	server *httptest.Server
	asked  atomic.Int64
	blobs  map[string][]byte // by digest
	types  map[string]string // of the blobs that are manifests
}

// NewRegistry starts a registry on the loopback interface, where engines take one without TLS. It ends with the test.
func NewRegistry(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{blobs: map[string][]byte{}, types: map[string]string{}}
	layer, plain := tarOf(t, "base.txt", "from the registry\n")
	config := r.blob(t, map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{}, "history": []any{map[string]any{"created_by": "test"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(plain)}},
	})
	r.blobs[digest(layer)] = layer
	const manifest = "application/vnd.docker.distribution.manifest.v2+json"
	entry := func(kind, id string) map[string]any {
		return map[string]any{"mediaType": kind, "digest": id, "size": len(r.blobs[id])}
	}
	id := r.blob(t, map[string]any{
		"schemaVersion": 2, "mediaType": manifest,
		"config": entry("application/vnd.docker.container.image.v1+json", config),
		"layers": []any{entry("application/vnd.docker.image.rootfs.diff.tar.gzip", digest(layer))},
	})
	r.types[id] = manifest
	r.blobs["1"], r.types["1"] = r.blobs[id], manifest
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.server.Close)
	return r
}

// Image is the name of its image.
func (r *Registry) Image() string { return strings.TrimPrefix(r.server.URL, "http://") + "/base:1" }

// Asked is how often it was asked for anything.
func (r *Registry) Asked() int64 { return r.asked.Load() }

func (r *Registry) serve(w http.ResponseWriter, q *http.Request) {
	r.asked.Add(1)
	if q.URL.Path == "/token" {
		reply(w, http.StatusOK, map[string]string{"token": "anyone"})
		return
	}
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if q.Header.Get("Authorization") != "Bearer anyone" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+r.server.URL+`/token",service="paper"`)
		reply(w, http.StatusUnauthorized, map[string]any{"errors": []any{map[string]string{"code": "UNAUTHORIZED"}}})
		return
	}
	if q.URL.Path == "/v2/" {
		return
	}
	name := q.URL.Path[strings.LastIndexByte(q.URL.Path, '/')+1:]
	content, ok := r.blobs[name]
	if !ok {
		reply(w, http.StatusNotFound, map[string]any{"errors": []any{map[string]string{"code": "MANIFEST_UNKNOWN"}}})
		return
	}
	if kind := r.types[name]; kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.Header().Set("Docker-Content-Digest", digest(content))
	_, _ = w.Write(content) // a client that is gone does not mind
}

// blob keeps a JSON value, and gives its digest.
func (r *Registry) blob(t testing.TB, value any) string {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	r.blobs[digest(b)] = b
	return digest(b)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// tarOf packs one file, and gives the archive zipped and plain.
func tarOf(t testing.TB, name, content string) (zipped, plain []byte) {
	t.Helper()
	var all, packed bytes.Buffer
	archive := tar.NewWriter(&all)
	err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = archive.Write([]byte(content))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(all.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes(), all.Bytes()
}
