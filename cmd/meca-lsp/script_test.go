package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

var update = flag.Bool("update", false, "write what the scripts' commands print into their files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"meca-lsp": main})
}

// The scripts drive the real program. Besides testscript's own commands they have:
//
//	schema FILE [NAME] the file holds JSON that docs/output.schema.json, or docs/NAME, allows
//	picture FILE       writes a PNG of 390 KB: noise, which does not pack
//	left-nothing NAME  the engine holds nothing of a run of the task with this name.txt (others may be running their own)
//
// and the conditions [engine], where a container engine answers, and [python], where it has the image python:3.9-slim.
func TestScripts(t *testing.T) {
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	notes := t.TempDir() // of the ledger; the scripts look at the whole of their own folder
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPO", repo)
			e.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
			e.Setenv("XDG_CACHE_HOME", notes)
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "engine":
				return hasEngine(t), nil
			case "python":
				return hasEngine(t) && docker("image", "inspect", "python:3.9-slim") != "", nil
			case "root":
				return os.Geteuid() == 0, nil
			}
			return false, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"schema": checkSchema, "left-nothing": leftNothing, "picture": writePicture},
	})
}

// hasEngine reports whether a container engine answers. Where the tests must have one, its absence fails them.
func hasEngine(t *testing.T) bool {
	if docker("version", "--format", "{{.Server.Version}}") != "" {
		return true
	}
	if os.Getenv("MECA_TEST_ENGINE") == "required" {
		t.Error("MECA_TEST_ENGINE is required, and no container engine answers")
	}
	return false
}

// docker asks the engine through its command line; "" where that fails.
func docker(args ...string) string {
	out, err := exec.CommandContext(context.Background(), "docker", args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func leftNothing(ts *testscript.TestScript, _ bool, args []string) {
	name := "meca-lsp/" + args[0]
	for line := range strings.Lines(docker("ps", "-a", "--format", "{{.Image}} container {{.ID}}") + "\n" + docker("images", "-a", "--format", "{{.Repository}}:{{.Tag}} image {{.ID}}")) {
		if strings.HasPrefix(line, name) {
			ts.Fatalf("the engine still holds %s", line)
		}
	}
}

func writePicture(ts *testscript.TestScript, _ bool, args []string) {
	noise := image.NewNRGBA(image.Rect(0, 0, 357, 280))
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	ts.Check(err)
	var b bytes.Buffer
	ts.Check(png.Encode(&b, noise))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

func checkSchema(ts *testscript.TestScript, _ bool, args []string) {
	name := "output.schema.json"
	if len(args) > 1 {
		name = args[1]
	}
	schema, err := jsonschema.Compile(filepath.Join(ts.Getenv("REPO"), "docs", name))
	ts.Check(err)
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &value))
	ts.Check(schema.Validate(value))
}
