package runner_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/containerd/errdefs"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// program compiles meca-lsp as it is given out.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "meca-lsp")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/meca-lsp/meca-lsp/cmd/meca-lsp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("meca-lsp does not compile: %v\n%s", err, out)
	}
	return path
}

// echoExample is a copy of examples/echo with its program.
func echoExample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../examples/echo")); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "src", "echo"), "github.com/meca-lsp/meca-lsp/examples/echo/src")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the example does not compile: %v\n%s", err, out)
	}
	return dir
}

// engineSocket is where the tests' engine listens; without an engine on a socket the test is skipped.
func engineSocket(t *testing.T) string {
	t.Helper()
	enginetest.Require(t)
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		host = "unix:///var/run/docker.sock"
	}
	socket, ok := strings.CutPrefix(host, "unix://")
	if _, err := os.Stat(socket); !ok || err != nil {
		t.Skipf("this test needs an engine on a socket, and there is %s", host)
	}
	return socket
}

// A door lets connections through to a socket, as another machine's engine would take them.
type door struct {
	net.Listener
	socket string
	each   sync.WaitGroup
	mu     sync.Mutex // guards open
	open   map[net.Conn]bool
}

func newDoor(t *testing.T, l net.Listener, socket string) *door {
	d := &door{Listener: l, socket: socket, open: map[net.Conn]bool{}}
	d.each.Go(func() {
		for {
			c, err := d.Accept()
			if err != nil {
				return
			}
			d.each.Go(func() { d.pass(c) })
		}
	})
	t.Cleanup(func() {
		_ = d.Close() // a test's listener
		d.cut()
		d.each.Wait()
	})
	return d
}

func (d *door) pass(c net.Conn) {
	defer func() { _ = c.Close() }() // a test's connection
	inside, err := net.Dial("unix", d.socket)
	if err != nil {
		return
	}
	defer func() { _ = inside.Close() }() // a test's connection
	for _, end := range []net.Conn{c, inside} {
		d.mu.Lock()
		d.open[end] = true
		d.mu.Unlock()
	}
	var both sync.WaitGroup
	both.Go(func() { copyOneWay(inside, c) })
	both.Go(func() { copyOneWay(c, inside) })
	both.Wait()
}

// copyOneWay passes on the end of what is said, too.
func copyOneWay(to, from net.Conn) {
	_, _ = io.Copy(to, from) // the end is passed on, whatever it was
	if w, ok := to.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite() // as said
	}
}

// cut breaks all connections.
func (d *door) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.open {
		_ = c.Close() // as said
	}
}

// certificates makes an authority, a server of 127.0.0.1 and a client; the folder is for the latter.
func certificates(t *testing.T) (server *tls.Config, dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var authorityKey *ecdsa.PrivateKey
	issue := func(certificate *x509.Certificate) (der, key []byte) {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if authorityKey == nil {
			authorityKey = own
		}
		if der, err = x509.CreateCertificate(rand.Reader, certificate, authority, &own.PublicKey, authorityKey); err != nil {
			t.Fatal(err)
		}
		if key, err = x509.MarshalECPrivateKey(own); err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	ca, _ := issue(authority)
	write("ca.pem", "CERTIFICATE", ca)
	client, clientKey := issue(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	write("cert.pem", "CERTIFICATE", client)
	write("key.pem", "EC PRIVATE KEY", clientKey)
	der, key := issue(&x509.Certificate{
		SerialNumber: big.NewInt(3), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	private, err := x509.ParseECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}))
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}, dir
}

// A stranger listens on a port of this machine, and counts who comes.
type stranger struct {
	net.Listener
	visits atomic.Int32
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{Listener: l}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.visits.Add(1)
			_ = c.Close() // it was only counted
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done }) // a test's listener
	return s
}

// elsewhere is an engine that publishes the port where, on this machine, a stranger listens.
type elsewhere struct {
	runner.Engine
	stranger *stranger
	heard    func(binding string) // of the real one; may be nil
}

func (e *elsewhere) Inspect(ctx context.Context, id string) (runner.State, error) {
	s, err := e.Engine.Inspect(ctx, id)
	if len(s.Bindings) == 1 {
		if e.heard != nil {
			e.heard(s.Bindings[0])
		}
		s.Bindings = []string{e.stranger.Addr().String()}
	}
	return s, err
}

