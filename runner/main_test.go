package runner_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/meca-lsp/meca-lsp/runner"
)

// TestMain makes the tests' program a relay, too, as meca-lsp is one. Built without cgo it serves beside the tasks of an engine that is
// reached by TCP, so that all tests can be run on such a one.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == runner.RelayVerb:
		time.Sleep(time.Hour)
	case len(os.Args) == 3 && os.Args[1] == runner.RelayVerb && os.Args[2] == runner.RelayConnect:
		if runner.Relay(context.Background(), os.Stdin, os.Stdout, os.Stderr) != nil {
			os.Exit(1)
		}
		return
	}
	if os.Getenv("FAKE_SSH_LOG") != "" {
		os.Exit(fakeSSH(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}
