package diagnostics_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// goodFolders is how many different folders are held to be good.
const goodFolders = 1_000

// Folders that hosts run as they are get nothing but hints: whatever language they are written in, and however they are written down.
func TestGoodFolders(t *testing.T) {
	t.Parallel()
	seen, faulty := map[string]bool{}, 0
	for seed := uint64(0); len(seen) < goodFolders; seed++ {
		g := &good{Rand: rand.New(rand.NewPCG(seed, 5)), files: fstest.MapFS{}}
		g.folder()
		folder := task.Load(g.files)
		if seen[folder.Hash()] {
			continue
		}
		seen[folder.Hash()] = true
		findings := slices.DeleteFunc(diagnostics.Check(folder, nil), func(f diagnostics.Finding) bool { return f.Severity == diagnostics.Hint })
		if len(findings) == 0 {
			continue
		}
		if faulty++; faulty <= 10 {
			t.Errorf("a good folder (seed %d) has\n%s\n%s", seed, describe(findings), archived(g.files))
		}
	}
	if faulty > 0 {
		t.Errorf("%d of %d good folders have findings", faulty, len(seen))
	}
}

// archived shows a folder as a test case may hold it.
func archived(files fstest.MapFS) []byte {
	var a txtar.Archive
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: escape(string(files[name].Data))})
	}
	return txtar.Format(&a)
}

// good writes a good task folder.
type good struct {
	*rand.Rand
	files fstest.MapFS
	lines []string // of the Dockerfile
	shell bool     // the current stage's image has one

	nested string // the folder below src that holds the program; "" where that is src itself
}

// one is true once in so many times.
func (g *good) one(in int) bool { return g.IntN(in) == 0 }

// some gives its argument once in so many times, else nothing.
func (g *good) some(in int, s string) string {
	if g.one(in) {
		return s
	}
	return ""
}

func (g *good) write(name, content string) {
	g.files[name] = &fstest.MapFile{Data: []byte(content)}
}

func (g *good) folder() {
	g.write(task.NameFile, pick(g.Rand, "Echo", "größe", "日本語のタスク", "😀 task", "A task: v1.0 (beta)", "x")+pick(g.Rand, "", "\n", "\r\n", "\n\n"))
	g.write(task.DescriptionFile, pick(g.Rand, "Gives back what it gets.", "# Überschrift\n\n- one\n- two\n", "说明", "It prints meca-init-done.", "Line\r\nline\r\n")+g.some(2, "\n"))
	g.example()
	g.config()
	a := pick(g.Rand, apps...)(g)
	if len(a.build) == 0 && g.one(5) {
		g.nested = pick(g.Rand, "app", "größe", "a/b/c", "src", "service-1")
	}
	for name, content := range a.files {
		if g.one(12) && !strings.HasPrefix(content, "#!") {
			content = strings.ReplaceAll(content, "\n", "\r\n")
		}
		g.write(path.Join("src", g.nested, name), content)
	}
	g.clutter()
	g.dockerfile(a)
	g.ignore()
}

// example writes what the task is tried with.
func (g *good) example() {
	g.write(task.InputFile, pick(g.Rand, `{"input": "hello"}`, "{\n  \"a\": [1, 2, {\"b\": null}],\n  \"größe\": 1.5e3\n}\n", `{}`, "{\r\n\t\"x\": \"😀\"\r\n}\r\n",
		`{"image": "`+strings.Repeat("QUJD", g.IntN(2000))+`"}`, ` {"duplicate": 1, "other": -0.0} `, `{"text": "meca-init-done"}`))
	g.write(task.OutputFile, pick(g.Rand, "hello", "hello\n", "42", `{"a": 1}`, "größe 😀\r\n", "", "a,b\n1,2\n", "<html>\n</html>\n"))
}

