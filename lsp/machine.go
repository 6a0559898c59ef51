package lsp

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is what this machine has to give; 0 where that is not known.
type machine struct {
	cpus   int64
	memMiB int64
}

// thisMachine asks the runtime, and the kernel where that is cheap.
func thisMachine() machine {
	m := machine{cpus: int64(runtime.NumCPU())}
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return m // another system than Linux
	}
	defer func() { _ = f.Close() }() // it was only read
	head, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return m
	}
	m.memMiB = totalMemory(string(head))
	return m
}

// totalMemory reads the line `MemTotal: 16384 kB`, in MiB; 0 where there is none.
func totalMemory(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil || kib < 0 {
				return 0
			}
			return kib >> 10
		}
	}
	return 0
}