// byTCP connects to the tests' engine by TCP, as DOCKER_HOST and its like say.
func byTCP(t *testing.T, secure bool) (*runner.Docker, *door) {
	t.Helper()
	socket := engineSocket(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_HOST", "tcp://"+l.Addr().String())
	if secure {
		config, dir := certificates(t)
		l = tls.NewListener(l, config)
		t.Setenv("DOCKER_CERT_PATH", dir)
		t.Setenv("DOCKER_TLS_VERIFY", "1")
	}
	way := newDoor(t, l, socket)
	engine, err := runner.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	engine.ServeAs(program(t))
	return engine, way
}

// nothingLeft makes sure that neither the run's things nor its relay are left.
func nothingLeft(t *testing.T, witness *enginetest.Witness) {
	t.Helper()
	witness.NothingLeft(t)
	short := witness.Last()[:12]
	if c, err := witness.Inspected(context.Background(), "meca-lsp-relay-"+short); !errdefs.IsNotFound(err) {
		t.Errorf("the relay is left: %v %v", c.ContainerJSONBase, err)
	}
	images, err := witness.Images(context.Background())
	if err != nil {
		t.Error(err)
	}
	for _, i := range images {
		if slices.Contains(i.Names, "meca-lsp/relay:"+short) {
			t.Errorf("the relay's image is left: %v", i.Names)
		}
	}
}

// TestEngineByTCP runs the example and some bad tasks on an engine that is reached by TCP. The task is asked through the engine's own
// connection, and never at the port of this machine that has the same number.
func TestEngineByTCP(t *testing.T) {
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			engine, _ := byTCP(t, secure)
			witness := enginetest.NewWitness(t, engine)
			far := &elsewhere{Engine: witness, stranger: newStranger(t)}
			defer func() {
				if n := far.stranger.visits.Load(); n != 0 {
					t.Errorf("%d connections went to a stranger", n)
				}
			}()
			r := runFolder(t.Context(), t, far, echoExample(t), quick(), &recording{})
			if r.Outcome != task.Passed {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			nothingLeft(t, witness)
			if !secure { // the bytes inside are the same
				return
			}
			bad := enginetest.BadTask(t)
			for mode, want := range map[string]string{
				"early":          "Passed: ",
				"redirect-own":   "Passed: ",
				"loopback":       "Failed: meca-init-done was printed, but nothing listens on 0.0.0.0:8080",
				"closes":         "Failed: no whole answer came: the connection was closed without an answer",
				"content-length": "Failed: no whole answer came: the connection was closed in the middle of the answer",
				"exit 1":         "Failed: ",
			} {
				folder := enginetest.Folder(t, bad, enginetest.Files{"Dockerfile": plainDockerfile(mode)})
				r := runFolder(t.Context(), t, far, folder, quick(), &recording{})
				if !strings.HasPrefix(r.Message, want) {
					t.Errorf("%s: got %s, want %s", mode, r.Message, want)
				}
				if mode == "early" && r.Listen.MarkToOpen != nil && *r.Listen.MarkToOpen < 100*time.Millisecond {
					t.Errorf("the gap from mark to port is %v", *r.Listen.MarkToOpen) // it is unknown at worst
				}
				nothingLeft(t, witness)
			}
		})
	}
}

// TestEngineByTCPIsCut breaks all connections in the middle of a run, once. That is no fault of the task's, and nothing is left.
func TestEngineByTCPIsCut(t *testing.T) {
	engine, way := byTCP(t, true)
	witness := enginetest.NewWitness(t, engine)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile("")})
	rec := &recording{seen: func(e task.Event) {
		if e.Phase == task.PhaseAnswer && e.Stream == "" {
			way.cut()
		}
	}}
	r := runFolder(t.Context(), t, witness, folder, quick(), rec)
	if r.Outcome != task.Error || !strings.Contains(r.Message, "the connection to the engine's machine broke") {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	nothingLeft(t, witness)
}

// TestRelayIsReclaimed removes a task's container from another connection, as a watchdog does. Its relay goes with it.
func TestRelayIsReclaimed(t *testing.T) {
	engine, _ := byTCP(t, false)
	witness := enginetest.NewWitness(t, engine)
	watchdog, err := runner.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watchdog.Close)
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile("accepts")})
	rec := &recording{seen: func(e task.Event) {
		if e.Phase != task.PhaseAnswer || e.Stream != "" {
			return
		}
		name := "meca-lsp-relay-" + witness.Last()[:12]
		if _, err := witness.Inspected(t.Context(), name); err != nil {
			t.Error(err)
		}
		if err := watchdog.Remove(t.Context(), witness.Last()); err != nil {
			t.Error(err)
		}
		if _, err := witness.Inspected(t.Context(), name); !errdefs.IsNotFound(err) {
			t.Errorf("the relay is left: %v", err)
		}
	}}
	if r := runFolder(t.Context(), t, witness, folder, quick(), rec); r.Outcome == task.Passed {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	nothingLeft(t, witness)
}