// config writes a config.json with any legal values, in any style.
func (g *good) config() {
	colon, nl, indent := pick(g.Rand, ": ", ":", " : "), pick(g.Rand, "\n", "\n", "\r\n", " "), pick(g.Rand, "  ", "    ", "\t", "")
	cpu, mem := 1+g.IntN(4), pick(g.Rand, 6, 7, 64, 128, 129, 1000, 4095, 4096)
	var fields []string
	add := func(key string, value any) {
		fields = append(fields, fmt.Sprintf("%s%s%q%s%v", indent, indent, key, colon, value))
	}
	if !g.one(5) {
		add("cpu", cpu)
		add("mem", mem)
	}
	switch g.IntN(4) {
	case 0:
		add("use_gpu", true)
		add("gpu_count", 1+g.IntN(8))
	case 1:
		add("use_gpu", false)
		add("gpu_count", 0)
	case 2:
		add("use_gpu", false)
	}
	if g.one(5) {
		add("use_sgx", g.one(2))
	}
	g.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	resource := "{" + nl + strings.Join(fields, ","+nl) + nl + indent + "}"
	if len(fields) == 0 && g.one(2) {
		g.write(task.ConfigFile, pick(g.Rand, "{}", "{ }\n", "{\n}\n"))
		return
	}
	g.write(task.ConfigFile, g.some(9, "\n")+"{"+nl+indent+`"resource"`+colon+resource+nl+"}"+pick(g.Rand, "", "\n", "\r\n"))
}

// clutter adds what lies about in a repository.
func (g *good) clutter() {
	for name, content := range map[string]string{
		"README.md": "# Task\n\nIt prints `meca-init-done`.\n", "LICENSE": "MIT\n", ".gitignore": "*.pyc\n.env\n", "Makefile": "build:\n\tdocker build .\n",
		".github/workflows/ci.yml": "on: push\n", "docs/notes.txt": "meca-init-done\n", "src/README.md": "Prints meca-init-done once it listens.\n",
		"src/tests/test_app.py": "def test():\n    assert True  # meca-init-done\n", "src/.env.example": "KEY=\n", "src/data/größe 😀.csv": "a,b\n", "src/public.pem": "-----BEGIN PUBLIC KEY-----\n",
		"src/node_modules/x/index.js": "console.log('meca-init-done')\n", ".editorconfig": "root = true\n", "src/settings/config.json": `{"resource": "x",}`, "compose.yaml": "services: {}\n",
		"tests/config.json": "[", ".dockerignore": "", "src/Dockerfile.dev": "EXPOS 1\n", "src/names.txt": "a\n",
	} {
		if g.one(9) {
			g.write(name, content)
		}
	}
}

// ignore writes a .dockerignore that hides nothing that the Dockerfile asks for.
func (g *good) ignore() {
	if !g.one(3) {
		return
	}
	content := pick(g.Rand, "README.md\n*.md\n", "# nothing\n\n", "**/__pycache__\n**/*.pyc\n.git\n", "*\n!src\n", "*\n!src/\n", "*.bin\nconfig.json\nname.txt\n", "tests\n.env*\n/docs/\n",
		"**/tests\n**/*.md\n", "node_modules\n**/.DS_Store", "Dockerfile\n.dockerignore\n", "*\n!src/**\n", "src/tests\nsrc/**/*.log\n")
	if g.one(4) {
		content = strings.ReplaceAll(content, "\n", "\r\n")
	}
	g.write(task.IgnoreFile, content)
}

// app is a program that a host can run: what is below src, and how an image is made of it and started.
type app struct {
	bases  []string          // images to choose from
	files  map[string]string // below src
	main   string            // one of them, which the start command names; "" where it needs all of them
	build  []string          // instructions of a stage of its own that makes /out/app; the final stage is built on the base
	setup  string            // an instruction behind the copies
	env    string            // an instruction that the start needs
	starts []string          // start commands to choose from
}

