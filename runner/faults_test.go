package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// runFake runs a sound folder on an engine of paper, and makes sure that it ends soon.
func runFake(ctx context.Context, t *testing.T, fake *enginetest.Fake, rec *recording) *task.Report {
	t.Helper()
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	began := time.Now()
	opts := task.RunOptions{BuildTimeout: 3 * time.Second, ReadyTimeout: 3 * time.Second, AnswerTimeout: 3 * time.Second}
	r := runner.RunImpatiently(ctx, 2*time.Second, runner.Job{Engine: fake.Connect(t), Files: dir, Folder: task.Load(dir), Options: opts}, rec.emit)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the run took %v", took)
	}
	return r
}

func TestFake(t *testing.T) {
	fake := enginetest.NewFake(t)
	r := runFake(t.Context(), t, fake, &recording{})
	if r.Outcome != task.Passed || r.PeakMemory == nil || *r.PeakMemory != 12<<20 {
		t.Errorf("got %+v", r)
	}
	if left := fake.Left(); left != nil {
		t.Errorf("left are %q", left)
	}
}

// TestFaults breaks every route in every way, for good and once. A run must end by its deadlines, pass only with the right answer, and
// leave nothing that it does not tell of.
func TestFaults(t *testing.T) {
	var tests []named
	for _, route := range enginetest.Routes() {
		for name, fault := range enginetest.Faults() {
			tests = append(tests, named{route + " " + name, func(t *testing.T) { faulty(t, route, fault) }})
			tests = append(tests, named{route + " " + name + " once", func(t *testing.T) {
				r := faulty(t, route, enginetest.Once(fault))
				if strings.Contains(r.Message, "left in the engine") {
					t.Errorf("one fault is too much: %s", r.Message)
				}
			}})
		}
	}
	abreast(t, 16, tests)
}

func faulty(t *testing.T, route string, fault enginetest.Fault) *task.Report {
	fake := enginetest.NewFake(t)
	fake.Break(route, fault)
	r := runFake(t.Context(), t, fake, &recording{})
	if r.Outcome == task.Passed && (r.Answer == nil || r.Answer.Match != task.MatchExact) || r.Outcome == task.Canceled {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	if strings.ContainsAny(r.Message, "\x1b\x00\n") || strings.Contains(r.Message, "Ffake") {
		t.Errorf("the message is not for a person: %q", r.Message)
	}
	if left := fake.Left(); left != nil && !strings.Contains(r.Message, "left in the engine") {
		t.Errorf("left are %q after %s", left, r.Message)
	}
	return r
}

// TestCreateReplyLost lets the engine make the container and the answer get lost.
func TestCreateReplyLost(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteCreate, func(w http.ResponseWriter, r *http.Request, n int) bool {
		fake.CreateFrom(r.Body)
		return enginetest.Faults()["reset"](w, r, n)
	})
	r := runFake(t.Context(), t, fake, &recording{})
	if r.Outcome != task.Error {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	if left := fake.Left(); left != nil {
		t.Errorf("left are %q", left)
	}
}

// TestBuildCut cuts the builder's messages at many places.
func TestBuildCut(t *testing.T) {
	whole := len(strings.Join(enginetest.NewFake(t).BuildMessages(), ""))
	var tests []named
	for at := 0; at < whole; at += 61 {
		tests = append(tests, named{fmt.Sprint("at ", at), func(t *testing.T) {
			fake := enginetest.NewFake(t)
			fake.Break(enginetest.RouteBuild, func(w http.ResponseWriter, r *http.Request, _ int) bool {
				_, _ = io.Copy(io.Discard, r.Body) // as the engine does
				_, _ = io.WriteString(w, strings.Join(fake.BuildMessages(), "")[:at])
				return true
			})
			r := runFake(t.Context(), t, fake, &recording{})
			if r.Outcome != task.Error || !strings.Contains(r.Message, "interrupted") || r.BuildFailure != nil {
				t.Errorf("cut at %d of %d: got %s: %s", at, whole, r.Outcome, r.Message)
			}
		}})
	}
	abreast(t, 16, tests) // most of the time they wait for the builder to notice
}

// TestRemoveBusy answers a removal with "in progress" twice.
func TestRemoveBusy(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteRemoveContainer, func(w http.ResponseWriter, r *http.Request, n int) bool {
		return n <= 2 && enginetest.Faults()["409"](w, r, n)
	})
	r := runFake(t.Context(), t, fake, &recording{})
	if left := fake.Left(); left != nil || r.Outcome != task.Passed || strings.Contains(r.Message, "left") {
		t.Errorf("left are %q after %s", left, r.Message)
	}
}

