package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// rounds is how often to measure; the test is skipped where nobody asked for figures.
func rounds(t *testing.T) int {
	t.Helper()
	s := os.Getenv("MECA_BENCH")
	if s == "" {
		t.Skip("MECA_BENCH is not set: nothing is measured")
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("MECA_BENCH is %q: it is how often to measure", s)
	}
	return n
}

// program compiles meca-lsp as it is released, or takes the one that MECA_BENCH_PROGRAM names: to compare two of them.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("MECA_BENCH_PROGRAM"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "meca-lsp")
	compile(t, path, "../cmd/meca-lsp")
	return path
}

func compile(t *testing.T, path, source string) {
	t.Helper()
	c := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, source)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s does not compile: %v\n%s", source, err, out)
	}
}

// echo is a copy of examples/echo with its program, whose images are gone after the test.
func echo(t *testing.T, program string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "echo")
	if err := os.CopyFS(dir, os.DirFS("../examples/echo")); err != nil {
		t.Fatal(err)
	}
	compile(t, filepath.Join(dir, "src", "echo"), "../examples/echo/src")
	t.Cleanup(func() {
		if out, err := exec.Command(program, "clean", dir).CombinedOutput(); err != nil {
			t.Errorf("the images of the measured runs stay: %v\n%s", err, out)
		}
	})
	return dir
}

// surroundings says what the figures were measured on.
func surroundings(t *testing.T) string {
	about, err := enginetest.Require(t).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		load = []byte("unknown")
	}
	first, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("%d cores, %s %s, load %s", runtime.NumCPU(), about.Name, about.Version, strings.TrimSpace(first))
}

// samples are what one thing took, in milliseconds.
type samples []float64

func (s *samples) add(d time.Duration) { *s = append(*s, float64(d.Microseconds())/1000) }

// at gives a part of the sorted samples: 0.5 for the median.
func (s samples) at(part float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

// String is the median with the range.
func (s samples) String() string {
	return fmt.Sprintf("%.1f (%.1f–%.1f)", s.at(0.5), s.at(0), s.at(1))
}

// target prints whether a figure is what it should be. It fails nothing: a busy machine is no fault.
func target(met bool, format string, args ...any) {
	word := "MISSED"
	if met {
		word = "met"
	}
	fmt.Printf("target %s: %s\n\n", word, fmt.Sprintf(format, args...))
}