// add adds a line of the Dockerfile.
func (g *good) add(lines ...string) {
	for _, line := range lines {
		if line == "" {
			continue
		}
		g.lines = append(g.lines, line)
		if g.one(8) && g.shell {
			g.lines = append(g.lines, pick(g.Rand, "", "# EXPOSE 5000", "  # größe 😀", "LABEL org.example.größe=\"a b\" \\\n      # between\n\n      b=c", "STOPSIGNAL SIGINT", "MAINTAINER me", "RUN true",
				"RUN echo a && \\\n    echo $((1<<3)) \\\n    ; true", "HEALTHCHECK --interval=5s CMD curl -f http://localhost:8080/ || exit 1", "VOLUME [\"/data\"]", "ENV LANG=C.UTF-8 TZ=\"Etc/UTC\"", "ENV GREETING hello world",
				"ARG COMMIT", "ARG MODE=fast\nENV MODE=${MODE}", "ONBUILD RUN echo 5000", "USER root", "ENV PATH=/venv/bin:$PATH", "ENV HOME=\"$HOME\" X=${X}y", "WORKDIR /app/../app", "RUN echo 'EXPOSE 5000' # COPY x y", "CMD python other.py --port 5000\nCMD []", "RUN [\"/bin/sh\", \"-c\", \"true\"]", "#", "\t", "LABEL port=5000", "SHELL [\"/bin/sh\", \"-ec\"]", "ENV NOTE='it''s'"))
		}
	}
}

// from is a FROM for an image, with the arguments that stand before it.
func (g *good) from(image, name string) (before, from string) {
	as := ""
	if name != "" {
		as = pick(g.Rand, " AS ", " as ") + name
	}
	repository, tag, tagged := strings.Cut(image, ":")
	switch {
	case tagged && g.one(6):
		return "ARG VERSION=" + tag, "FROM " + repository + ":" + pick(g.Rand, "${VERSION}", "$VERSION", "${VERSION:-1}") + as
	case g.one(8):
		return "ARG BASE=\"" + image + "\"", "FROM $BASE" + as
	case image != "scratch" && g.one(8):
		return "", "FROM --platform=linux/amd64 " + image + as
	case tagged && g.one(8):
		return "", "FROM localhost:5000/" + image + "@sha256:" + strings.Repeat("0a", 32) + as
	default:
		return "", "FROM " + image + as
	}
}

// dockerfile writes a Dockerfile that makes an image of an app.
func (g *good) dockerfile(a app) {
	expose, before := g.expose()
	base, stage := pick(g.Rand, a.bases...), ""
	if len(a.build) == 0 && g.one(5) {
		stage = pick(g.Rand, "base", "Base", "runtime-1") // a base stage of the file's own
	}
	arg, from := g.from(base, stage)
	for _, line := range []string{g.some(10, "ARG UNUSED=1"), arg} { // only comments and ARGs may stand here
		if line != "" {
			g.lines = append(g.lines, line)
		}
	}
	g.shell = true
	for _, line := range a.build {
		g.add(g.respell(line))
	}
	g.shell = base != "scratch"
	g.add(g.respell(from))
	if stage != "" {
		if g.one(2) {
			g.add(before, expose)
			before, expose = "", ""
		}
		if g.one(3) {
			g.add("FROM busybox:1 AS unused", "EXPOSE 5000", "CMD sleep 1")
		}
		g.add("FROM " + pick(g.Rand, stage, strings.ToUpper(stage)) + g.some(3, " AS final"))
	}
	g.body(a, before, expose)
	g.finish()
}

// body writes the final stage, without its FROM.
func (g *good) body(a app, before, expose string) {
	start := pick(g.Rand, a.starts...)
	g.add(before)
	early := g.one(3)
	if early {
		g.add(expose, a.env)
	}
	if len(a.build) == 0 {
		g.add("WORKDIR /app")
		if a.files["requirements.txt"] != "" && g.one(2) {
			g.add("COPY " + path.Join("src", g.nested, "requirements*.txt") + " ./")
		}
		for _, line := range g.copies(a) {
			g.add(line)
		}
	} else {
		g.add("COPY --from=" + pick(g.Rand, "build", "BUILD", "0") + " " + g.some(4, "--chown=0:0 ") + "/out/ /out/")
	}
	g.add(a.setup)
	if !early && g.one(2) {
		g.add(expose)
		expose = ""
	}
	if !early {
		g.add(a.env)
	}
	if strings.HasPrefix(start, "CMD") && g.one(3) {
		g.add("CMD [\"true\"]") // the last one counts
	}
	g.lines = append(g.lines, start+pick(g.Rand, "", "", "", "  ", "\t"))
	if !early && expose != "" {
		g.add(expose)
	}
}

