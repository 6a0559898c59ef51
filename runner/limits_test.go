package runner_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// runPaper runs a folder with a config.json of its own on an engine of paper.
func runPaper(t *testing.T, fake *enginetest.Fake, config string, opts task.RunOptions, rec *recording) *task.Report {
	t.Helper()
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n", "config.json": config}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	return runner.Run(t.Context(), runner.Job{Engine: fake.Connect(t), Files: dir, Folder: task.Load(dir), Options: opts}, rec.emit)
}

// told changes what the engine tells of itself.
func told(changes map[string]any) enginetest.Fault {
	info := enginetest.SoundInfo()
	maps.Copy(info, changes)
	return enginetest.Answer(info)
}

// TestLacks looks at what an engine cannot give: it is told before the build, and nothing is built.
func TestLacks(t *testing.T) {
	const plain, gpu = `{"resource": {"cpu": 2, "mem": 64}}`, `{"resource": {"cpu": 2, "mem": 64, "use_gpu": true, "gpu_count": 1}}`
	here := map[string]any{"Runtimes": map[string]any{"runc": map[string]any{"path": "runc"}}}
	rootless := map[string]any{"SecurityOptions": []string{"name=rootless"}}
	for _, test := range []struct {
		name, config string
		info         map[string]any
		unlimited    bool // --allow-unlimited
		lacks        []task.Lack
		message      string // of a run that was refused
		line         string // that was told of a run that went on
	}{
		{name: "enough", config: plain},
		{name: "too few CPUs", config: plain, info: map[string]any{"NCPU": 1}, lacks: []task.Lack{{Key: "cpu", Has: 1}},
			message: "config.json asks for 2 CPUs, and this engine has 1"},
		{name: "no memory limit", config: plain, info: map[string]any{"MemoryLimit": false}, lacks: []task.Lack{{Key: "mem"}},
			message: "cannot limit a container to 64 MB of memory"},
		{name: "no CPU limit", config: plain, info: map[string]any{"CpuCfsQuota": false}, lacks: []task.Lack{{Key: "cpu"}},
			message: "cannot limit a container to 2 CPUs"},
		{name: "rootless with cgroup 1", config: plain, info: rootless, lacks: []task.Lack{{Key: "cpu"}, {Key: "mem"}}, message: "cannot limit"},
		{name: "no memory limit, allowed", config: plain, info: map[string]any{"MemoryLimit": false}, unlimited: true,
			line: "the engine cannot limit the memory of a container: this run has no such limit"},
		{name: "no limit of processes", config: plain, info: map[string]any{"PidsLimit": false},
			line: "the engine cannot limit the number of processes"},
		{name: "GPU where nobody knows", config: gpu, info: here},
		{name: "GPU by runtime", config: gpu, info: map[string]any{"Runtimes": map[string]any{"nvidia": map[string]any{"path": "nvidia-container-runtime"}}}},
		{name: "GPU by CDI", config: gpu, info: map[string]any{"DiscoveredDevices": []map[string]string{{"Source": "cdi", "ID": "nvidia.com/gpu=0"}}}},
		{name: "nothing told", config: gpu, info: map[string]any{"OSType": "", "NCPU": 0, "MemTotal": 0, "MemoryLimit": false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := enginetest.NewFake(t)
			fake.Break(enginetest.RouteInfo, told(test.info))
			opts := quick()
			opts.AllowUnlimited = test.unlimited
			rec := &recording{}
			r := runPaper(t, fake, test.config, opts, rec)
			refused := test.message != ""
			if refused != (r.Outcome == task.Error) || !strings.Contains(r.Message, test.message) || !slices.Equal(r.Lacks, test.lacks) {
				t.Errorf("got %s: %s; lacks %v", r.Outcome, r.Message, r.Lacks)
			}
			if built := fake.Hits(enginetest.RouteBuild) > 0; built == refused {
				t.Errorf("built: %v", built)
			}
			if !strings.Contains(rec.lines("engine"), test.line) {
				t.Errorf("told was %q", rec.lines("engine"))
			}
		})
	}
}

// TestPodmanLacks: it takes a request for a GPU and ignores it, and starts a container that asks for more CPUs than there are.
func TestPodmanLacks(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteVersion, enginetest.Answer(map[string]any{
		"Version": "4.3.1", "ApiVersion": "1.41", "Components": []map[string]string{{"Name": "Podman Engine", "Version": "4.3.1"}},
	}))
	r := runPaper(t, fake, `{"resource": {"cpu": 1, "mem": 64, "use_gpu": true}}`, quick(), &recording{})
	if r.Outcome != task.Error || !slices.Equal(r.Lacks, []task.Lack{{Key: "use_gpu"}}) || fake.Hits(enginetest.RouteBuild) > 0 {
		t.Errorf("got %s: %s", r.Outcome, r.Message)
	}
	rec := &recording{}
	if r := runPaper(t, fake, `{"resource": {"cpu": 8, "mem": 64}}`, quick(), rec); r.Outcome != task.Passed ||
		!strings.Contains(rec.lines("engine"), "the engine has 4 CPUs, so that the limit of 8 has no effect") {
		t.Errorf("got %s: %s\n%s", r.Outcome, r.Message, rec.lines("engine"))
	}
}

// TestLimitDiscarded refuses a container that the engine warns to be without its limit, and one alone.
func TestLimitDiscarded(t *testing.T) {
	for warning, refused := range map[string]bool{
		"Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.":         true,
		"Resource limits are not supported and ignored on cgroups V1 rootless systems":                                       true,
		"Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.":    false,
		"Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.":           false,
		"Published ports are discarded when using host network mode, and this sentence has nothing to do with any mem limit": false,
	} {
		for _, allowed := range []bool{false, true} {
			fake := enginetest.NewFake(t)
			fake.Break(enginetest.RouteCreate, func(w http.ResponseWriter, r *http.Request, _ int) bool {
				id := fake.CreateFrom(r.Body)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"Id": "`+id+`", "Warnings": ["`+warning+`"]}`)
				return true
			})
			opts := quick()
			opts.AllowUnlimited = allowed
			rec := &recording{}
			r := runPaper(t, fake, `{}`, opts, rec)
			want := task.Passed
			if refused && !allowed {
				want = task.Error
			}
			if r.Outcome != want || !strings.Contains(rec.lines("engine"), warning) {
				t.Errorf("%q, allowed %v: got %s: %s", warning, allowed, r.Outcome, r.Message)
			}
			if left := fake.Left(); left != nil {
				t.Errorf("left are %q", left)
			}
		}
	}
}
