package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// mostMemory is what a flood may cost beside a plain run, in KiB.
const mostMemory = 16 << 10

// soonSeen is how long after it was printed the mark must be seen, behind a gigabyte of other output.
const soonSeen = time.Second

// TestMemory runs tasks that say a gigabyte, and answer a gibibyte: the program's memory must stay what it is.
func TestMemory(t *testing.T) {
	n := rounds(t)
	if runtime.GOOS != "linux" {
		t.Skip("the kernel's peak of a process is read as Linux gives it")
	}
	enginetest.Require(t)
	ours, bad := program(t), enginetest.BadTask(t)
	modes := []string{"", "behind-gigabyte", "giant"}
	peaks := map[string]*samples{}
	var seen samples
	folders := map[string]string{}
	for _, mode := range modes {
		command := `CMD ["/badtask"]`
		if mode != "" {
			command = fmt.Sprintf(`CMD ["/badtask", %q]`, mode)
		}
		folders[mode] = enginetest.Folder(t, bad, enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src/badtask /badtask\nEXPOSE 8080\n" + command + "\n"})
		peaks[mode] = &samples{}
	}
	for range min(n, 3) { // each is a gigabyte
		for _, mode := range modes {
			peak, said := peakOf(t, ours, folders[mode])
			*peaks[mode] = append(*peaks[mode], float64(peak)/1024)
			if mode == "behind-gigabyte" {
				seen.add(askedAfter(t, said))
			}
		}
	}
	fmt.Printf("\nPeak memory of the process (VmHWM), n=%d; MiB, median (range); %s\n\n| run | MiB |\n|---|--:|\n", len(*peaks[""]), surroundings(t))
	for _, mode := range modes {
		fmt.Printf("| %s | %s |\n", map[string]string{"": "plain", "behind-gigabyte": "1 GiB of output before the mark", "giant": "an answer of 1 GiB"}[mode], peaks[mode])
	}
	fmt.Printf("\nFrom the mark's printing, behind a GiB of output, to the request: %s ms\n\n", seen)
	for _, mode := range modes[1:] {
		more := peaks[mode].at(1) - peaks[""].at(0)
		target(more*1024 <= mostMemory, "%s costs at most 16 MiB more than a plain run; it costs %.1f", mode, more)
		if more*1024 > mostMemory {
			t.Errorf("%s costs %.1f MiB more than a plain run", mode, more)
		}
	}
	target(seen.at(1) <= float64(soonSeen.Milliseconds()), "the mark is seen within %v; it took %.0f ms at most", soonSeen, seen.at(1))
}

// peakOf runs a folder, and gives the most memory that the process ever had, in KiB, and what it printed. How the run ends is of no
// interest here.
func peakOf(t *testing.T, program, dir string) (peak int, said string) {
	t.Helper()
	c := exec.Command(program, "run", "--fresh", "--once", "--ready-timeout", "5m", "--answer-timeout", "5m", dir)
	var out strings.Builder
	c.Stdout, c.Stderr = &out, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // how it ends is of no interest
	}()
	for {
		peak = max(peak, highWater(c.Process.Pid))
		select {
		case <-ended:
			if peak == 0 || !strings.Contains(out.String(), "▸ asking the example") {
				t.Fatalf("the run did not come to the request:\n%s", out.String()[max(0, out.Len()-2000):])
			}
			return peak, out.String()
		case <-time.After(5 * time.Millisecond): // the mark only rises: at most the removal's end is missed
		}
	}
}

// highWater reads a process's VmHWM in KiB; 0 where it is gone.
func highWater(pid int) int {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				return 0
			}
			return kib
		}
	}
	return 0
}

var asked = regexp.MustCompile(`asked after ([0-9a-zµ.]+)`)

// askedAfter reads the task's answer.
func askedAfter(t *testing.T, said string) time.Duration {
	t.Helper()
	m := asked.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("the answer is not there:\n%s", said[max(0, len(said)-2000):])
	}
	d, err := time.ParseDuration(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return d
}
