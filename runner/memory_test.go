package runner_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// statsV2 is what an engine with cgroup v2 answers, as far as it matters: the numbers are those of a Python server under Engine 24.
func statsV2(usage, inactive int64) string {
	return fmt.Sprintf(`{"read":"2024-05-02T10:11:12.131415161Z","pids_stats":{"current":3,"limit":2048},
		"cpu_stats":{"cpu_usage":{"total_usage":183424000,"usage_in_kernelmode":40210000,"usage_in_usermode":143214000},
			"system_cpu_usage":1262450000000,"online_cpus":4,"throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}},
		"memory_stats":{"usage":%d,"stats":{"active_anon":4096,"anon":19726336,"file":%[2]d,"inactive_file":%[2]d,"pgfault":9410},"limit":134217728}}`,
		usage, inactive)
}

// onV2 makes an engine of cgroup v2 whose container uses more and more memory, up to the last of the amounts.
func onV2(t *testing.T, amounts ...int64) *enginetest.Fake {
	fake := enginetest.NewFake(t)
	fake.Break(enginetest.RouteInfo, told(map[string]any{"CgroupVersion": "2"}))
	fake.Break(enginetest.RouteStats, func(w http.ResponseWriter, _ *http.Request, n int) bool {
		_, _ = io.WriteString(w, statsV2(amounts[min(n, len(amounts))-1]+1<<20, 1<<20)) // a client that is gone does not mind
		return true
	})
	return fake
}

// TestPeakSampled: no cat in the image, so that only a lower bound is known.
func TestPeakSampled(t *testing.T) {
	fake := onV2(t, 30<<20, 20<<20)
	r := runPaper(t, fake, `{}`, quick(), &recording{})
	if r.Outcome != task.Passed || r.PeakMemory == nil || *r.PeakMemory < 20<<20 || *r.PeakMemory > 30<<20 || !r.PeakAtLeast {
		t.Errorf("got %s: %s; peak %v, at least %v", r.Outcome, r.Message, r.PeakMemory, r.PeakAtLeast)
	}
	if r.CPUTime == nil || *r.CPUTime != 183424*time.Microsecond {
		t.Errorf("CPU time is %v", r.CPUTime)
	}
	if fake.Hits(enginetest.RouteStats) < 2 {
		t.Error("it was not looked at while it ran")
	}
}

// TestPeakAsked: the image has cat, and the kernel tells the true peak from inside.
func TestPeakAsked(t *testing.T) {
	fake := onV2(t, 30<<20, 20<<20)
	var asked []string
	fake.Break(enginetest.RouteExec, func(w http.ResponseWriter, r *http.Request, _ int) bool {
		var body struct{ Cmd []string }
		_ = json.NewDecoder(r.Body).Decode(&body) // what is missing is missed below
		asked = body.Cmd
		return enginetest.Answer(map[string]string{"Id": "e1"})(w, r, 1)
	})
	fake.Break(enginetest.RouteExecStart, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		_, _ = io.WriteString(w, enginetest.Frame(1, "41943040\n")+enginetest.Frame(2, "cat: no such file\n"))
		return true
	})
	r := runPaper(t, fake, `{}`, quick(), &recording{})
	if r.PeakMemory == nil || *r.PeakMemory != 40<<20 || r.PeakAtLeast {
		t.Errorf("got %s: %s; peak %v, at least %v", r.Outcome, r.Message, r.PeakMemory, r.PeakAtLeast)
	}
	if len(asked) != 3 || asked[0] != "cat" || asked[1] != "/sys/fs/cgroup/memory.peak" {
		t.Errorf("asked was %q", asked)
	}
}

// TestPeakUnknown: figures that were not measured are none.
func TestPeakUnknown(t *testing.T) {
	for _, stats := range []string{`{}`, `{"memory_stats": {}, "cpu_stats": {"cpu_usage": {"total_usage": 0}}}`, `{"memory_stats": {"usage": 5, "stats": {"inactive_file": 9}}}`, `[]`} {
		fake := enginetest.NewFake(t)
		fake.Break(enginetest.RouteInfo, told(map[string]any{"CgroupVersion": "2"}))
		fake.Break(enginetest.RouteStats, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = io.WriteString(w, stats)
			return true
		})
		r := runPaper(t, fake, `{}`, quick(), &recording{})
		if r.Outcome != task.Passed || r.PeakMemory != nil || r.PeakAtLeast || r.CPUTime != nil {
			t.Errorf("%s: got %s: %s; peak %v, CPU %v", stats, r.Outcome, r.Message, r.PeakMemory, r.CPUTime)
		}
	}
}

// TestPeakOfTheDead: the container ended by itself. What was seen of it while it ran is kept.
func TestPeakOfTheDead(t *testing.T) {
	fake := onV2(t, 50<<20)
	fake.Break(enginetest.RouteInspect, enginetest.After(1, enginetest.Answer(map[string]any{"State": map[string]any{"Status": "exited"}})))
	r := runPaper(t, fake, `{}`, quick(), &recording{})
	if r.PeakMemory == nil || *r.PeakMemory != 50<<20 || !r.PeakAtLeast {
		t.Errorf("got %s: %s; peak %v, at least %v", r.Outcome, r.Message, r.PeakMemory, r.PeakAtLeast)
	}
}

func TestPeakFile(t *testing.T) {
	const id = "0123456789abcdef"
	for groups, want := range map[string]string{
		"0::/system.slice/docker-" + id + ".scope\n":                             "/sys/fs/cgroup/system.slice/docker-" + id + ".scope/memory.peak",
		"0::/system.slice/docker-" + id + ".scope/init.scope\n":                  "/sys/fs/cgroup/system.slice/docker-" + id + ".scope/memory.peak",
		"0::/machine.slice/libpod-" + id + ".scope/container":                    "/sys/fs/cgroup/machine.slice/libpod-" + id + ".scope/memory.peak",
		"12:cpu,cpuacct:/docker/" + id + "\n9:memory:/docker/" + id + "\n0::/\n": "/sys/fs/cgroup/memory/docker/" + id + "/memory.max_usage_in_bytes",
		"9:hugetlb,memory:/docker/" + id:                                         "/sys/fs/cgroup/memory/docker/" + id + "/memory.max_usage_in_bytes",
		"0::/../docker-" + id + ".scope\n":                                       "", // another namespace's view
		"0::/user.slice/user-0.slice\n":                                          "", // another process altogether
		"9:memorystone:/docker/" + id:                                            "",
		"":                                                                       "", "nonsense\n:::\n": "",
	} {
		if got := runner.PeakFile(groups, id); got != want {
			t.Errorf("%q gives %q, want %q", groups, got, want)
		}
	}
}
