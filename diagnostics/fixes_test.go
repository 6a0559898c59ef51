package diagnostics_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// folders are many faulty folders: the test data, and every half-typed state and slip of the finger of some of its files.
func folders(t *testing.T) map[string]fstest.MapFS {
	t.Helper()
	all := map[string]fstest.MapFS{}
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = newCase(t, a).files
	}
	typed := func(name, content string, step int) {
		for i := 0; i < len(content); i += step {
			all[fmt.Sprintf("%.12q up to %d", content, i)] = complete(map[string]string{name: content[:i]})
			all[fmt.Sprintf("%.12q without %d", content, i)] = complete(map[string]string{name: content[:i] + content[i+1:]})
		}
	}
	typed(task.ConfigFile, "{\n  \"resource\": {\n    \"cpu\": \"2\",\n    \"memory\": 5, // MB\n    'use_gpu': True,\n  },\n  \"cpu\": 1\n}\n", 4)
	typed(task.ConfigFile, "{\"a\":\"😀\",\"resource\":{\"cpu\":0,\"cpu\":1.0,\"gpu_count\":2}}", 7)
	typed(task.DockerfileName, "FROM a AS b\r\nEXPOS 80 \\\r\n 8080/udp\r\nFROM b\r\nRUN <<EOF\r\nx\r\nEOF\r\nCOPY --link app.py src/x /y/\r\nCMD [\"flask\", \"run\", \"-p\", \"5000\"]", 7)
	typed(task.DockerfileName, "# escape=`\nfrom python:$TAG\ncopy . .\nexpose 5000 `\n  $PORT\nenv FLASK_RUN_PORT 5000\ncmd gunicorn -b 127.0.0.1:5000 app:app `\n", 7)

	typed(task.DockerfileName, "FROM a\nRUN --mount=type=cache,target=/c --network=none x\nCOPY --chmod=1 --link [\"app.py\", \"/x\"]\nADD --checksum=sha256:1 https://e.org/x /y\nENV PORT=80 HOST=\"127.0.0.1\"\nCMD [\"sh\", \"-c\", \"uvicorn app:app --port 80 --host localhost\"]\n", 7)
	typed(task.DockerfileName, "FROM --platform=$BUILDPLATFORM a\nARG TARGETARCH\nWORKDIR /app\nCOPY src ./\nENTRYPOINT [\"python\",\"app.py\"]\nCMD [\"--port\", \"5000\", \"--bind=127.0.0.1:80\"]", 7)
	typed(task.ConfigFile, "\ufeff{\r\n\t\"resource\": { \"mem\": \"1e2\", \"use_gpu\": true, \"x\": {\"y\": [1, ]} }\r\n}", 7)
	typed(task.ConfigFile, "{\"mem\":5,\"gpus\":null,\"resources\":{\"cpus\":1}}", 7)
	typed(task.InputFile, "'{\\\"a\\\": 1, }'\n", 7)
	typed("src/app.py", "import x\nprint('meca-init-done') # x\nprint(\"\"\"a\"\"\")\n", 7)
	return all
}

// Every fix applies to the text that its finding was made for, and mends it: that finding is gone, and no worse one came in its place.
func TestEveryFixMends(t *testing.T) {
	t.Parallel()
	for name, files := range folders(t) {
		findings := diagnostics.Check(task.Load(files), nil)
		for _, f := range findings {
			for _, fix := range f.Fixes {
				fixed, _, err := apply(files, fix)
				if err != nil {
					t.Errorf("%s: %q: %v", name, fix.Title, err)
					continue
				}
				if f.Code == "config-missing-default" && !fix.Preferred {
					continue // adding one leaves the others
				}
				after := diagnostics.Check(task.Load(fixed), nil)
				if occurrences(after, f) >= occurrences(findings, f) {
					t.Errorf("%s: %q leaves its finding: %s\n%s\nbecomes\n%s", name, fix.Title, f.Message, shownFiles(files, fix), shownFiles(fixed, fix))
				}
			}
		}
	}
}

func shownFiles(files fstest.MapFS, fix diagnostics.Fix) string {
	all := ""
	for _, e := range fix.Edits {
		all += fmt.Sprintf("%q", files[e.File.Path].Data)
	}
	return all
}

// Who takes the first fix that is offered, again and again, comes to an end, and never makes a folder worse than it was.
func TestPreferredFixesEnd(t *testing.T) {
	t.Parallel()
	for name, files := range folders(t) {
		var done []string
		for {
			findings := diagnostics.Check(task.Load(files), nil)
			fix, ok := firstPreferred(findings)
			if !ok {
				break
			}
			if done = append(done, fix.Title); len(done) > 60 {
				t.Errorf("%s: no end: %s", name, strings.Join(done[50:], "; "))
				break
			}
			fixed, _, err := apply(files, fix)
			if err != nil {
				t.Errorf("%s: %q: %v", name, fix.Title, err)
				break
			}
			files = fixed
		}
	}
}

func firstPreferred(findings []diagnostics.Finding) (diagnostics.Fix, bool) {
	for _, f := range findings {
		for _, fix := range f.Fixes {
			if fix.Preferred {
				return fix, true
			}
		}
	}
	return diagnostics.Fix{}, false
}

