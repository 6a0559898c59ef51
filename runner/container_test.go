package runner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// TestContainerIsAHosts looks at a live container: it has a host's limits, and nothing of this machine's.
func TestContainerIsAHosts(t *testing.T) {
	witness := enginetest.NewWitness(t, enginetest.Require(t))
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{
		"Dockerfile":  plainDockerfile(""),
		"config.json": `{"resource": {"cpu": 1, "mem": 96}}`,
	})
	var c container.InspectResponse
	rec := &recording{seen: func(e task.Event) {
		if e.Phase == task.PhaseAnswer && e.Stream == "" {
			var err error
			if c, err = witness.Inspected(t.Context(), witness.Last()); err != nil {
				t.Error(err)
			}
		}
	}}
	r := runFolder(t.Context(), t, witness, folder, quick(), rec)
	if r.Outcome != task.Passed || c.ContainerJSONBase == nil {
		t.Fatalf("got %s: %s", r.Outcome, r.Message)
	}
	h := c.HostConfig
	for what, ok := range map[string]bool{
		"one CPU":             h.NanoCPUs == 1e9,
		"96 MiB":              h.Memory == 96<<20,
		"2048 processes":      h.PidsLimit != nil && *h.PidsLimit == 2048,
		"no new privileges":   slices.Equal(h.SecurityOpt, []string{"no-new-privileges"}) && !h.Privileged,
		"no mounts":           len(h.Binds) == 0 && len(h.Mounts) == 0 && len(c.Mounts) == 0,
		"no devices":          len(h.Devices) == 0 && len(h.DeviceRequests) == 0,
		"no host's names":     h.PidMode == "" && !h.IpcMode.IsHost() && !h.NetworkMode.IsHost() && h.UTSMode == "",
		"no restart":          h.RestartPolicy.IsNone(),
		"no log":              h.LogConfig.Type == "none",
		"no added rights":     len(h.CapAdd) == 0,
		"no terminal":         !c.Config.Tty && !c.Config.OpenStdin,
		"no environment":      !strings.Contains(fmt.Sprint(c.Config.Env), "PROXY"),
		"a session":           len(c.Config.Labels["org.meca-lsp.session"]) == 32,
		"a start":             recent(c.Config.Labels["org.meca-lsp.started"]),
		"one loopback port":   len(c.NetworkSettings.Ports) == 1 && len(c.NetworkSettings.Ports["8080/tcp"]) == 1 && c.NetworkSettings.Ports["8080/tcp"][0].HostIP == "127.0.0.1",
		"an image of ours":    strings.HasPrefix(c.Image, "sha256:"),
		"no automatic ending": !h.AutoRemove,
	} {
		if !ok {
			t.Errorf("the container has not: %s\n%+v\n%+v", what, h, c.Config)
		}
	}
	witness.NothingLeft(t)
}

func recent(s string) bool {
	at, err := time.Parse(time.RFC3339, s)
	return err == nil && time.Since(at) < time.Minute
}

// TestWhatTheEngineCannotGive is no fault of the task.
func TestWhatTheEngineCannotGive(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	for _, test := range []struct{ name, config, want string }{
		{"GPU", `{"resource": {"cpu": 1, "mem": 64, "use_gpu": true, "gpu_count": 1}}`, "asks for a GPU, and this engine has none"},
		{"CPUs", `{"resource": {"cpu": 60000, "mem": 64}}`, "asks for 60000 CPUs, and this engine has"},
	} {
		t.Run(test.name, func(t *testing.T) {
			witness := enginetest.NewWitness(t, engine)
			folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": plainDockerfile(""), "config.json": test.config})
			r := runFolder(t.Context(), t, witness, folder, quick(), &recording{})
			if r.Outcome != task.Error || !strings.Contains(r.Message, test.want) {
				t.Errorf("got %s: %s", r.Outcome, r.Message)
			}
			witness.NothingLeft(t)
		})
	}
}

// TestBuildOnly stops after the build, and removes the image.
func TestBuildOnly(t *testing.T) {
	witness := enginetest.NewWitness(t, enginetest.Require(t))
	folder := enginetest.Folder(t, enginetest.BadTask(t), enginetest.Files{"Dockerfile": plainDockerfile("")})
	if err := os.Remove(filepath.Join(folder, task.InputFile)); err != nil { // it is not needed
		t.Fatal(err)
	}
	opts := quick()
	opts.BuildOnly = true
	r := runFolder(t.Context(), t, witness, folder, opts, &recording{})
	if r.Outcome != task.Passed || r.Answer != nil || len(r.Steps) != 2 || !strings.Contains(r.Message, "the image was built") {
		t.Errorf("got %+v", r)
	}
	witness.NothingLeft(t)
}

// TestForgedImage lets a RUN print what the builder prints of an image that is another's. That image stays.
func TestForgedImage(t *testing.T) {
	engine := enginetest.Require(t)
	program := enginetest.BadTask(t)
	witness := enginetest.NewWitness(t, engine)
	foreign := witness.ForeignImage(t)
	id := strings.TrimPrefix(foreign, "sha256:")[:12]
	// It is printed whole, and with what the builder says at the end of a step.
	folder := enginetest.Folder(t, program, enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src/badtask /badtask\n" +
		"RUN [\"/badtask\", \"say\", \" ---> " + id + "\"]\n" +
		"RUN [\"/badtask\", \"forge\", \" ---> " + id + "\"]\nCMD [\"/badtask\"]\n"})
	r := runFolder(t.Context(), t, witness, folder, quick(), &recording{})
	if r.Outcome != task.Passed {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	images, err := engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(images, func(i runner.Image) bool { return i.ID == foreign }) {
		t.Error("another's image was removed")
	}
}
