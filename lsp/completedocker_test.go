package lsp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// offered are the labels at the bar of a text, and the text after the last of them was taken.
func offered(e *editortest.Editor, path, marked string) (labels []string, after string) {
	uri, at := placeOf(e, path, marked)
	defer e.Close(uri)
	type item struct {
		completionItem
		AdditionalTextEdits []editortest.TextEdit
	}
	list := ask[[]item](e, "completion", uri, object{"position": at["position"]})
	for _, i := range list {
		labels = append(labels, i.Label)
	}
	if n := len(list); n > 0 {
		e.Apply(editortest.WorkspaceEdit{Changes: map[string][]editortest.TextEdit{uri: append(list[n-1].AdditionalTextEdits, list[n-1].TextEdit)}})
		after = e.Text(uri)
	}
	return labels, after
}

func TestDockerfileCompletion(t *testing.T) {
	plain := tree{"src/app.py": "print('meca-init-done')\n"}
	flask := tree{"src/app.py": "", "src/flask_app.py": "from flask import Flask\nprint('meca-init-done')\n"}
	const expose, env = "EXPOSE 8080", "ENV PYTHONUNBUFFERED=1"
	const python, run = `CMD ["python", "-u", "app.py"]`, `CMD ["flask", "--app", "flask_app.py", "run", "--host=0.0.0.0", "--port=8080"]`
	head := "FROM python:3.9\nWORKDIR /app\nCOPY src .\n"
	for _, c := range []struct {
		name   string
		files  tree
		marked string
		want   []string
		after  string // "" where that is not looked at
	}{
		{"an empty line", plain, head + "|\n", []string{expose, env, python}, head + python + "\n"},
		{"a word", plain, head + "  C|M\n", []string{expose, env, python}, head + "  " + python + "\n"},
		{"flask", flask, head + "|", []string{expose, env, run}, head + run},
		{"lower case", plain, "from python\ncopy src /x/\n|", []string{"expose 8080", "env PYTHONUNBUFFERED=1", `cmd ["python", "-u", "/x/app.py"]`}, ""},
		{"another base", plain, "FROM debian\nWORKDIR /app\nCOPY src/app.py run.py\n|", []string{expose, env, `CMD ["python3", "-u", "run.py"]`}, ""},
		{"all there", plain, head + "ENV PYTHONUNBUFFERED=1\nEXPOSE 8080\n|\nCMD x\n", nil, ""},
		{"a start command", plain, head + "|\nCMD x\n", []string{expose, env}, ""},
		{"on the start command", plain, head + "CMD|\n", []string{expose, env, python}, head + python + "\n"},
		{"behind CMD", plain, head + "CMD |\n", []string{python[4:]}, head + python + "\n"},
		{"behind EXPOSE", plain, head + "EXPOSE 80|\n", []string{"8080"}, head + "EXPOSE 8080\n"},
		{"behind EXPOSE, the second", plain, head + "EXPOSE 90 |\n", []string{"8080"}, head + "EXPOSE 90 8080\n"},
		{"behind EXPOSE, exposed already", plain, head + "EXPOSE 8080\nEXPOSE |\n", nil, ""},
		{"not copied", plain, "FROM python\n|", []string{expose, env}, ""},
		{"ignored", plain.with(tree{".dockerignore": "src/app.py"}), head + "|", []string{expose, env}, ""},
		{"no Python", tree{"src/app.py": "", "src/x.js": "x"}, head + "|", []string{expose}, ""},
		{"a name in quotes", tree{"src/app.py": "", "src/a\"b/main.py": "x"}, head + "|", []string{expose, env}, ""},
		{"in an argument", plain, head + "RUN x|\n", nil, ""},
		{"in a comment", plain, head + "# |\n", nil, ""},
		{"in a continued line", plain, head + "RUN a \\\n |\n b\n", nil, ""},
		{"behind an open one", plain, head + "RUN a \\\n|", nil, ""},
		{"in a here-document", plain, head + "RUN <<E\n|\nE\n", nil, ""},
		{"in an earlier stage", plain, "FROM a\n|\nFROM b\n", nil, ""},
		{"before the first", plain, "|\nFROM b\n", nil, ""},
		{"nothing", plain, "|", nil, ""},
		{"CRLF", plain, strings.ReplaceAll(head, "\n", "\r\n") + "EX|\r\nUSER 😀\r\n", []string{expose, env, python}, ""},
	} {
		dir := clean(t).with(c.files).write(t, t.TempDir())
		e := sessionOn(t, Options{}, reading(), nil, dir)
		labels, after := offered(e, filepath.Join(dir, "Dockerfile"), c.marked)
		if diff := cmp.Diff(c.want, labels); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if c.after != "" && c.after != after {
			t.Errorf("%s: %q, want %q", c.name, after, c.after)
		}
	}
}

// A key behind a member that lacks its comma brings the comma along, in settings files too.
func TestCompletionBringsTheComma(t *testing.T) {
	dir := clean(t).write(t, t.TempDir())
	e := sessionOn(t, Options{}, lacking("textDocument", "completion"), nil, dir)
	if _, after := offered(e, filepath.Join(dir, "config.json"), "{\"resource\": {\"cpu\": 1, \"mem\": 128, \"use_gpu\": true\n  \"|\"}}"); after != "{\"resource\": {\"cpu\": 1, \"mem\": 128, \"use_gpu\": true,\n  \"gpu_count\": 0}}" {
		t.Errorf("%q", after)
	}
	if _, after := offered(e, filepath.Join(dir, ".meca-lsp.json"), "{\"rules\": {\"empty-file\": \"off\"\n  \"run-outp|\"}}"); !strings.HasPrefix(after, "{\"rules\": {\"empty-file\": \"off\",\n  \"run-") {
		t.Errorf("%q", after)
	}
}
