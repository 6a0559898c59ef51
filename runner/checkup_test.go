package runner_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/runner"
)

var update = flag.Bool("update", false, "write what doctor tells into testdata")

// TestChecks judges engines of paper; testdata/doctor holds what is told of each, and is written anew by -update.
func TestChecks(t *testing.T) {
	version := func(v string, components ...string) map[string]any {
		list := []map[string]string{}
		for _, c := range components {
			list = append(list, map[string]string{"Name": c})
		}
		return map[string]any{"Version": v, "ApiVersion": "1.41", "Components": list}
	}
	nvidia := map[string]any{"Runtimes": map[string]any{"nvidia": map[string]any{"path": "x"}}, "NCPU": 8}
	for name, test := range map[string]struct {
		version map[string]any
		info    map[string]any
		broken  bool // it does not tell of itself
	}{
		"sound":     {version: version("28.5.2"), info: nvidia},
		"old":       {version: version("20.10.24"), info: map[string]any{"CgroupVersion": "2", "OperatingSystem": "A system\x1b[31m", "Warnings": []string{"WARNING: No swap limit support"}}},
		"small":     {version: version("29.0.1"), info: map[string]any{"NCPU": 1, "MemTotal": 1 << 30, "SwapLimit": false, "PidsLimit": false}},
		"limitless": {version: version("28.0.0"), info: map[string]any{"SecurityOptions": []string{"name=seccomp,profile=builtin", "name=rootless"}}},
		"podman":    {version: version("4.3.1", "Podman Engine"), info: map[string]any{"NCPU": 2}},
		"silent":    {version: version("x"), broken: true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := enginetest.NewFake(t)
			fake.Break(enginetest.RouteVersion, enginetest.Answer(test.version))
			fake.Break(enginetest.RouteInfo, told(test.info))
			if test.broken {
				fake.Break(enginetest.RouteInfo, enginetest.Faults()["500"])
			}
			x, err := fake.Connect(t).Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			x.Address = "unix:///paper.sock"
			var got strings.Builder
			for _, c := range x.Checks() {
				fmt.Fprintf(&got, "%s %s: %s\n", c.Level, c.Name, c.Value)
				if c.Text != "" {
					fmt.Fprintf(&got, "\t%s\n", c.Text)
				}
			}
			file := filepath.Join("testdata", "doctor", name+".txt")
			if *update {
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(got.String()), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if diff := cmp.Diff(string(want), got.String()); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestExamineKept counts what is ours, and only asks.
func TestExamineKept(t *testing.T) {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteImages, enginetest.Answer([]map[string]any{
		{"Id": "sha256:1", "RepoTags": []string{"meca-lsp/echo:1", "meca-lsp/echo:2"}, "Size": 100},
		{"Id": "sha256:2", "RepoTags": []string{"localhost/meca-lsp/a:1"}, "Size": 10},
		{"Id": "sha256:3", "RepoTags": []string{"another/meca-lsp/a:1", "<none>:<none>"}, "Size": 1000},
		{"Id": "sha256:4", "RepoTags": nil, "Size": 1000},
	}))
	fake.Break(enginetest.RouteFind, enginetest.Answer([]map[string]any{{"Id": "c1"}}))
	x, err := fake.Connect(t).Examine(t.Context())
	if err != nil || x.Kept != (runner.Kept{Images: 2, Bytes: 110, Containers: 1}) {
		t.Errorf("got %+v, %v", x, err)
	}
	for _, route := range []string{enginetest.RouteBuild, enginetest.RouteCreate, enginetest.RouteTag} {
		if fake.Hits(route) > 0 {
			t.Errorf("%s was asked for", route)
		}
	}
}

// TestExamineFaults: an engine in trouble is told of, or described by what it leaves unknown; it never hangs.
func TestExamineFaults(t *testing.T) {
	for name, fault := range enginetest.Faults() {
		if name == "stall" || name == "endless body" {
			continue // they end with the time limit, which is long
		}
		for _, route := range []string{enginetest.RouteVersion, enginetest.RouteInfo, enginetest.RouteImages, enginetest.RouteFind} {
			fake := enginetest.NewFake(t)
			fake.Break(route, fault)
			x, err := fake.Connect(t).Examine(t.Context())
			if (err == nil) != (route == enginetest.RouteInfo) {
				t.Errorf("%s, %s: got %v, %v", route, name, x, err)
			}
			if err == nil && x.LimitsMemory != runner.Unknown {
				t.Errorf("%s: limits are %s", name, x.LimitsMemory)
			}
			if err != nil && strings.Contains(err.Error(), "http://") {
				t.Errorf("%s, %s: %v", route, name, err)
			}
		}
	}
}
