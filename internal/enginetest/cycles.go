package enginetest

import (
	"os"
	"strconv"
	"testing"
)

// Cycles is how often a test that looks for rare faults tries: MECA_TEST_CYCLES, else so few.
func Cycles(t testing.TB, few int) int {
	t.Helper()
	s := os.Getenv("MECA_TEST_CYCLES")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
