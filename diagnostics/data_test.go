package diagnostics_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var update = flag.Bool("update", false, "write the wanted findings and fixes into testdata")

// Each testdata/CODE/NAME.txtar is a task folder with what is to be found in it; testdata/official has the shapes of the project's own
// example folders, of which two are faulty:
//
//	options: png                example_output.bin is a picture of 390 KB
//	options: crlf bom bare      the files get CRLF line ends, a byte order mark; nothing is filled in from the template
//	options: chomp latin1       the files lose their last line end; example_output.bin is encoded as Latin-1
//	options: returns            ␍ in the files stands for a carriage return
//	absent: name.txt src        these are not filled in
//
//	-- config.json --           files of the folder; required ones that are not given come from the template
//	-- report.json --           a task.Report, for the rules that speak of a run
//	-- want --                  PATH:LINE:COL-LINE:COL SEVERITY CODE MESSAGE, and the titles of its fixes; a safe one is preferred, too
//	-- fix TITLE: PATH --       the file after that fix of a finding of CODE
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".txtar"), func(t *testing.T) { checkData(t, file) })
	}
}

func checkData(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := newCase(t, archive)
	findings := diagnostics.Check(c.folder(c.files), c.report(c.folder(c.files)))
	code := path.Base(path.Dir(filepath.ToSlash(file)))

	wanted := &txtar.Archive{Comment: archive.Comment, Files: slices.Clone(c.given)}
	wanted.Files = append(wanted.Files, txtar.File{Name: "want", Data: []byte(describe(findings))})
	for _, f := range findings {
		if f.Code == code {
			wanted.Files = append(wanted.Files, c.applyFixes(t, f)...)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(wanted), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(wanted))); diff != "" {
		t.Errorf("-want +got (go test ./diagnostics -update rewrites):\n%s", diff)
	}
}

// dataCase is one archive, read.
type dataCase struct {
	given []txtar.File
	files fstest.MapFS
	raw   []byte // report.json
}

func newCase(t *testing.T, a *txtar.Archive) *dataCase {
	t.Helper()
	c := &dataCase{files: fstest.MapFS{}}
	options := map[string][]string{}
	for line := range strings.Lines(string(a.Comment)) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			options[key] = strings.Fields(value)
		}
	}
	for _, f := range a.Files {
		if f.Name == "want" || strings.HasPrefix(f.Name, "fix ") {
			continue
		}
		c.given = append(c.given, f)
		if f.Name == "report.json" {
			c.raw = f.Data
			continue
		}
		content := string(f.Data)
		if slices.Contains(options["options"], "crlf") {
			content = strings.ReplaceAll(content, "\n", "\r\n")
		}
		if slices.Contains(options["options"], "returns") {
			content = strings.ReplaceAll(content, "␍", "\r")
		}
		if slices.Contains(options["options"], "bom") {
			content = text.BOM + content
		}
		if slices.Contains(options["options"], "chomp") {
			content = strings.TrimSuffix(strings.TrimSuffix(content, "\n"), "\r")
		}
		if slices.Contains(options["options"], "latin1") && f.Name == task.OutputFile {
			content = latin1(content)
		}
		if slices.Contains(options["options"], "png") && f.Name == task.OutputFile {
			content = picture(t)
		}
		if dir, ok := strings.CutSuffix(f.Name, "/"); ok {
			c.files[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o777}
			continue
		}
		c.files[f.Name] = &fstest.MapFile{Data: []byte(content)}
	}
	if !slices.Contains(options["options"], "bare") {
		c.fill(options["absent"])
	}
	return c
}

// picture is a PNG of 390 KB: noise, which does not pack.
func picture(t *testing.T) string {
	t.Helper()
	noise := image.NewNRGBA(image.Rect(0, 0, 357, 280))
	if _, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, noise); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func latin1(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// fill adds what a complete folder has and the case does not give.
func (c *dataCase) fill(absent []string) {
	for _, name := range task.Required() {
		file := name
		if name == task.SourceDir {
			file = task.StarterApp
		}
		if slices.Contains(absent, name) || c.has(name) {
			continue
		}
		content, _ := task.Template(file)
		if name == task.NameFile || name == task.DescriptionFile { // a rule looks for the template's words
			content = "Of the tests.\n"
		}
		c.files[file] = &fstest.MapFile{Data: []byte(content)}
	}
}

func (c *dataCase) has(name string) bool {
	_, err := fs.Stat(c.files, name)
	return err == nil
}

func (c *dataCase) folder(files fstest.MapFS) *task.Folder { return task.Load(files) }

func (c *dataCase) report(folder *task.Folder) *task.Report {
	if c.raw == nil {
		return nil
	}
	r := &task.Report{Hash: folder.Hash(), Limits: folder.Limits(), Outcome: task.Failed}
	if err := json.Unmarshal(c.raw, r); err != nil {
		panic(err)
	}
	return r
}

func describe(findings []diagnostics.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		start, end := f.File.Position(f.Span.Start, text.UTF16), f.File.Position(f.Span.End, text.UTF16)
		fmt.Fprintf(&b, "%s:%d:%d-%d:%d %s %s %s\n", f.File.Path, start.Line+1, start.Column+1, end.Line+1, end.Column+1, f.Severity, f.Code, f.Message)
		for _, r := range f.Related {
			at := r.File.Position(r.Span.Start, text.UTF16)
			fmt.Fprintf(&b, "  related %s:%d:%d %s\n", r.File.Path, at.Line+1, at.Column+1, strings.ReplaceAll(r.Message, "\n", "\n    "))
		}
		for _, x := range f.Fixes {
			preferred := ""
			if x.Preferred {
				preferred = " (preferred)"
			}
			if x.Safe {
				preferred = " (safe)"
			}
			fmt.Fprintf(&b, "  fix %s%s\n", x.Title, preferred)
		}
	}
	return b.String()
}

