package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// soonGone is how long after a run was cancelled its container must be gone.
const soonGone = 2 * time.Second

// TestCancel interrupts runs at random moments, ten for each round, every second one of a folder that is built anew. What is measured
// goes until the process has ended, which is after everything was removed.
func TestCancel(t *testing.T) {
	n := 10 * rounds(t)
	enginetest.Require(t)
	ours := program(t)
	dir := echo(t, ours)
	long := map[bool]time.Duration{}
	for _, fresh := range []bool{true, false, true, false, true, false} { // the shortest counts; the last ones find the image
		began := time.Now()
		if out, err := runCommand(ours, dir, fresh).CombinedOutput(); err != nil {
			t.Fatalf("the run does not pass: %v\n%s", err, out)
		}
		if took := time.Since(began); long[fresh] == 0 || took < long[fresh] {
			long[fresh] = took
		}
	}
	before := containers(t)
	var gone samples
	ended := 0 // runs that were over by then
	for i := range n {
		fresh := i%2 == 0
		c := runCommand(ours, dir, fresh)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(3 * long[fresh] / 4)) // the rest is the removal
		at := time.Now()
		if err := c.Process.Signal(os.Interrupt); errors.Is(err, os.ErrProcessDone) {
			ended++
		} else if err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := c.Wait(); err == nil {
			ended++
			continue
		} else if !errors.As(err, &exit) || exit.ExitCode() != 130 && exit.ExitCode() != -1 { // -1: it had not begun to listen to signals
			t.Errorf("the cancelled run ends with %v", err)
		}
		gone.add(time.Since(at))
		for _, id := range containers(t) {
			if !slices.Contains(before, id) {
				t.Fatalf("container %s is left after %d runs", id, i+1)
			}
		}
	}
	fmt.Printf("\nFrom the interrupt to the process's end, with all removed, n=%d (%d more were over before); milliseconds; %s\n\n", len(gone), ended, surroundings(t))
	fmt.Printf("| median (range) | p90 | p99 |\n|--:|--:|--:|\n| %s | %.0f | %.0f |\n\n", gone, gone.at(0.9), gone.at(0.99))
	target(gone.at(0.99) <= float64(soonGone.Milliseconds()), "99 of 100 containers are gone within %v of the cancelling; it took %.0f ms", soonGone, gone.at(0.99))
}

// runCommand is a run that leaves no image, or one that uses what the last one left.
func runCommand(program, dir string, fresh bool) *exec.Cmd {
	if fresh {
		return exec.Command(program, "run", "--fresh", dir)
	}
	return exec.Command(program, "run", dir)
}

// containers are those of all runs that the engine has.
func containers(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("docker", "ps", "--all", "--quiet", "--filter", "label=org.meca-lsp.session").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
