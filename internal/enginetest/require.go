package enginetest

import (
	"context"
	"os"
	"testing"

	"github.com/meca-lsp/meca-lsp/runner"
)

// Require gives the engine that DOCKER_HOST names, or the machine's own. Without one the test is skipped, unless MECA_TEST_ENGINE is
// "required": then it fails.
func Require(t testing.TB) *runner.Docker {
	t.Helper()
	engine, err := runner.Connect(context.Background())
	if err != nil {
		if os.Getenv("MECA_TEST_ENGINE") == "required" {
			t.Fatalf("this test needs a container engine, and MECA_TEST_ENGINE=required: %v", err)
		}
		t.Skipf("this test needs a container engine: %v", err)
	}
	t.Cleanup(engine.Close)
	return engine
}