// applyFixes makes each fix of a finding by itself, and checks that the finding is gone and that nothing worse came.
func (c *dataCase) applyFixes(t *testing.T, f diagnostics.Finding) []txtar.File {
	t.Helper()
	var changed []txtar.File
	for _, fix := range f.Fixes {
		fixed, paths, err := apply(c.files, fix)
		if err != nil {
			t.Errorf("%s: %v", fix.Title, err)
			continue
		}
		for _, p := range paths {
			changed = append(changed, txtar.File{Name: "fix " + fix.Title + ": " + p, Data: escape(string(fixed[p].Data))})
		}
		if f.Code == "config-missing-default" { // adding one leaves the finding for the others
			continue
		}
		folder := c.folder(fixed)
		for _, again := range diagnostics.Check(folder, c.report(folder)) {
			if again.Code == f.Code && again.Message == f.Message && again.File.Path == f.File.Path && !f.Stale && c.raw == nil &&
				occurrences(diagnostics.Check(c.folder(c.files), nil), f) <= occurrences(diagnostics.Check(folder, nil), f) {
				t.Errorf("%q leaves its finding: %s", fix.Title, again.Message)
			}
		}
	}
	return changed
}

func occurrences(findings []diagnostics.Finding, like diagnostics.Finding) int {
	n := 0
	for _, f := range findings {
		if f.Code == like.Code && f.Message == like.Message && f.File.Path == like.File.Path {
			n++
		}
	}
	return n
}

// apply makes a fix on a copy of the files.
func apply(files fstest.MapFS, fix diagnostics.Fix) (fstest.MapFS, []string, error) {
	out, paths := fstest.MapFS{}, []string{}
	for name, f := range files {
		out[name] = &fstest.MapFile{Data: f.Data, Mode: f.Mode}
	}
	for _, e := range fix.Edits {
		on := text.New(e.File.Path, string(files[e.File.Path].Data))
		content, err := on.Apply(e.Edits)
		if err != nil {
			return nil, nil, err
		}
		out[e.File.Path] = &fstest.MapFile{Data: []byte(content)}
		paths = append(paths, e.File.Path)
	}
	for _, n := range fix.Creates {
		if _, err := fs.Stat(files, n.Path); err == nil {
			return nil, nil, errors.New(n.Path + " is there already")
		}
		out[n.Path] = &fstest.MapFile{Data: []byte(n.Content)}
		paths = append(paths, n.Path)
	}
	for _, n := range fix.Replaces {
		if _, err := fs.Stat(files, n.Path); err != nil {
			return nil, nil, err
		}
		out[n.Path] = &fstest.MapFile{Data: []byte(n.Content)}
		paths = append(paths, n.Path)
	}
	for _, r := range fix.Renames {
		if _, err := fs.Stat(files, r.To); err == nil {
			return nil, nil, errors.New(r.To + " is there already")
		}
		for name, f := range files {
			if name == r.From || strings.HasPrefix(name, r.From+"/") {
				delete(out, name)
				to := r.To + strings.TrimPrefix(name, r.From)
				out[to] = f
				paths = append(paths, to)
			}
		}
	}
	slices.Sort(paths)
	return out, paths, nil
}

// escape shows what an archive cannot hold: carriage returns, a byte order mark, a missing end of line.
func escape(s string) []byte {
	s = strings.ReplaceAll(s, "\r", "␍")
	s = strings.ReplaceAll(s, text.BOM, "[BOM]")
	if !strings.HasSuffix(s, "\n") {
		s += "[no newline]\n"
	}
	return []byte(s)
}

// A rule is its value, its page and its data: none may be missing.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range diagnostics.Rules() {
		if seen[r.Code] {
			t.Errorf("%s is there twice", r.Code)
		}
		seen[r.Code] = true
		if page, ok := docs.Rule(r.Code); !ok || !strings.HasPrefix(page, "# "+r.Code+"\n") {
			t.Errorf("docs/rules/%s.md is missing, or does not start with its title", r.Code)
		}
		if data, err := filepath.Glob("testdata/" + r.Code + "/*.txtar"); err != nil || len(data) == 0 {
			t.Errorf("testdata/%s holds no case", r.Code)
		}
		source := strings.ReplaceAll(r.Code, "-", "_") + ".go"
		if _, err := os.Stat(source); err != nil {
			t.Errorf("%s: %v", r.Code, err)
		}
		if r.Doc == "" || r.Severity == diagnostics.Off {
			t.Errorf("%s has no line of documentation, or no severity", r.Code)
		}
	}
	for _, dir := range []string{"testdata", "../docs/rules"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if code := strings.TrimSuffix(e.Name(), ".md"); code != "README" && code != "fuzz" && code != "official" && !seen[code] {
				t.Errorf("%s/%s belongs to no rule", dir, e.Name())
			}
		}
	}
}
