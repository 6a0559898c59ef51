package diagnostics_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// docs/rules/README.md is made from the list of rules: go test ./diagnostics -update writes it.
func TestRulesReadme(t *testing.T) {
	const file = "../docs/rules/README.md"
	want := readme(safeRules(t))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/rules/README.md is out of date (go test ./diagnostics -update rewrites it):\n%s", diff)
	}
}

// safeRules are the rules that offer a safe fix for something in their own test data.
func safeRules(t *testing.T) map[string]bool {
	t.Helper()
	safe := map[string]bool{}
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := newCase(t, archive)
		folder := c.folder(c.files)
		for _, f := range diagnostics.Check(folder, c.report(folder)) {
			for _, fix := range f.Fixes {
				if fix.Safe && f.Code == filepath.Base(filepath.Dir(file)) {
					safe[f.Code] = true
				}
			}
		}
	}
	return safe
}

// A page says which of its rule's fixes are safe for fix on save, where there is one, and nothing of it where there is none.
func TestPagesSayWhichFixIsSafe(t *testing.T) {
	safe := safeRules(t)
	for _, r := range diagnostics.Rules() {
		page, _ := docs.Rule(r.Code)
		_, section, _ := strings.Cut(page, "\n## Fix\n")
		if says := strings.Contains(section, "\n\nSafe for fix on save: "); says != safe[r.Code] {
			t.Errorf("%s: a finding of its data has a safe fix: %v; its page says so below Fix: %v", r.Code, safe[r.Code], says)
		}
	}
}

func readme(safe map[string]bool) string {
	var b strings.Builder
	b.WriteString("# The rules\n\nMade from the list of rules by `go test ./diagnostics -update`; do not edit.\n")
	table := func(title string, afterRun bool) {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | what is reported | fix on save |\n| --- | --- | --- | --- |\n", title)
		for _, r := range diagnostics.Rules() {
			onSave := "–"
			if safe[r.Code] {
				onSave = "safe"
			}
			if r.AfterRun == afterRun {
				fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s |\n", r.Code, r.Code, r.Severity, r.Doc, onSave)
			}
		}
	}
	table("While you write", false)
	table("After a run", true)
	return b.String()
}

// A page says its rule's severity, and has the sections that a reader looks for, in their order.
func TestPagesAreWhole(t *testing.T) {
	for _, r := range diagnostics.Rules() {
		page, _ := docs.Rule(r.Code)
		summary, ok := docs.Summary(r.Code)
		if !ok || summary == "" || !strings.Contains(page, "\n\nSeverity: **"+r.Severity.String()+"**") {
			t.Errorf("%s: the page has no line %q", r.Code, "Severity: **"+r.Severity.String()+"**")
		}
		if strings.Contains(summary, "](") || len(summary) > 600 {
			t.Errorf("%s: the summary is shown in a hover: no links in it, and no more than 600 bytes", r.Code)
		}
		at := 0
		for _, section := range []string{"\n## Why\n", "\n## Bad\n", "\n## Good\n", "\n## Fix\n"} {
			n := strings.Index(page[at:], section)
			if n < 0 {
				t.Errorf("%s: the page lacks %q, or has it in the wrong place", r.Code, strings.TrimSpace(section))
				continue
			}
			at += n
		}
	}
}

// The examples of the pages are true: the bad one is reported, the good one is not.
func TestPageExamples(t *testing.T) {
	fence := regexp.MustCompile("(?s)```(json|dockerfile|python)\n(.*?)```")
	files := map[string]string{"json": task.ConfigFile, "dockerfile": task.DockerfileName, "python": task.StarterApp}
	for _, r := range diagnostics.Rules() {
		page, _ := docs.Rule(r.Code)
		_, page, _ = strings.Cut(page, "\n## Bad\n")
		bad, good, _ := strings.Cut(page, "\n## Good\n")
		x, y := fence.FindAllStringSubmatch(bad, -1), fence.FindAllStringSubmatch(good, -1)
		if r.AfterRun || x == nil || y == nil {
			continue
		}
		for _, example := range []struct {
			fences [][]string
			want   bool
		}{{x, true}, {y, false}} {
			given := map[string]string{}
			for _, f := range example.fences {
				given[files[f[1]]] = f[2]
			}
			folder := task.Load(complete(given))
			got := false
			for _, f := range diagnostics.Check(folder, nil) {
				got = got || f.Code == r.Code
				if !example.want && f.Severity <= diagnostics.Warning {
					t.Errorf("%s: the good example has a finding: %s", r.Code, f.Message)
				}
			}
			if got != example.want {
				t.Errorf("%s: reported for an example: %v, want %v:\n%s", r.Code, got, example.want, given)
			}
		}
	}
}

// complete is a task folder from the template, with some files of its own.
func complete(files map[string]string) fstest.MapFS {
	c := &dataCase{files: fstest.MapFS{}}
	for name, content := range files {
		c.files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	c.fill(nil)
	return c.files
}

// Links between the pages, and from the sources to them, lead somewhere.
func TestLinksOfPages(t *testing.T) {
	anchors := map[string]bool{}
	hosts, err := os.ReadFile("../docs/hosts.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(hosts)) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			title = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")
			anchors[strings.ReplaceAll(title, ".", "")] = true
		}
	}
	link := regexp.MustCompile(`hosts\.md(#[a-z-]+)?`)
	check := func(file string) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(content), -1) {
			if anchor := strings.TrimPrefix(m[1], "#"); anchor != "" && !anchors[anchor] {
				t.Errorf("%s: docs/hosts.md has no heading for #%s", file, anchor)
			}
		}
	}
	for _, root := range []string{"../docs", "../schema", "../internal", "."} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if ext := filepath.Ext(path); err == nil && (ext == ".md" || ext == ".go") {
				check(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page := regexp.MustCompile(`\]\(([a-z-]+)\.md\)`)
	for _, r := range diagnostics.Rules() {
		content, _ := docs.Rule(r.Code)
		for _, m := range page.FindAllStringSubmatch(content, -1) {
			if _, ok := docs.Rule(m[1]); !ok {
				t.Errorf("%s: its page links to %s.md, which is not there", r.Code, m[1])
			}
		}
	}
}
