//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
)

// workday is what a script in testdata/editors tells of its editor's work.
type workday struct {
	Version    string
	Failed     string
	Opened     []string // findings of the faulty config.json
	Edited     []string // after the person mended one
	Action     string   // the quick fix for the other
	Text       string   // fixed and formatted
	Hover      string
	Symbols    []string
	Lens       string
	Definition string // of the source that the Dockerfile copies
	Run        string
	Messages   []string // the verdict
	Stopped    bool
}

// TestNeovim has Neovim, set up as docs/editors.md says, open, edit, fix, format, look around and run.
func TestNeovim(t *testing.T) {
	checkEditor(t, "nvim", "Neovim", "lua", func(setup, script string) []string {
		return []string{"--headless", "-n", "-i", "NONE", "-u", setup, "-c", "luafile " + script}
	})
}

// TestEmacs has Emacs and eglot do the same.
func TestEmacs(t *testing.T) {
	checkEditor(t, "emacs", "Emacs", "elisp", func(setup, script string) []string {
		// -Q passes over the packages of the machine; eglot is one of them in Emacs 28.
		packages := `(dolist (d (ignore-errors (directory-files "/usr/share/emacs/site-lisp/elpa" t "^[a-z]+-[0-9]"))) (add-to-list 'load-path d))`
		return []string{"--batch", "-Q", "--eval", packages, "-l", setup, "-l", script}
	})
}

// checkEditor runs an editor with the set-up that docs/editors.md gives under a title, as a block in a language.
func checkEditor(t *testing.T, program, title, language string, arguments func(setup, script string) []string) {
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed: make test installs it, as root on Debian", title)
	}
	if program == "emacs" && exec.Command("emacs", append(arguments(os.DevNull, os.DevNull)[:4], "--eval", "(require 'eglot)")...).Run() != nil {
		t.Skip("eglot is not installed: it comes with Emacs 29, or as elpa-eglot")
	}
	engine := hasEngine(t)
	bad, folder, left := "", "", func() []string { return nil }
	files := enginetest.Files{
		"config.json": `{"resource": {"cpu": "1", "mem": -64, "use_gpu": false, "gpu_count": 0}}` + "\n",
		"Dockerfile":  "FROM scratch\nCOPY src/badtask /badtask\nEXPOSE 8080\nCMD [\"/badtask\"]\n",
	}
	if !engine {
		files["src/badtask"] = "it is copied, but never run"
	} else {
		bad = enginetest.BadTask(t)
		traces := enginetest.NewTraces(t)
		left = func() []string { return slices.Concat(traces.Containers(t), cleaned(t, folder), traces.Left(t)) }
		files["Dockerfile"] = strings.Replace(files["Dockerfile"], "\n", "\nENV "+traces.Mark+"\n", 1)
	}
	folder = enginetest.Folder(t, bad, files)
	v := workIn(t, folder, program, setupOf(t, title, language), arguments, engine)
	v.check(t, folder, engine)
	if list := left(); len(list) > 0 {
		t.Errorf("left in the engine are %q", list)
	}
}

// cleaned removes the image that a run keeps for the next one. It gives what went wrong.
func cleaned(t *testing.T, folder string) []string {
	t.Helper()
	if out, err := exec.Command("meca-lsp", "clean", folder).CombinedOutput(); err != nil {
		return []string{string(out)}
	}
	return nil
}

