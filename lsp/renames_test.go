package lsp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/editortest"
)

// rename asks what to do when files are renamed, given as old and new paths.
func rename(e *editortest.Editor, paths ...string) *editortest.WorkspaceEdit {
	files := []any{}
	for i := 0; i < len(paths); i += 2 {
		files = append(files, object{"oldUri": editortest.URI(paths[i]), "newUri": editortest.URI(paths[i+1])})
	}
	var edit *editortest.WorkspaceEdit
	e.Call("workspace/willRenameFiles", object{"files": files}, &edit)
	return edit
}

// warnings are the warnings that were shown.
func warnings(e *editortest.Editor) (list []string) {
	for _, m := range e.State().Messages {
		if m.Method == "window/showMessage" {
			list = append(list, m.Object()["message"].(string))
		}
	}
	return list
}

func TestRenameMendsTheDockerfile(t *testing.T) {
	root := t.TempDir()
	docker := "# 😀\r\nFROM python\r\nWORKDIR /app\r\nCOPY src/app.py .\r\nCMD [\"python\", \"app.py\"]\r\n"
	a := clean(t).with(tree{"Dockerfile": docker}).write(t, filepath.Join(root, "a"))
	b := clean(t).write(t, filepath.Join(root, "b"))
	for _, able := range []bool{true, false} {
		caps := reading()
		if !able {
			caps = lacking("workspace", "workspaceEdit")
		}
		e := sessionOn(t, Options{}, caps, nil, root)
		uri := e.OpenFile(filepath.Join(a, "Dockerfile"))
		e.Await(editortest.ForVersion(uri, 1))
		other := e.OpenFile(filepath.Join(b, "Dockerfile"))
		e.Await(editortest.ForVersion(other, 1))
		edit := rename(e, filepath.Join(a, "src/app.py"), filepath.Join(a, "src/main.py"), filepath.Join(b, "src"), filepath.Join(b, "code"))
		if edit == nil || able != (edit.Changes == nil) {
			t.Fatalf("%v: %+v", able, edit)
		}
		e.Apply(*edit)
		if got, want := e.Text(uri), strings.ReplaceAll(docker, "app.py", "main.py"); got != want {
			t.Errorf("%v: %q", able, got)
		}
		if got := e.Text(other); !strings.Contains(got, "COPY code/ ./") {
			t.Errorf("%v: %q", able, got)
		}
		answers(t, e)
		if list := warnings(e); len(list) != 1 || !strings.HasPrefix(list[0], "src is among the seven entries") {
			t.Errorf("%v: %q", able, list)
		}
	}
}

func TestRenameOfTheSeven(t *testing.T) {
	root := t.TempDir()
	dir := clean(t).write(t, filepath.Join(root, "a"))
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"one of them", []string{in("config.json"), in("Config.json")}, "config.json is among"},
		{"out of the folder", []string{in("name.txt"), filepath.Join(root, "name.txt")}, "name.txt is among"},
		{"two", []string{in("name.txt"), in("n"), in("example_input.bin"), in("i")}, "name.txt, example_input.bin are among"},
		{"to one of them", []string{in("conf.json"), in("config.json")}, ""},
		{"one takes the other's name", []string{in("name.txt"), in("old"), in("new"), in("name.txt")}, ""},
		{"another file", []string{in("src/x"), in("src/y")}, ""},
		{"the whole folder", []string{dir, filepath.Join(root, "b")}, ""},
		{"to itself", []string{in("config.json"), in("config.json")}, ""},
		{"elsewhere", []string{filepath.Join(root, "config.json"), filepath.Join(root, "x")}, ""},
	} {
		e := sessionOn(t, Options{}, reading(), nil, root)
		e.Await(editortest.ForVersion(e.OpenFile(in("config.json")), 1))
		if edit := rename(e, c.paths...); edit != nil {
			t.Errorf("%s: %+v", c.name, edit)
		}
		answers(t, e)
		list := warnings(e)
		if (len(list) == 1) != (c.want != "") || len(list) > 1 || !strings.HasPrefix(strings.Join(list, ""), c.want) {
			t.Errorf("%s: %q", c.name, list)
		}
	}
}

func TestRenameIsOfferedWhereItIsAsked(t *testing.T) {
	for _, able := range []bool{true, false} {
		caps := reading()
		if !able {
			caps = lacking("workspace", "fileOperations")
		}
		r := start(t, Options{}).Initialize(editortest.Config{Capabilities: caps})
		if got := r.At("capabilities", "workspace", "fileOperations", "willRename", "filters"); able != (got != nil) {
			t.Errorf("%v: %v", able, got)
		}
	}
}
