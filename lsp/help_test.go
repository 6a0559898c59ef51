package lsp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// hoverAt hovers over the bar in a text.
func hoverAt(e *editortest.Editor, path, marked string) (value, about string) {
	uri, at := placeOf(e, path, marked)
	defer e.Close(uri)
	var h *struct {
		Contents struct{ Value string }
		Range    editortest.Range
	}
	e.Call("textDocument/hover", object{"textDocument": object{"uri": uri}, "position": at["position"]}, &h)
	if h == nil {
		return "", ""
	}
	return h.Contents.Value, e.Underlined(uri, h.Range)
}

func TestHelp(t *testing.T) {
	dir := clean(t).with(tree{"example_input.bin": `{"input": "<img src=x>"}`}).write(t, t.TempDir())
	has := machine{cpus: 8, memMiB: 2000}
	o := Options{machine: func() machine { return has }}
	for _, able := range []bool{true, false} {
		caps := reading()
		if !able {
			caps = lacking("textDocument", "hover")
		}
		e := sessionOn(t, o, caps, nil, dir)
		for _, c := range []struct {
			file, marked, about string
			want                []string
		}{
			{"config.json", `{"resource": {"c|pu": 4, "mem": 128}}`, `"cpu": 4`, []string{"(4 CPUs, 4096 MB): take 4 CPUs", "1 CPU and 128 MB", "This machine (8 CPUs): can run it"}},
			{"config.json", `{"resource": {"cpu": 9|, "mem": 128}}`, `"cpu": 9`, []string{"refuse 9 CPUs", "Docker starts no container with more"}},
			{"config.json", `{"resource": {"cpu": 1, "me|m": 4097}}`, `"mem": 4097`, []string{"refuse 4097 MB", "This machine (2000 MB): may be too small"}},
			{"config.json", `{"resource": {"cpu": 1, "me|m": "4097"}}`, `"mem": "4097"`, []string{"Memory in MB", "!Hosts with"}},
			{"Dockerfile", "FROM a\nEXPOSE 80|80\n", "EXPOSE 8080", []string{"No host reads it", "0.0.0.0:8080", "hosts.md#start"}},
			{"Dockerfile", "FROM a\nCM|D x\n", "CMD", []string{"CMD", "meca-init-done"}},
			{"Dockerfile", "FROM a\nCM|D x\nFROM b\nENTRYPOINT y\n", "CMD", []string{"no effect"}},
			{"Dockerfile", "FROM a\nENTRYPOIN|T [\"x\"]\nCMD y\n", "ENTRYPOINT", []string{"POST /"}},
			{"Dockerfile", "FROM a\nCOPY [\"example_in|put.bin\", \"/\"]\n", "example_input.bin", []string{"24 bytes · JSON", "application/json"}},
			{"Dockerfile", "FROM a\nRUN |x\n", "", nil},
			{"src/app.py", "# 😀\nprint('meca-|init-done', flush=True)\n", "meca-init-done", []string{"standard output", "no second try"}},
			{"src/app.py", "import |os\nprint('meca-init-done')\n", "", nil},
			{"example_input.bin", "|{\"a\": \"ä\"}", "{\"a\": \"ä\"}", []string{"11 bytes · JSON"}},
			{"example_input.bin", "|'x", "'x", []string{"2 bytes · text, not JSON"}},
			{"example_output.bin", "|x\ny", "x", []string{"3 bytes · text\n", "White space at both ends"}},
			{"example_output.bin", "|", "", []string{"0 bytes · empty"}},
			{".meca-lsp.json", `{"rules": {"empty-|file": "off"}}`, `"empty-file"`, []string{"Without a setting: warning", "rules/empty-file.md"}},
			{".meca-lsp.json", `{"rules": {"no-|such": "off"}}`, "", nil},
			{"name.txt", "|x", "", nil},
		} {
			value, about := hoverAt(e, filepath.Join(dir, c.file), c.marked)
			if about != c.about || (value == "") != (c.want == nil) {
				t.Errorf("%q: about %q: %s", c.marked, about, value)
			}
			for _, want := range c.want {
				rest, not := strings.CutPrefix(want, "!")
				if strings.Contains(value, rest) == not {
					t.Errorf("%q: %q in %s", c.marked, want, value)
				}
			}
			if strings.Contains(value, "<img") || !able && strings.ContainsAny(value, "`*") {
				t.Errorf("%q: %s", c.marked, value)
			}
		}
	}
	has = machine{}
	e := sessionOn(t, o, reading(), nil, dir)
	if value, _ := hoverAt(e, filepath.Join(dir, "config.json"), `{"resource": {"c|pu": 4, "mem": 128}}`); strings.Contains(value, "This machine") {
		t.Errorf("not known, and said: %s", value)
	}
}

func TestHelpOfTheLastRun(t *testing.T) {
	peak := int64(24 << 20)
	runner := &fakeRunner{script: func(r *fakeRun) *task.Report {
		report := r.passed()
		report.PeakMemory, report.Limits = &peak, r.folder.Limits()
		return report
	}}
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{Runner: runner}, reading(), nil, dir)
	uri := e.OpenFile(filepath.Join(dir, "config.json"))
	e.Await(editortest.ForVersion(uri, 1))
	runID(t, e, "meca.run", dir)
	awaitHints(t, e, uri, "peak 24.0 MiB, last run")
	if _, value, _ := hover(e, uri, 3, 8); !strings.Contains(value, "Last run: peak 24.0 MiB of 128 MiB") {
		t.Error(value)
	}
	input := e.OpenFile(filepath.Join(dir, "example_input.bin"))
	if _, value, _ := hover(e, input, 0, 0); !strings.Contains(value, "Last run: passed.") {
		t.Error(value)
	}
	e.Change(input, "{}")
	if _, value, _ := hover(e, input, 0, 0); !strings.Contains(value, "Last run, before the folder changed: passed.") {
		t.Error(value)
	}
}

func TestTotalMemory(t *testing.T) {
	for content, want := range map[string]int64{
		"MemTotal:       16318456 kB\nMemFree: 1 kB\n": 15935, "MemFree: 1 kB\nMemTotal: 2048 kB": 2, "MemTotal: x kB": 0, "MemTotal: -5 kB": 0,
		"MemTotal: 5 MB": 0, "": 0, "MemTotal:": 0, "MemTotal: 99999999999999999999 kB": 0,
	} {
		if got := totalMemory(content); got != want {
			t.Errorf("%q: %d, want %d", content, got, want)
		}
	}
	if m := thisMachine(); m.cpus < 1 || m.memMiB < 0 {
		t.Errorf("%+v", m)
	}
}
