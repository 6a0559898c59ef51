package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Usage is what a container has used so far. A figure that was not measured is nil.
type Usage struct {
	Peak *int64         // the most memory at once, in bytes, as the kernel has kept it
	Now  *int64         // memory at this moment, in bytes, without what the kernel would drop first
	CPU  *time.Duration // time of all its processors together
}

// Measure reads the engine's statistics. With cgroup v1 the kernel's peak stands there. With cgroup v2, and with Podman, it does not:
// then the kernel is asked itself, where the engine's containers are processes of this system.
func (d *Docker) Measure(ctx context.Context, id string) (Usage, error) {
	stats, err := d.api.ContainerStatsOneShot(ctx, id)
	if err != nil {
		return Usage{}, engineError(err)
	}
	defer func() { _ = stats.Body.Close() }() // it was only read
	var s container.StatsResponse
	if err := json.NewDecoder(io.LimitReader(stats.Body, 1<<20)).Decode(&s); err != nil {
		return Usage{}, fmt.Errorf("the engine's statistics cannot be read: %w", err)
	}
	u := usage(s)
	if u.Peak == nil && d.remote == "" {
		u.Peak = d.keptPeak(ctx, id)
	}
	return u, nil
}

// usage reads an engine's statistics. What is 0 there is not known: no running container uses nothing.
func usage(s container.StatsResponse) Usage {
	var u Usage
	if peak := int64(s.MemoryStats.MaxUsage); peak > 0 {
		u.Peak = &peak
	}
	// What the kernel would drop first is named so in cgroup v2 alone.
	if now := int64(s.MemoryStats.Usage) - int64(s.MemoryStats.Stats["inactive_file"]); now > 0 {
		u.Now = &now
	}
	if took := time.Duration(s.CPUStats.CPUUsage.TotalUsage); took > 0 {
		u.CPU = &took
	}
	return u
}

// keptPeak reads the peak from the control group of a container's first process; nil where that is not to be had. The engine may be in
// another process namespace, where the number means another process: the group must have the container's id in its name.
func (d *Docker) keptPeak(ctx context.Context, id string) *int64 {
	c, err := d.api.ContainerInspect(ctx, id)
	if err != nil || c.ContainerJSONBase == nil || c.State == nil || c.State.Pid <= 0 {
		return nil
	}
	groups, err := readSmall(filepath.Join("/proc", strconv.Itoa(c.State.Pid), "cgroup"))
	if err != nil {
		return nil
	}
	path := peakFile(groups, id)
	if path == "" {
		return nil
	}
	b, err := readSmall(path)
	if err != nil {
		return nil
	}
	return firstNumber(b)
}

// peakFile is where the kernel keeps the peak of a container, given its first process's /proc/PID/cgroup; "" where that has no group of
// this container.
func peakFile(groups, id string) string {
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // 0::/system.slice/docker-ID.scope, 9:memory:/docker/ID
		if len(parts) < 3 {
			continue
		}
		at := strings.Index(parts[2], id)
		if id == "" || at < 0 || strings.Contains(parts[2], "..") {
			continue
		}
		end := strings.IndexByte(parts[2][at:], '/') // the container may have groups of its own below
		group := parts[2]
		if end >= 0 {
			group = group[:at+end]
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			return filepath.Join("/sys/fs/cgroup", group, "memory.peak")
		case strings.Contains(","+parts[1]+",", ",memory,"):
			return filepath.Join("/sys/fs/cgroup/memory", group, "memory.max_usage_in_bytes")
		}
	}
	return ""
}

// readSmall reads the first 64 KiB of a file.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return string(b), err
}

// firstNumber is the positive number that a text begins with; nil where it begins with none.
func firstNumber(s string) *int64 {
	word, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	n, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64)
	if err != nil || n <= 0 {
		return nil
	}
	return &n
}

// A sampler looks now and then at what a container uses, for engines that do not keep the peak. It looks no more once it has met a
// kept one: the end will give that.
type sampler struct {
	stop func() // ends it, and waits for its end

	mu   sync.Mutex // guards most
	most int64      // bytes; 0 before the first look
}

// The times between two looks: closer at the begin, where a task loads what it needs.
const (
	firstRest = 20 * time.Millisecond
	longRest  = 500 * time.Millisecond
)

// sample begins to look at a container that was started. It ends with the container, or by stop.
func sample(ctx context.Context, engine Engine, w *watched) *sampler {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // stop is always called
	s, done := &sampler{}, make(chan struct{})
	s.stop = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		for rest := firstRest; ; rest = min(2*rest, longRest) {
			u, err := engine.Measure(ctx, w.id)
			if err != nil || u.Peak != nil || u.Now == nil {
				return // there is nothing to be had, or no need
			}
			s.mu.Lock()
			s.most = max(s.most, *u.Now)
			s.mu.Unlock()
			if within(ctx, w.ended, rest) || ctx.Err() != nil {
				return
			}
		}
	}()
	return s
}

// peak is the most that was seen; nil where nothing was.
func (s *sampler) peak() *int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most == 0 {
		return nil
	}
	most := s.most
	return &most
}

// measureUsage writes what the container has used. The peak that the kernel has kept is exact; the most of what was seen is a lower
// bound, and the report says so.
func (r *run) measureUsage(ctx context.Context, running bool) {
	rep := r.report
	if running {
		if u, err := r.engine.Measure(ctx, r.container.id); err == nil {
			rep.PeakMemory, rep.CPUTime = u.Peak, u.CPU
			if u.Peak == nil && u.Now != nil {
				rep.PeakMemory = r.askPeak(ctx)
			}
			if rep.PeakMemory == nil && u.Now != nil {
				r.atLeast(u.Now)
			}
		}
	}
	if r.samples != nil && (rep.PeakMemory == nil || rep.PeakAtLeast) {
		r.atLeast(r.samples.peak())
	}
}

// atLeast notes a lower bound of the peak.
func (r *run) atLeast(seen *int64) {
	if seen != nil && (r.report.PeakMemory == nil || *r.report.PeakMemory < *seen) {
		r.report.PeakMemory, r.report.PeakAtLeast = seen, true
	}
}

// askPeak asks the kernel from inside the container. Images without cat, and kernels before 5.19 with cgroup v2, leave that unknown.
func (r *run) askPeak(ctx context.Context) *int64 {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out, err := r.engine.Output(ctx, r.container.id, "cat", "/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes")
	if err != nil {
		return nil
	}
	return firstNumber(string(out))
}
