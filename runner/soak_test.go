package runner_test

import (
	"os"
	"strconv"
	"testing"
)

// cycles is how often a test that looks for rare faults tries: MECA_TEST_CYCLES, else few.
func cycles(t *testing.T) int {
	t.Helper()
	s := os.Getenv("MECA_TEST_CYCLES")
	if s == "" {
		return 5
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
