// Package floorstest holds the import table of the house.
package floorstest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/meca-lsp/meca-lsp/"

// floors says on which floor each package stands: it imports only floors below its own. A package that is not here fails the test.
var floors = map[string]int{
	"internal/text":       0, // places in texts; knows nothing of tasks
	"docs":                0, // the rule pages, embedded
	"schema":              1, // config.json
	"internal/dockerfile": 1, // the Dockerfile
	"internal/task":       2, // the folder: what both say, and what a run found
	"diagnostics":         3, // judges a folder; never runs one
	"runner":              3, // runs a folder; never judges one. They meet in task.Report
	"lsp":                 4, // serves an editor; is handed a runner, so that it builds and tests without Docker
	"cmd/meca-lsp":        5, // the only wiring
	"examples/echo/src":   5, // a task, not a part of the program
	"bench":               5, // measures the program from outside; imported by nobody
}

// alone says which packages may know a library, and why nobody else does.
var alone = map[string][]string{
	"go.lsp.dev/":                           {"lsp"},                 // only the server speaks the protocol
	"github.com/docker/":                    {"runner"},              // only the runner knows the engine
	"google.golang.org/protobuf":            {"runner"},              // in BuildKit's messages
	"github.com/moby/buildkit/":             {"internal/dockerfile"}, // one reading of a Dockerfile
	"github.com/moby/patternmatcher":        {"internal/task"},       // one reading of .dockerignore
	"github.com/santhosh-tekuri/jsonschema": {"schema"},              // one source of types and defaults
	"github.com/spf13/cobra":                {"cmd/meca-lsp"},
	"github.com/aymanbagabas/go-udiff":      {"cmd/meca-lsp"},
	"os/exec":                               {"runner"},                                     // for an engine behind ssh, and for the watchdog; no checker starts a program
	"net/http":                              {"runner", "diagnostics", "examples/echo/src"}, // diagnostics: the names of status codes
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestFloors(t *testing.T) {
	for _, p := range list(t) {
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours || strings.Contains(name+"/", "test/") {
			continue
		}
		floor, known := floors[name]
		if !known {
			t.Errorf("%s stands on no floor: add it to the table", name)
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, module)
			if ours && (strings.Contains(below+"/", "test/") || floors[below] >= floor) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, below, floors[below])
			}
		}
	}
}

func TestWhoKnowsWhat(t *testing.T) {
	for _, p := range list(t) {
		name, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours || strings.Contains(name+"/", "test/") {
			continue
		}
		for _, imported := range p.Imports {
			for library, allowed := range alone {
				if (imported == library || strings.HasSuffix(library, "/") && strings.HasPrefix(imported, library) || strings.HasPrefix(imported, library+"/")) && !contains(allowed, name) {
					t.Errorf("%s imports %s, which only %v may know", name, imported, allowed)
				}
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
