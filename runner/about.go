package runner

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/system"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// Answer says yes, no, or nothing at all.
type Answer string

// What an engine says of an ability. One that it does not tell of is Unknown, and is neither promised nor refused.
const (
	Unknown Answer = "unknown"
	Yes     Answer = "yes"
	No      Answer = "no"
)

// Abilities are what an engine can do, as far as it tells.
type Abilities struct {
	Podman   bool // it is no Docker Engine: it speaks Docker's API, and knows less of a container's end
	Rootless bool
	Cgroup   string // version of the kernel's control groups, "1" or "2"; "" where it does not say
	CPUs     int    // 0 where it does not say
	Memory   int64  // of the engine's machine, in bytes; 0 where it does not say

	LimitsMemory, LimitsSwap, LimitsCPU, LimitsPIDs Answer
	GPU                                             Answer // whether a container can be given one
}

// Describe names the engine. What it can do is unknown where the engine does not answer that.
func (d *Docker) Describe(ctx context.Context) (Description, error) {
	infos := make(chan *system.Info, 1)
	go func() {
		info, err := d.api.Info(ctx)
		if err != nil {
			infos <- nil // the version's answer tells whether the engine is there
			return
		}
		infos <- &info
	}()
	v, err := d.api.ServerVersion(ctx)
	info := <-infos
	if err != nil {
		return Description{}, engineError(err)
	}
	about := Description{Remote: d.remote, Address: d.address, Unreachable: d.way.unreachable(v)}
	about.EngineInfo = task.EngineInfo{Name: "Docker Engine", Version: plain(v.Version), API: d.api.ClientVersion()}
	podman := false
	for _, c := range v.Components {
		podman = podman || strings.HasPrefix(c.Name, "Podman")
	}
	if podman {
		about.Name = "Podman Engine"
	}
	about.Abilities = d.abilities(info, podman)
	return about, ctx.Err()
}

// abilities reads what an engine says of itself; info is nil where it does not.
func (d *Docker) abilities(info *system.Info, podman bool) Abilities {
	a := Abilities{Podman: podman, LimitsMemory: Unknown, LimitsSwap: Unknown, LimitsCPU: Unknown, LimitsPIDs: Unknown, GPU: Unknown}
	if info == nil || info.NCPU == 0 && info.MemTotal == 0 && info.OSType == "" { // JSON of something else
		return a
	}
	a.Rootless = slices.Contains(info.SecurityOptions, "name=rootless")
	a.Cgroup, a.CPUs, a.Memory = info.CgroupVersion, info.NCPU, info.MemTotal
	a.LimitsMemory, a.LimitsSwap = answer(info.MemoryLimit), answer(info.SwapLimit)
	a.LimitsCPU, a.LimitsPIDs = answer(info.CPUCfsQuota), answer(info.PidsLimit)
	if a.Rootless && a.Cgroup == "1" { // Podman speaks of the kernel's abilities, which a rootless engine has not
		a.LimitsMemory, a.LimitsSwap, a.LimitsCPU, a.LimitsPIDs = No, No, No, No
	}
	a.GPU = d.gpu(info, podman)
	return a
}

func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// gpu tells whether a container can be given a GPU. Podman takes the request and ignores it. A Docker engine has a driver for it where
// it has a runtime or a device of NVIDIA's, and also where it merely found nvidia-container-runtime-hook when it started, of which it
// does not tell: its absence is known of an engine in this very system alone.
func (d *Docker) gpu(info *system.Info, podman bool) Answer {
	if podman {
		return No
	}
	for name := range info.Runtimes {
		if strings.Contains(name, "nvidia") {
			return Yes
		}
	}
	for _, device := range info.DiscoveredDevices {
		if strings.HasPrefix(device.ID, "nvidia.com/gpu") {
			return Yes
		}
	}
	if d.isHere(info) {
		return answer(hasProgram("nvidia-container-runtime-hook"))
	}
	return Unknown
}

// isHere reports whether an engine runs in this very system: not on another machine, nor in a virtual machine or a container of this
// one, whose host name differs, nor around ours.
func (d *Docker) isHere(info *system.Info) bool {
	name, err := os.Hostname()
	return d.remote == "" && err == nil && info.Name == name && info.KernelVersion != "" && info.KernelVersion == kernel()
}

// kernel is the version of this system's kernel; "" where that cannot be read.
func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// hasProgram looks for a program where an engine would, whose path may differ from ours.
func hasProgram(name string) bool {
	if _, err := exec.LookPath(name); err == nil {
		return true
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}
