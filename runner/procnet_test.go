package runner

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestListening(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0B00007F:A1F3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 100 0 0 10 0
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12347 1 0000000000000000 100 0 0 10 0
   3: 020011AC:1F90 010011AC:D4E2 01 00000000:00000000 00:00000000 00000000     0        0 12348 1 0000000000000000 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1
   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 2 1
   2: zz:zz nonsense 0A
   3: 0100007F:FFFFF x 0A
   4: 01007F:0050 x 0A
short 0A
`
	want := []string{"0.0.0.0:8080", "127.0.0.1:5000", "[::1]:80", "[::]:8080"}
	if got := listening(table); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := listening(""); got != nil {
		t.Errorf("got %q for nothing", got)
	}
}

func TestIsReachable(t *testing.T) {
	for address, want := range map[string]bool{
		"0.0.0.0:8080": true, "[::]:8080": true, "172.17.0.2:8080": true, "[fe80::1]:8080": true,
		"127.0.0.1:8080": false, "[::1]:8080": false, "[::ffff:127.0.0.1]:8080": false, "0.0.0.0:80": false, "0.0.0.0:18080": false, "": false,
	} {
		if got := isReachable(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}

// TestListensElsewhere knows nothing of a process that is not the container's, of none, and of an id that any group's name holds.
func TestListensElsewhere(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for process, name := range map[int]string{0: id, -1: id, os.Getpid(): id, 1: ""} {
		if listens(process, name) {
			t.Errorf("process %d of %q is said to listen", process, name)
		}
	}
}
