package runner

import (
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