// TestBindings lets the engine publish the port otherwise than it was asked to.
func TestBindings(t *testing.T) {
	for _, ports := range []string{
		`null`, `{}`, `{"8080/tcp": null}`, `{"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "1"}]}`,
		`{"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}, {"HostIp": "::1", "HostPort": "1"}]}`,
		`{"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}`,
	} {
		fake := enginetest.NewFake(t)
		fake.Break(enginetest.RouteInspect, func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n != 2 { // after the look for a container that was kept
				return false
			}
			_, _ = io.WriteString(w, `{"State": {"Running": true}, "NetworkSettings": {"Ports": `+ports+`}}`)
			return true
		})
		r := runFake(t.Context(), t, fake, &recording{})
		if r.Outcome != task.Error || !strings.Contains(r.Message, "published port 8080 on") {
			t.Errorf("%s: got %s: %s", ports, r.Outcome, r.Message)
		}
		if left := fake.Left(); left != nil {
			t.Errorf("%s: left are %q", ports, left)
		}
	}
}

// TestWarnings shows what the engine says that it cannot enforce.
func TestWarnings(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteCreate, func(w http.ResponseWriter, r *http.Request, _ int) bool {
		id := fake.CreateFrom(r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"Id": "`+id+`", "Warnings": ["Your kernel does not support memory limit."]}`)
		return true
	})
	rec := &recording{}
	if runFake(t.Context(), t, fake, rec); !strings.Contains(rec.lines("engine"), "does not support memory limit") {
		t.Errorf("told was %q", rec.lines("engine"))
	}
}

// TestLostContainer ends the wait's stream while the container lives: that is no end of it.
func TestLostContainer(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteWait, enginetest.Once(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.WriteHeader(http.StatusOK)
		return true
	}))
	if r := runFake(t.Context(), t, fake, &recording{}); r.Outcome != task.Passed || fake.Hits(enginetest.RouteWait) != 2 {
		t.Errorf("got %s: %s; the wait was asked for %d times", r.Outcome, r.Message, fake.Hits(enginetest.RouteWait))
	}
}

// TestRemoteEngine asks nobody where the way to the task is closed: neither before anything is made, nor later. What listens on this
// machine's port of the same number is, with an engine of paper, the task itself: a run that asked there would pass.
func TestRemoteEngine(t *testing.T) {
	for name, test := range map[string]struct {
		platform string
		want     string
		builds   int
	}{
		"another platform": {`"Os": "plan9", "Arch": "mips"`, "cannot be asked from here: it is for plan9/mips", 0},
		"no images":        {fmt.Sprintf(`"Os": %q, "Arch": %q`, runtime.GOOS, runtime.GOARCH), "the relay to its port cannot be made", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS != "linux" && test.builds > 0 {
				t.Skip("relays are for Linux")
			}
			fake := enginetest.NewFake(t)
			fake.Break(enginetest.RouteVersion, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				_, _ = io.WriteString(w, `{"Version": "0.0-paper", `+test.platform+`}`)
				return true
			})
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			newDoor(t, l, strings.TrimPrefix(fake.Host(), "unix://"))
			engine, err := runner.ConnectTo(t.Context(), "tcp://"+l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(engine.Close)
			engine.ServeAs(enginetest.BadTask(t)) // a program without libraries
			r := runFolder(t.Context(), t, engine, enginetest.Folder(t, "", nil), quick(), &recording{})
			if r.Outcome != task.Error || !strings.Contains(r.Message, test.want) || fake.Hits(enginetest.RouteBuild) != test.builds {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			if left := fake.Left(); left != nil {
				t.Errorf("left are %q", left)
			}
		})
	}
}

// TestConnectStalled gives up on a socket that accepts and never answers.
func TestConnectStalled(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.StallPings()
	began := time.Now()
	_, err := runner.ConnectTo(t.Context(), fake.Host())
	var none *runner.NoEngineError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "did not answer within 5s") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
}
