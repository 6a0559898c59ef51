package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// handPhases are what by-hand.sh prints, and ourPhases what a run reports.
var (
	handPhases = []string{"build", "run", "ready", "port", "request", "remove", "total"}
	ourPhases  = []string{"build", "start", "ready", "answer", "remove"}
)

// A rerun is what running an unchanged folder again takes.
type rerun struct {
	hand    map[string]*samples
	ours    map[string]*samples // by phase, of runs that report as JSON
	verdict samples             // from before the process's start until its verdict was read
	end     samples             // until it has ended, with everything removed
}

// TestRerun runs an unchanged folder again: by hand and by us, in turns.
func TestRerun(t *testing.T) {
	n := rounds(t)
	enginetest.Require(t)
	ours := program(t)
	dir := echo(t, ours)
	t.Cleanup(func() {
		if out, err := exec.Command("docker", "rmi", "meca-bench-by-hand").CombinedOutput(); err != nil {
			t.Errorf("the image of the commands stays: %v\n%s", err, out)
		}
	})
	r := rerun{hand: newSamples(handPhases), ours: newSamples(ourPhases)}
	turns := []func(*testing.T){
		func(t *testing.T) { r.byHand(t, dir) },
		func(t *testing.T) { r.byUs(t, ours, dir) },
		func(t *testing.T) { r.phases(t, ours, dir) },
	}
	for _, first := range turns {
		first(t) // which fills the caches
	}
	r = rerun{hand: newSamples(handPhases), ours: newSamples(ourPhases)}
	for i := range n {
		for j := range turns {
			turns[(i+j)%len(turns)](t)
		}
	}
	r.print(t, n)
}

func newSamples(names []string) map[string]*samples {
	all := map[string]*samples{}
	for _, name := range names {
		all[name] = &samples{}
	}
	return all
}

// byHand types the commands.
func (r *rerun) byHand(t *testing.T, dir string) {
	out, err := exec.Command("./by-hand.sh", dir).Output()
	if err != nil {
		t.Fatalf("the commands fail: %v", err)
	}
	words := strings.Fields(string(out))
	if len(words) != len(handPhases) {
		t.Fatalf("the commands printed %q", out)
	}
	for i, name := range handPhases {
		us, err := strconv.Atoi(words[i])
		if err != nil {
			t.Fatal(err)
		}
		r.hand[name].add(time.Duration(us) * time.Microsecond)
	}
}

// byUs runs the program, and reads what it prints as a person would.
func (r *rerun) byUs(t *testing.T, program, dir string) {
	c := exec.Command(program, "run", dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var said []byte
	var verdict time.Duration
	for piece := make([]byte, 64<<10); ; {
		n, err := out.Read(piece)
		said = append(said, piece[:n]...)
		if verdict == 0 && bytes.Contains(said, []byte("Passed: ")) {
			verdict = time.Since(began)
		}
		if err != nil {
			break
		}
	}
	if err := c.Wait(); err != nil || verdict == 0 {
		t.Fatalf("the run does not pass: %v\n%s", err, said)
	}
	r.end.add(time.Since(began))
	r.verdict.add(verdict)
}

// phases runs the program for its own account of the time.
func (r *rerun) phases(t *testing.T, program, dir string) {
	out, err := exec.Command(program, "run", "--format", "json", dir).Output()
	if err != nil {
		t.Fatalf("the run does not pass: %v\n%s", err, out)
	}
	var report struct {
		Phases []struct {
			Name string
			Ms   float64
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	for _, p := range report.Phases {
		r.ours[p.Name].add(time.Duration(p.Ms * float64(time.Millisecond)))
	}
}

func (r *rerun) print(t *testing.T, n int) {
	fmt.Printf("\nAn unchanged examples/echo again, in turns, n=%d; milliseconds, median (range); %s\n\n", n, surroundings(t))
	fmt.Printf("| by hand | ms | meca-lsp run | ms |\n|---|--:|---|--:|\n")
	for i, name := range handPhases[:len(handPhases)-1] {
		ours, took := "", ""
		if i < len(ourPhases) {
			ours, took = ourPhases[i], r.ours[ourPhases[i]].String()
		}
		fmt.Printf("| %s | %s | %s | %s |\n", name, r.hand[name], ours, took)
	}
	fmt.Printf("| | | **until the verdict** | **%s** |\n", r.verdict)
	fmt.Printf("| **until all is removed** | **%s** | **until the process has ended** | **%s** |\n\n", r.hand["total"], r.end)
	share := r.verdict.at(0.5) / r.hand["total"].at(0.5)
	least := r.verdict.at(0) / r.hand["total"].at(0)
	target(share <= 0.5, "the verdict takes at most half the time by hand; it takes %.2f of it (the shortest of both: %.2f)", share, least)
}
