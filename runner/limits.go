package runner

import (
	"fmt"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/schema"
)

// minMemory is the least that Docker accepts, in MiB.
const minMemory = 6

// The most that makes sense; beyond it the engine's numbers would overflow.
const (
	maxMemory = 1 << 30 // MiB
	maxCPUs   = 1 << 16
	maxGPUs   = 1 << 10
)

// todaysLimits are what a task gets on the hosts of today, whatever its config.json says (docs/hosts.md#configjson).
func todaysLimits() schema.Limits { return schema.Limits{CPU: 1, MemMiB: 128} }

// checkLimits refuses what an engine would read as "no limit", or not at all.
func checkLimits(l schema.Limits) error {
	switch {
	case l.CPU < 1 || l.CPU > maxCPUs:
		return failed("config.json asks for %d CPUs, which no host can give", l.CPU)
	case l.MemMiB < minMemory || l.MemMiB > maxMemory:
		return failed("config.json asks for %d MB of memory; a container has at least %d MB", l.MemMiB, minMemory)
	case l.GPUCount < 0 || l.GPUCount > maxGPUs:
		return failed("config.json asks for %d GPUs, which no host can give", l.GPUCount)
	default:
		return nil
	}
}

// checkEngine compares what the task is to get with what the engine can give, before anything is built.
func (r *run) checkEngine() error {
	limits, about := r.report.Limits, r.about
	var words []string
	lack := func(key string, has int64, format string, args ...any) {
		r.report.Lacks = append(r.report.Lacks, task.Lack{Key: key, Has: has})
		words = append(words, fmt.Sprintf(format, args...))
	}
	tooFew := about.CPUs > 0 && limits.CPU > int64(about.CPUs)
	switch {
	case tooFew && about.Podman: // it starts the container all the same
		r.teller.line(fromEngine, fmt.Sprintf("the engine has %d CPUs, so that the limit of %d has no effect", about.CPUs, limits.CPU))
	case tooFew:
		lack("cpu", int64(about.CPUs), "config.json asks for %d CPUs, and this engine has %d", limits.CPU, about.CPUs)
	case about.LimitsCPU == No && !r.opts.AllowUnlimited:
		lack("cpu", 0, "this engine cannot limit a container to %d CPUs", limits.CPU)
	}
	if about.LimitsMemory == No && !r.opts.AllowUnlimited {
		lack("mem", 0, "this engine cannot limit a container to %d MB of memory, and a passed run would mean nothing", limits.MemMiB)
	}
	if limits.UseGPU && about.GPU == No {
		lack("use_gpu", 0, "config.json asks for a GPU, and this engine has none to give")
	}
	if len(words) > 0 {
		return trouble("%s; nothing was built; meca-lsp doctor tells more", strings.Join(words, "; "))
	}
	r.tellUnlimited()
	return nil
}

// tellUnlimited says which limits are not enforced.
func (r *run) tellUnlimited() {
	for _, l := range []struct {
		can  Answer
		what string
	}{
		{r.about.LimitsMemory, "the memory"}, {r.about.LimitsCPU, "the CPUs"}, {r.about.LimitsPIDs, "the number of processes"},
	} {
		if l.can == No {
			r.teller.line(fromEngine, "the engine cannot limit "+l.what+" of a container: this run has no such limit")
		}
	}
}

// limited gives a container the task's limits, as far as the engine is able to enforce them.
func (r *run) limited(c Container) Container {
	limits := r.report.Limits
	c.CPUs, c.Memory, c.GPUs = limits.CPU, limits.MemMiB<<20, gpus(limits)
	if r.about.LimitsCPU == No {
		c.CPUs = 0
	}
	if r.about.LimitsMemory == No {
		c.Memory = 0
	}
	return c
}

// unlimited is an error where the engine's warnings at a container's creation say that it has no memory limit.
func (r *run) unlimited(warnings []string) error {
	if r.opts.AllowUnlimited {
		return nil
	}
	for _, w := range warnings {
		w = strings.ToLower(w)
		noMemory := strings.Contains(w, "memory limit") && (strings.Contains(w, "not support") || strings.Contains(w, "discarded"))
		swapOnly := strings.Contains(w, "swap") // "… memory limited without swap"; a host does not limit it either
		ignored := strings.Contains(w, "resource limits are not supported")
		if noMemory && !swapOnly || ignored {
			r.report.Lacks = append(r.report.Lacks, task.Lack{Key: "mem"})
			return trouble("this engine cannot limit a container to %d MB of memory, and a passed run would mean nothing", r.report.Limits.MemMiB)
		}
	}
	return nil
}

// gpus is how many GPUs the engine is asked for: -1 for all, as hosts do where none are counted.
func gpus(l schema.Limits) int {
	switch {
	case !l.UseGPU:
		return 0
	case l.GPUCount == 0:
		return -1
	default:
		return int(l.GPUCount)
	}
}