// Whatever is said of whatever folder: a place in the text, three sentences a person can read, no more than one preferred fix.
func TestEveryFinding(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("x", 100_000)
	all := folders(t)
	all["huge keys"] = complete(map[string]string{"config.json": `{"` + huge + `": 1, "resource": {"` + huge + `": 1, "cpu": "` + huge + `"}}`})
	all["huge words"] = complete(map[string]string{"config.json": `{"a" ` + huge + ` ` + huge + `}`})
	all["huge instruction"] = complete(map[string]string{"Dockerfile": "FROM a\n" + huge[:60_000] + "\nEXPOSE " + huge[:60_000] + "\nCOPY --" + huge[:60_000] + "=1 a b\nCOPY " + huge[:60_000] + " /x\nCMD [\"flask\", \"run\", \"--port\", \"" + huge[:50_000] + "\"]\n"})
	all["huge variable"] = complete(map[string]string{"Dockerfile": "FROM $" + huge[:60_000] + "\nEXPOSE $" + huge[:60_000] + "\n"})
	all["control characters"] = complete(map[string]string{"config.json": "{\"\\u001b[31m\u202e\": 1, \"a\u009b\x7f\": \x1b}", "Dockerfile": "FROM a\n\x1b[31m\u202e x\nEXPOSE \x1b\n"})
	for name, files := range all {
		for _, f := range diagnostics.Check(task.Load(files), nil) {
			if at := f.Span; at != text.BOMSpan && (at.Start < 0 || at.End < at.Start || at.End > len(f.File.Text)) {
				t.Errorf("%s: %s stands at %v of %d bytes", name, f.Code, at, len(f.File.Text))
			}
			if err := badMessage(f.Message); err != "" {
				t.Errorf("%s: %s: the message %s: %.200q", name, f.Code, err, f.Message)
			}
			preferred, titles := 0, map[string]bool{}
			for _, fix := range f.Fixes {
				if fix.Safe && (!fix.Preferred || len(fix.Creates)+len(fix.Renames)+len(fix.Replaces) > 0 || len(fix.Edits) != 1 || fix.Edits[0].File.Path != f.File.Path) {
					t.Errorf("%s: %s: %q is called safe, and is not", name, f.Code, fix.Title)
				}
				if fix.Preferred {
					preferred++
				}
				if len(fix.Title) > 120 || text.Plain(fix.Title) != fix.Title || titles[fix.Title] {
					t.Errorf("%s: %s: the title %.200q is too long, odd, or there twice", name, f.Code, fix.Title)
				}
				titles[fix.Title] = true
			}
			if preferred > 1 {
				t.Errorf("%s: %s has %d preferred fixes", name, f.Code, preferred)
			}
		}
	}
}

// badMessage says what is wrong with a message; "" where nothing is.
func badMessage(s string) string {
	switch {
	case len(s) > 600:
		return fmt.Sprintf("is %d bytes long", len(s))
	case text.Plain(s) != s:
		return "holds control characters"
	case !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?"):
		return "does not end like a sentence"
	case strings.Contains(s+" ", ".. "), strings.Contains(s, "  "), strings.Contains(s, "%!"), strings.Contains(s, "``"), strings.Contains(s, "()"):
		return "has a hole in it"
	case s[0] >= 'a' && s[0] <= 'z':
		return "starts with a small letter"
	}
	return ""
}

// Findings do not hang on the order of maps, and leave the folder as it was.
func TestCheckIsSteady(t *testing.T) {
	t.Parallel()
	for name, files := range folders(t) {
		folder := task.Load(files)
		before := describe(diagnostics.Check(folder, nil))
		for range 3 {
			if after := describe(diagnostics.Check(folder, nil)); after != before {
				t.Errorf("%s: \n%s\nthen\n%s", name, before, after)
			}
		}
		open := map[string]string{}
		for path, file := range files {
			if file.Mode.IsRegular() && !strings.HasPrefix(string(file.Data), text.BOM) {
				open[path] = string(file.Data)
			}
		}
		if after := describe(diagnostics.Check(folder.With(maps.Clone(open)), nil)); after != before {
			t.Errorf("%s: on disk\n%s\nopen in an editor\n%s", name, before, after)
		}
	}
}

// FuzzCheck judges any texts: every place lies in its text, every message can be read, every fix applies.
func FuzzCheck(f *testing.F) {
	f.Add(`{"resource": {"cpu": "1", "memory": 5,}}`, "FROM a AS b\nEXPOSE $P\nCOPY x y\nCMD [\"flask\", \"run\"]\n", "print('meca-init-done')", `'{\"a\":1}'`, "*\n!src\n")
	f.Add(text.BOM+"{'cpu': 1 // x\n", "# escape=`\nfrom a\nrun --mount=type=cache x `\n y\ncmd gunicorn -b :80 a:a", "# meca-init-done", "[]", "[")
	f.Fuzz(func(t *testing.T, config, dockerfile, source, input, ignore string) {
		if len(config)+len(dockerfile)+len(source)+len(input)+len(ignore) > 4000 {
			return
		}
		files := complete(map[string]string{
			task.ConfigFile: config, task.DockerfileName: dockerfile, task.StarterApp: source, task.InputFile: input, task.IgnoreFile: ignore,
		})
		for _, found := range diagnostics.Check(task.Load(files), &task.Report{OutOfMemory: true, Ready: &task.Ready{TimedOut: true}}) {
			if at := found.Span; at != text.BOMSpan && (at.Start < 0 || at.End < at.Start || at.End > len(found.File.Text)) {
				t.Fatalf("%s stands at %v of %d bytes", found.Code, at, len(found.File.Text))
			}
			if len(found.Message) > 700 || text.Plain(found.Message) != found.Message {
				t.Fatalf("%s: %q", found.Code, found.Message)
			}
			for _, fix := range found.Fixes {
				if _, _, err := apply(files, fix); err != nil {
					t.Fatalf("%s: %q: %v", found.Code, fix.Title, err)
				}
			}
		}
	})
}