// copies puts everything below src, or the program alone, into the image.
func (g *good) copies(a app) []string {
	switch {
	case g.nested != "":
		return []string{strings.ReplaceAll(pick(g.Rand, "COPY src/NESTED/ ./", "COPY src/NESTED .", "COPY [\"./src/NESTED\", \"/app\"]", "ADD /src/NESTED/ /app/", "COPY src/ /tmp/src/\nCOPY src/NESTED/ .", "COPY --chown=1 src/NESTED/* ."), "NESTED", g.nested)}
	case g.one(10):
		return []string{pick(g.Rand, "COPY . /all\nWORKDIR /all/src", "COPY ./ /all/\nWORKDIR /all/src", "ADD / /all\nWORKDIR /all/src")}
	}
	if len(a.files) == 1 && a.main != "" && g.one(2) {
		return []string{strings.ReplaceAll(pick(g.Rand, "COPY src/MAIN .", "COPY src/MAIN MAIN", "COPY ./src/MAIN ./", "COPY /src/MAIN /app/", "COPY [\"src/MAIN\", \"/app/\"]", "ADD --chown=root src/MAIN ./",
			"ARG DIR=src\nCOPY ${DIR}/MAIN ./", "copy src/MAIN ./", "COPY \\\n  # the program\n  src/MAIN \\\n  ./", "COPY src//MAIN ./", "COPY src/./MAIN ./"), "MAIN", a.main)}
	}
	return []string{pick(g.Rand, "COPY src/ ./", "COPY src .", "COPY /src /app", "COPY ./src/ /app/", "COPY [\"src/\", \"./\"]", "ADD src /app", "COPY --chown=1000:1000 src/ .", "ARG S=src\nCOPY $S/ .", "COPY src/* ./", "COPY \"src/\" \"./\"",
		"add ./src ./", "COPY s?c ./", "COPY src/ src/../src/ ./")}
}

// expose gives an EXPOSE of 8080, and what must stand before it.
func (g *good) expose() (expose, before string) {
	return pick(g.Rand, "EXPOSE 8080", "EXPOSE 8080", "EXPOSE 8080/tcp", "expose 8080", "EXPOSE 9090 8080", "EXPOSE 8080 8443/udp", "EXPOSE 8000-9000", "EXPOSE \\\n  # the contract's\n  8080", "EXPOSE $APP_PORT", "EXPOSE ${APP_PORT}/tcp",
		"EXPOSE ${NOTHING:-8080}", "EXPOSE 80\nEXPOSE 8080", "EXPOSE 8080/TCP", "EXPOSE \"8080\"", "EXPOSE\t8080  "), pick(g.Rand, "ENV APP_PORT=8080", "ARG APP_PORT=8080", "ENV APP_PORT 8080", "ENV A=80 B='x'\nENV APP_PORT=\"${A}80\"")
}

// respell writes an instruction in small letters now and then.
func (g *good) respell(line string) string {
	if word, rest, ok := strings.Cut(line, " "); ok && g.one(8) {
		return strings.ToLower(word) + " " + rest
	}
	return line
}

// finish writes the lines down.
func (g *good) finish() {
	content := strings.Join(g.lines, pick(g.Rand, "\n", "\n\n")) + pick(g.Rand, "\n", "", "\n\n")
	switch g.IntN(8) {
	case 0:
		content = "# syntax=docker/dockerfile:1\n" + content
	case 1:
		content = "# A task: größe 😀\n\n" + content
	case 2:
		if !strings.Contains(content, "`") && !strings.Contains(content, "\\\"") {
			content = "# escape=`\n" + strings.ReplaceAll(content, "\\\n", "`\n")
		}
	}
	if g.one(6) {
		content = strings.ReplaceAll(content, "\n", "\r\n")
	}
	if g.one(20) {
		content = text.BOM + content // builders take it off
	}
	g.write(task.DockerfileName, content)
}