// setupOf writes the documented set-up of an editor to a file.
func setupOf(t *testing.T, title, language string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "editors.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n## "+title+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, block, _ := strings.Cut(section, "```"+language+"\n")
	block, _, found := strings.Cut(block, "```\n")
	if !found {
		t.Fatalf("docs/editors.md has no set-up in %s for %s", language, title)
	}
	path := filepath.Join(t.TempDir(), "setup."+map[string]string{"lua": "lua", "elisp": "el"}[language])
	if err := os.WriteFile(path, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// workIn has an editor do its script in a folder, and wants nothing of it to be left.
func workIn(t *testing.T, folder, program, setup string, arguments func(setup, script string) []string, engine bool) workday {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "editors", map[string]string{"nvim": "nvim.lua", "emacs": "emacs.el"}[program]))
	if err != nil {
		t.Fatal(err)
	}
	home, report := t.TempDir(), filepath.Join(t.TempDir(), "report")
	mark := "MECA_TEST_EDITOR=" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(os.Getpid())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, arguments(setup, script)...)
	c.Dir = folder
	c.Env = append(os.Environ(), mark, "HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home, "XDG_RUNTIME_DIR=",
		"MECA_FOLDER="+folder, "MECA_REPORT="+report, "MECA_COPY="+copyLine(t, folder))
	if !engine {
		c.Env = append(c.Env, "DOCKER_HOST=unix://"+filepath.Join(home, "no-engine"))
	}
	c.SysProcAttr, c.WaitDelay = &syscall.SysProcAttr{Setpgid: true}, time.Second
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	out, err := c.CombinedOutput()
	noneWith(t, mark)
	var v workday
	b, unread := os.ReadFile(report)
	if unread == nil {
		unread = json.Unmarshal(b, &v)
	}
	if err != nil || unread != nil || v.Failed != "" {
		t.Fatalf("%s: %v, %v: %s\n%s\n%s", program, err, unread, v.Failed, b, out)
	}
	t.Logf("%s %s", program, v.Version)
	return v
}

// copyLine is the line of the COPY, from 0.
func copyLine(t *testing.T, folder string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(b), "COPY")
	return strconv.Itoa(strings.Count(before, "\n"))
}

// noneWith waits until no process has a mark in its environment, and ends those that stay.
func noneWith(t *testing.T, mark string) {
	t.Helper()
	late := time.Now().Add(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for ; ; <-again.C {
		left := marked(t, mark)
		if len(left) == 0 {
			return
		}
		if time.Now().After(late) {
			t.Errorf("processes are left: %d", left)
			for _, pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may just have ended
			}
			return
		}
	}
}

func marked(t *testing.T, mark string) (pids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err == nil && slices.ContainsFunc(bytes.Split(b, []byte{0}), func(v []byte) bool { return string(v) == mark }) {
			pid, err := strconv.Atoi(strings.Split(path, "/")[2])
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// check wants the editor to have seen and done everything.
func (v workday) check(t *testing.T, folder string, engine bool) {
	t.Helper()
	const mended = "{\n  \"resource\": {\n    \"cpu\": 1,\n    \"mem\": 64,\n    \"use_gpu\": false,\n    \"gpu_count\": 0\n  }\n}"
	if v.Text != mended {
		t.Errorf("the text is %q", v.Text)
	}
	if b, err := os.ReadFile(filepath.Join(folder, "config.json")); err != nil || string(b) != mended+"\n" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if len(v.Opened) != 2 || len(v.Edited) != 1 || !strings.Contains(v.Edited[0], "config-wrong-type") {
		t.Errorf("there are the findings %q, and then %q", v.Opened, v.Edited)
	}
	if v.Definition != filepath.Join(folder, "src", "badtask") {
		t.Errorf("the definition is in %s", v.Definition)
	}
	if !strings.Contains(v.Hover, "cpu") || !slices.Equal(v.Symbols, []string{"resource"}) || !strings.Contains(v.Lens, "Run example") || !strings.Contains(v.Action, "1") {
		t.Errorf("hover %q, symbols %q, lens %q, action %q", v.Hover, v.Symbols, v.Lens, v.Action)
	}
	verdict := strings.Join(v.Messages, "\n")
	if engine != strings.Contains(verdict, "Passed") || engine == strings.Contains(verdict, "Error: ") || v.Run != "run-1" || !v.Stopped {
		t.Errorf("the run %s told %q; the server was stopped: %v", v.Run, verdict, v.Stopped)
	}
}
