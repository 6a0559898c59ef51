package runner

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// TestPullProgress shows a layer's way in four lines, and the steps beside it as they are.
func TestPullProgress(t *testing.T) {
	var lines []string
	b := newBuildLog(&teller{emit: func(e task.Event) { lines = append(lines, e.Line) }})
	var said strings.Builder
	said.WriteString(`{"status":"Pulling fs layer","progressDetail":{},"id":"a1"}` + "\n")
	for i := range 101 {
		fmt.Fprintf(&said, `{"status":"Downloading","progressDetail":{"current":%d,"total":4194304},"progress":"[==>]","id":"a1"}`+"\n", i*41943)
	}
	said.WriteString(`{"status":"Downloading","progressDetail":{"current":9,"total":-1},"progress":"[==>]","id":"a2"}` + "\n")
	said.WriteString(`{"status":"Download complete","progressDetail":{},"id":"a1"}` + "\n")
	if err := b.read(strings.NewReader(said.String())); err != nil {
		t.Fatal(err)
	}
	want := "a1: Pulling fs layer|a1: Downloading 25 % of 4.0 MiB|a1: Downloading 50 % of 4.0 MiB|a1: Downloading 75 % of 4.0 MiB|a1: Download complete"
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("got %s", got)
	}
}
