package diagnostics_test

import (
	"fmt"
	"strings"
)

// apps make programs in the ways that people do.
var apps = []func(*good) app{pythonServer, pythonServer, flaskRun, flaskScript, gunicorn, gunicornSettings, uvicorn, otherPython, node, node, golang, compiled, java, shellScript, otherLanguages, prebuilt, baseImages}

var pythonImages = []string{"python:3.9-slim", "python:3.12", "python", "python:3.11-alpine", "ghcr.io/example/python:3", "continuumio/miniconda3"}

// flushed is a way to get a line out of Python at once.
type flushed struct {
	imports, print string // of the source
	env            string // an instruction
	flags          string // of the interpreter
	prefix         string // before it, in a shell's form
}

// flushes are the ways that work for whatever starts the program.
var flushes = []flushed{
	{print: `print("meca-init-done", flush=True)`},
	{print: `print('meca-init-done', flush = True)`},
	{print: "print(\n    \"meca-init-done\",\n    flush=True,\n)"},
	{print: "MARK = \"meca-init-done\"\nprint(MARK, flush=True)"},
	{print: "print(f\"meca-init-done\")\nsys.stdout.flush()", imports: "import sys\n"},
	{print: "sys.stdout.write(\"meca-init-done\\n\")\nsys.stdout.flush()", imports: "import sys\n"},
	{print: "sys.stdout.reconfigure(line_buffering=True)\nprint(\"meca-init-done\")", imports: "import sys\n"},
	{print: `os.write(1, b"meca-init-done\n")`, imports: "import os\n"},
	{print: "os.environ.setdefault(\"A\", \"#\")\nsys.stderr.write(\"#\")\nprint('meca-init-done', file=sys.stdout, flush=True)  # \"ready\"", imports: "import os, sys\n"},
	{print: "logging.basicConfig(stream=sys.stdout, level=logging.INFO)\nlogging.info(\"meca-init-done\")", imports: "import logging, sys\n"},
	{print: "import functools\nprint = functools.partial(print, flush=True)\nprint(\"meca-init-done\")"},
	{print: `subprocess.run(["echo", "meca-init-done"])`, imports: "import subprocess\n"},
	{print: `os.system("echo meca-init-done")`, imports: "import os\n"},
	{print: `print("meca-init-done")`, env: "ENV PYTHONUNBUFFERED=1"},
	{print: `print("meca-init-done")`, env: "ENV PYTHONUNBUFFERED True"},
	{print: `print("meca-init-done")`, env: "ENV PYTHONDONTWRITEBYTECODE=1 \\\n    PYTHONUNBUFFERED=\"1\""},
	{print: `print("meca-init-done")`, env: "ARG U=1\nENV PYTHONUNBUFFERED=$U"},
}

// flagged are the ways that need a hand of the interpreter's command line.
var flagged = []flushed{
	{print: `print("meca-init-done")`, flags: "-u"},
	{print: `print("meca-init-done")`, flags: "-Bu"},
	{print: `print("meca-init-done")`, flags: "-O -u"},
	{print: `print("meca-init-done")`, flags: "-X utf8 -u"},
	{print: `print("meca-init-done")`, flags: "-W ignore -u"},
	{print: `print("meca-init-done")`, prefix: "PYTHONUNBUFFERED=1 "},
	{print: `print("meca-init-done")`, prefix: "env PYTHONUNBUFFERED=1 "},
	{print: `print("meca-init-done")`, prefix: "export PYTHONUNBUFFERED=1; "},
	{print: `print("meca-init-done")`, prefix: "export PYTHONUNBUFFERED=1 && "},
}

// anyForm writes a command line in all the forms of a start command.
func anyForm(command string) []string {
	words := strings.Fields(command)
	list := `["` + strings.Join(words, `", "`) + `"]`
	forms := []string{"CMD " + command, "ENTRYPOINT " + command, "CMD [\"sh\", \"-c\", \"" + command + "\"]", "cmd " + command, "CMD true; " + command, "CMD mkdir -p /tmp/x && " + command, "CMD " + strings.Join(words, " \\\n    ")}
	if strings.ContainsAny(command, "$&;'") || strings.Contains(words[0], "=") {
		return forms
	}
	forms = append(forms, "CMD exec "+command, "CMD "+list, "CMD "+list, "ENTRYPOINT "+list, "ENTRYPOINT "+list+"\nCMD []", "cmd "+strings.ReplaceAll(list, ", ", ","), "ENTRYPOINT [\"tini\", \"--\"]\nCMD "+list, "ENTRYPOINT [\"/usr/bin/dumb-init\", \"--\", "+list[1:],
		"CMD [ "+strings.ReplaceAll(list[1:len(list)-1], ", ", ", \\\n      ")+" ]")
	if len(words) > 1 {
		forms = append(forms, fmt.Sprintf("ENTRYPOINT [%q]\nCMD [%s]", words[0], `"`+strings.Join(words[1:], `", "`)+`"`))
	}
	return forms
}

// pythonServer is a script of Python's own library.
func pythonServer(g *good) app {
	f := pick(g.Rand, append(flushes, flagged...)...)
	main := pick(g.Rand, "app.py", "main.py", "größe.py", "server_8080.py")
	source := fmt.Sprintf("%sfrom http.server import HTTPServer, BaseHTTPRequestHandler\n\n\nclass Task(BaseHTTPRequestHandler):\n    def do_POST(self):  # 'POST /'\n        pass\n\n\nserver = HTTPServer((\"\", 8080), Task)\n%s\nserver.serve_forever()\n", f.imports, f.print)
	if g.one(4) {
		source = "#!/usr/bin/env python3\n\"\"\"It's a task.\n\nmeca-init-done is printed when it's ready.\n\"\"\"\n" + source
	}
	python := f.prefix + strings.TrimSpace(pick(g.Rand, "python", "python3", "/usr/bin/python3", "/usr/local/bin/python3.9")+" "+f.flags) + " " + pick(g.Rand, main, "./"+main, "/app/"+main)
	a := app{bases: pythonImages, files: map[string]string{main: source}, main: main, env: f.env, starts: anyForm(python)}
	if g.one(3) {
		a.files["helper/__init__.py"] = ""
		a.files["helper/build.py"] = "def work(x):\n    print('working')\n    return x  # meca-init-done\n"
	}
	return a
}

// flaskRun is started by Flask's command line, which flushes with its banner.
func flaskRun(g *good) app {
	source := "from flask import Flask, request\n\napp = Flask(__name__)\n\n@app.route('/', methods=['POST'])\ndef hello_world():\n    data = request.json\n    return data['input']\n\nprint(\"meca-init-done\"" + g.some(3, ", flush=True") + ")\n"
	a := app{bases: pythonImages, main: "app.py", files: map[string]string{"app.py": source}, setup: pick(g.Rand, "RUN pip install flask", "RUN pip install --no-cache-dir flask==3.0.0 && rm -rf /tmp/*", "")}
	where := pick(g.Rand, "--host=0.0.0.0 --port=8080", "--host 0.0.0.0 --port 8080", "-h 0.0.0.0 -p 8080", "--port=8080 --host=0.0.0.0", "--host=:: --port=8080", "-p8080 -h0.0.0.0", "--no-reload --host=0.0.0.0 --port=8080 --with-threads", "")
	a.env = pick(g.Rand, "", "ENV FLASK_APP=app.py", "ENV FLASK_DEBUG=0")
	if where == "" {
		a.env = pick(g.Rand, "ENV FLASK_RUN_HOST=0.0.0.0 FLASK_RUN_PORT=8080", "ENV FLASK_RUN_HOST=0.0.0.0\nENV FLASK_RUN_PORT=8080\nENV FLASK_APP=app", "ARG P=8080\nENV FLASK_RUN_HOST 0.0.0.0\nENV FLASK_RUN_PORT $P")
	}
	if where != "" && g.one(8) {
		where = ""
		a.files[".flaskenv"] = "FLASK_RUN_HOST=0.0.0.0\nFLASK_RUN_PORT=8080\n"
	}
	a.starts = anyForm(strings.TrimSpace(pick(g.Rand, "python -m flask --app app.py run", "flask --app app run", "python3 -m flask run", "flask run", "flask --debug --app=app.py run", "uv run flask run", "poetry run flask --app app run") + " " + where))
	return a
}

// flaskScript calls app.run, whose banner flushes.
func flaskScript(g *good) app {
	where := pick(g.Rand, `host="0.0.0.0", port=8080`, `"0.0.0.0", 8080, debug=False`, `port=8080, host="::"`, `host=os.getenv("HOST", "0.0.0.0"), port=int(os.environ.get("PORT", 8080))`, `**where()`, `host=HOST, port=PORT`, "\n        host='0.0.0.0',  # 127.0.0.1 is the container's own\n        port=8080,\n    ")
	source := "import os\n\nfrom flask import Flask, request\n\nHOST, PORT = \"0.0.0.0\", 8080\napp = Flask(__name__)\n\n\n@app.post(\"/\")\ndef task():\n    return request.get_json()[\"input\"]\n\n\nif __name__ == \"__main__\":\n    print(\"meca-init-done\")\n    app.run(" + where + ")\n"
	return app{bases: pythonImages, main: "flask_app.py", files: map[string]string{"flask_app.py": source, "requirements.txt": "flask\n"}, setup: "RUN pip install -r requirements.txt", starts: anyForm(pick(g.Rand, "python", "python3") + " flask_app.py")}
}

// gunicorn says on its command line where it listens.
func gunicorn(g *good) app {
	f := pick(g.Rand, flushes...)
	bind := pick(g.Rand, "-b 0.0.0.0:8080", "--bind 0.0.0.0:8080", "--bind=0.0.0.0:8080", "-b :8080", "--bind=[::]:8080", "-b0.0.0.0:8080", "-w 2 --bind :8080", "--workers=2 --threads 4 -b 0.0.0.0:8080 --timeout 0", "-b 0.0.0.0:8080 -b unix:/tmp/s", "-b 0.0.0.0:${PORT:-8080}")
	return app{
		bases: pythonImages, main: "app.py", files: map[string]string{"app.py": f.imports + "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'x']\n\n\n" + f.print + "\n"},
		env: f.env, setup: g.some(2, "RUN pip install gunicorn"),
		starts: anyForm(pick(g.Rand, "gunicorn "+bind+" app:app", "gunicorn app:app "+bind, "python -m gunicorn "+bind+" app:app", "/usr/local/bin/gunicorn "+bind+" 'app:create()'", "gunicorn -k uvicorn.workers.UvicornWorker "+bind+" app:app")),
	}
}

// gunicornSettings says elsewhere where it listens.
func gunicornSettings(g *good) app {
	f := pick(g.Rand, flushes...)
	a := app{bases: pythonImages, main: "", files: map[string]string{"app.py": f.imports + "app = object()\n" + f.print + "\n"}, env: f.env}
	command := "gunicorn app:app"
	switch g.IntN(4) {
	case 0:
		a.env = strings.TrimSpace(a.env + "\nENV PORT=8080")
	case 1:
		a.env = strings.TrimSpace(a.env + "\nENV GUNICORN_CMD_ARGS=\"--bind=0.0.0.0:8080 --workers=2\"")
	case 2:
		a.files["gunicorn.conf.py"] = "bind = '0.0.0.0:8080'\n" // beside the app, where it is looked for
	case 3:
		a.files["settings.py"] = "bind = '0.0.0.0:8080'\n"
		command = pick(g.Rand, "gunicorn -c settings.py app:app", "gunicorn --config=settings.py app:app", "gunicorn app:app --config python:settings")
	}
	a.starts = anyForm(command)
	return a
}

func uvicorn(g *good) app {
	f := pick(g.Rand, flushes...)
	a := app{bases: pythonImages, main: "main.py", files: map[string]string{"main.py": f.imports + "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/')\nasync def task(data: dict):\n    return data\n\n\n" + f.print + "\n"}, env: f.env}
	switch g.IntN(4) {
	case 0:
		a.env = strings.TrimSpace(a.env + "\nENV UVICORN_HOST=0.0.0.0 UVICORN_PORT=8080")
		a.starts = anyForm("uvicorn main:app")
		if g.one(2) {
			a.env, a.starts = f.env, anyForm(pick(g.Rand, "UVICORN_HOST=0.0.0.0 UVICORN_PORT=8080 uvicorn main:app", "env UVICORN_PORT=8080 UVICORN_HOST=0.0.0.0 python -m uvicorn main:app", "export UVICORN_PORT=8080 UVICORN_HOST=0.0.0.0 && exec uvicorn main:app"))
		}
	case 1:
		a.files["main.py"] += "uvicorn.run(app, host='0.0.0.0', port=8080)\n"
		a.starts = anyForm(pick(g.Rand, "python main.py", "python3 main.py"))
	case 2:
		a.starts = anyForm(pick(g.Rand, "fastapi run main.py --port 8080", "fastapi run --host 0.0.0.0 --port=8080"))
	default:
		a.starts = anyForm(pick(g.Rand, "uvicorn", "python -m uvicorn", "pipenv run uvicorn") + " " + pick(g.Rand, "main:app --host 0.0.0.0 --port 8080", "--host=0.0.0.0 --port=8080 main:app", "main:app --port 8080 --host ::", "--factory main:app --port=8080 --host=0.0.0.0 --workers 1 --no-access-log"))
	}
	return a
}

func otherPython(g *good) app {
	f := pick(g.Rand, flushes...)
	return app{
		bases: pythonImages, main: "app.py", files: map[string]string{"app.py": f.imports + f.print + "\n", "pkg/__main__.py": "import app\n"}, env: f.env,
		starts: anyForm(pick(g.Rand, "waitress-serve app:app", "waitress-serve --port=8080 app:app", "waitress-serve --listen=*:8080 app:app", "waitress-serve --host 0.0.0.0 --port 8080 --call app:make", "python -m waitress --listen=0.0.0.0:8080 app:app",
			"hypercorn -b 0.0.0.0:8080 app:app", "hypercorn --bind=[::]:8080 app:app", "python -m pkg", "python -m aiohttp.web -H 0.0.0.0 -P 8080 app:init", "python manage.py runserver 0.0.0.0:8080", "daphne -b 0.0.0.0 -p 8080 app:app", "granian --host 0.0.0.0 --port 8080 app:app",
			"python -c 'import app'", "streamlit run app.py --server.port 8080", "conda run --no-capture-output -n env python -u app.py", "supervisord -n", "uwsgi --http :8080 --wsgi-file app.py", "ddtrace-run gunicorn -b 0.0.0.0:8080 app:app", "twistd -n web --port tcp:8080")),
	}
}

func node(g *good) app {
	line := pick(g.Rand, `console.log("meca-init-done");`, `console.log('meca-init-done')`, "console.log(`meca-init-done`); // it's ready", `process.stdout.write("meca-init-done\n");`, "const url = 'http://x'; console.log('meca-init-done');", "const re = /[\"'`]\\/\\//; \nconsole.log(\"meca-init-done\");", "/* don't */ console.info('meca-init-done')")
	main := pick(g.Rand, "server.js", "index.mjs", "app.cjs")
	server := pick(g.Rand, "const http = require('http');\nhttp.createServer((q, s) => s.end('x')).listen(8080, '0.0.0.0');", "const app = require('express')();\nconst port = process.env.PORT || 8080;\napp.listen(port, () => {});",
		"import Fastify from 'fastify'\nconst app = Fastify({ logger: true })\nawait app.listen({ port: 8080, host: '0.0.0.0' })", "const fastify = require('fastify')();\nfastify.listen({ host: '::', port: Number(process.env.PORT ?? 8080) });", "const { PORT = 8080 } = process.env;\nrequire('./server').listen(PORT);")
	a := app{bases: []string{"node:20-slim", "node", "node:lts-alpine", "oven/bun:1", "denoland/deno"}, main: main, files: map[string]string{main: server + "\n" + line + "\n"}}
	a.env = pick(g.Rand, "", "ENV NODE_ENV=production", "ENV PORT=8080", "ENV PORT 8080", "ARG PORT=8080\nENV PORT=${PORT}", "ENV HOST=0.0.0.0 PORT=\"8080\"")
	command := pick(g.Rand, "node "+main, "node --max-old-space-size=100 "+main, "node ./"+main+" --port 8080", "node "+main+" --port=8080 --host=0.0.0.0", "bun run "+main, "deno run -A "+main, "PORT=8080 node "+main, "pm2-runtime "+main, "nodemon -w . "+main)
	if g.one(3) {
		a.files["package.json"] = `{"name": "task", "scripts": {"start": "node ` + main + `"}}`
		a.setup, command = pick(g.Rand, "RUN npm ci --omit=dev", "RUN npm install"), pick(g.Rand, "npm start", "npm run start", "yarn start", "pnpm start", "npm start -- --port 8080")
	}
	a.starts = anyForm(command)
	return a
}

func golang(g *good) app {
	return app{
		bases: []string{"scratch", "alpine:3.20", "gcr.io/distroless/static", "busybox"},
		files: map[string]string{"main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"net\"\n\t\"net/http\"\n)\n\n// main prints meca-init-done.\nfunc main() {\n\tl, _ := net.Listen(\"tcp\", `:8080`)\n\tfmt.Println(\"meca-init-done\")\n\thttp.Serve(l, nil)\n}\n", "go.mod": "module task\n"},
		build: []string{"FROM golang:1.22" + pick(g.Rand, "", "-alpine") + " AS build", "WORKDIR /src", pick(g.Rand, "COPY src/ .", "COPY src/go.mod ./\nRUN go mod download\nCOPY src/*.go ./", "ADD src ."), "RUN CGO_ENABLED=0 go build " + g.some(2, "-ldflags=\"-s -w\" ") + "-o /out/app ."},
		env:   pick(g.Rand, "", "ENV PORT=8080", "USER 65534:65534"), starts: []string{"ENTRYPOINT [\"/out/app\"]", "CMD [\"/out/app\"]", "ENTRYPOINT [\"/out/app\"]\nCMD [\"--port\", \"8080\"]", "CMD [\"/out/app\", \"-v\"]"},
	}
}

func compiled(g *good) app {
	source := pick(g.Rand, [2]string{"main.rs", "use std::net::TcpListener;\n\nstruct Lexer<'a> { s: &'a str }\n\nfn main() {\n    let _l = TcpListener::bind(\"0.0.0.0:8080\");\n    println!(\"meca-init-done\"); // '\"'\n}\n"},
		[2]string{"main.c", "#include <stdio.h>\n\n/* It's a task: \"8080. */\nint main(void) {\n  char quote = '\"';\n  puts(\"meca-init-done\");\n  fflush(stdout);\n  return 0;\n}\n"},
		[2]string{"main.cpp", "#include <iostream>\n// meca-init-done\nint main() { std::cout << \"meca-init-done\" << std::endl; }\n"}, [2]string{"app.zig", "pub fn main() !void { try out.print(\"meca-init-done\\n\", .{}); }\n"},
		[2]string{"Program.cs", "var app = WebApplication.Create();\napp.Urls.Add(\"http://*:8080\");\nConsole.WriteLine(\"meca-init-done\");\n"}, [2]string{"Main.hs", "main = putStrLn \"meca-init-done\"\n"})
	return app{
		bases: []string{"debian:bookworm-slim", "scratch", "alpine", "mcr.microsoft.com/dotnet/aspnet:8.0"}, files: map[string]string{source[0]: source[1]},
		build:  []string{"FROM " + pick(g.Rand, "rust:1.80", "gcc:13", "debian:12") + " AS build", "COPY src/ /build/", "WORKDIR /build", "RUN make && mkdir /out && cp app /out"},
		env:    pick(g.Rand, "", "ENV ASPNETCORE_URLS=http://+:8080", "ENV RUST_LOG=info"),
		starts: []string{"CMD [\"/out/app\"]", "ENTRYPOINT [\"/out/app\", \"--listen\", \"0.0.0.0:8080\"]", "CMD [\"/out/app\", \"--bind\", \"0.0.0.0:8080\"]", "CMD [\"/out/app\", \"--host=0.0.0.0\", \"--port=8080\"]"},
	}
}

func java(g *good) app {
	a := app{
		bases: []string{"eclipse-temurin:21-jre", "openjdk:17-slim", "amazoncorretto:21"}, main: "",
		files:  map[string]string{"Task.java": "public class Task {\n    /** It's \"meca-init-done\". */\n    public static void main(String[] a) throws Exception {\n        char c = '\"';\n        System.out.println(\"meca-init-done\");\n    }\n}\n"},
		setup:  "RUN javac Task.java",
		starts: anyForm(pick(g.Rand, "java Task", "java -Xmx96m -cp . Task", "java -Dserver.port=8080 Task --server.port=8080", "java -XX:MaxRAMPercentage=75.0 -Dport=8080 Task")),
	}
	if g.one(2) {
		a.setup, a.build = "", []string{"FROM maven:3-eclipse-temurin-21 AS build", "COPY src /build/src", "RUN mvn -B -f /build/src/pom.xml package && mv /build/target /out"}
		a.starts = []string{"ENTRYPOINT [\"java\", \"-jar\", \"/out/app.jar\"]", "CMD java $JAVA_OPTS -jar /out/app.jar", "ENTRYPOINT [\"sh\", \"-c\", \"exec java $JAVA_OPTS -jar /out/app.jar\"]"}
	}
	return a
}

// shellScript starts something that speaks by itself, and prints the mark.
func shellScript(g *good) app {
	script := "#!/bin/sh\nset -eu\n# It's the start: prints meca-init-done\n[ \"$#\" -gt 0 ] || set -- serve\nsocat TCP-LISTEN:8080,fork EXEC:/app/answer.sh &\n" + pick(g.Rand, "echo meca-init-done", "echo \"meca-init-done\"", "printf 'meca-init-done\\n' # ready", "cat <<END\nmeca-init-done\nEND", "echo \"don't stop\"; echo 'meca-init-done'") + "\nwait\n"
	a := app{bases: []string{"alpine", "debian:12-slim", "bash:5"}, files: map[string]string{"start.sh": script, "answer.sh": "#!/bin/sh\ncat\n"}, setup: g.some(2, "RUN chmod +x /app/*.sh"), starts: anyForm(pick(g.Rand, "./start.sh", "sh start.sh", "/bin/bash /app/start.sh", "/app/start.sh serve --port 8080"))}
	if g.one(3) { // the mark stands in the start command
		a.files = map[string]string{"answer.sh": "#!/bin/sh\ncat\n"}
		a.starts = []string{"CMD (sleep 1; echo meca-init-done) & exec nc -lk -p 8080 -e ./answer.sh", "CMD [\"sh\", \"-c\", \"echo meca-init-done && exec ./answer.sh\"]", "ENTRYPOINT echo meca-init-done; ./answer.sh"}
	}
	return a
}

func otherLanguages(g *good) app {
	choice := pick(g.Rand,
		[4]string{"php:8-cli", "index.php", "<?php\n# it's PHP\nfile_put_contents('php://stdout', \"meca-init-done\\n\");\n", "php -S 0.0.0.0:8080 index.php"},
		[4]string{"ruby:3", "app.rb", "# it's Ruby\n$stdout.sync = true\nputs \"meca-init-done\"\n", "ruby app.rb -o 0.0.0.0 -p 8080"},
		[4]string{"ruby:3", "config.ru", "STDOUT.puts 'meca-init-done'\n", "bundle exec puma -b tcp://0.0.0.0:8080"},
		[4]string{"r-base", "api.R", "cat(\"meca-init-done\\n\")\n", "Rscript api.R"},
		[4]string{"perl:5", "app.pl", "use Mojolicious::Lite; $| = 1; print \"meca-init-done\\n\";\n", "perl app.pl daemon -l http://*:8080"},
		[4]string{"julia:1", "app.jl", "println(\"meca-init-done\"); flush(stdout)\n", "julia --project app.jl"},
		[4]string{"elixir", "app.exs", "IO.puts(\"meca-init-done\")\n", "elixir app.exs"},
		[4]string{"nginx:1.27", "10-mark.sh", "#!/bin/sh\necho meca-init-done\n", "nginx -g 'daemon off;'"},
		[4]string{"openresty/openresty", "app.lua", "print(\"meca-init-done\")\n", "lua app.lua"},
		[4]string{"swift:5", "main.swift", "print(\"meca-init-done\") // it's ready\n", "swift main.swift"},
		[4]string{"jupyter/base-notebook", "task.ipynb", "{\"cells\": [{\"source\": [\"print('meca-init-done', flush=True)\"]}]}\n", "jupyter execute task.ipynb"},
	)
	return app{bases: choice[:1], main: choice[1], files: map[string]string{choice[1]: choice[2]}, starts: anyForm(choice[3])}
}

// prebuilt is a program that is built elsewhere, or packed.
func prebuilt(g *good) app {
	choice := pick(g.Rand, [2]string{"app", "\x7fELF\x02\x01\x01\x00" + "meca-init-done\x00"}, [2]string{"app.jar", "PK\x03\x04\x14\x00\x08"}, [2]string{"app.tar.gz", "\x1f\x8b\x08\x00"}, [2]string{"app.wasm", "\x00asm\x01\x00\x00\x00meca-init-done"}, [2]string{"app.whl", "PK\x03\x04"})
	return app{bases: []string{"debian", "scratch"}, main: choice[0], files: map[string]string{choice[0]: choice[1]}, starts: []string{"CMD [\"/app/app\"]", "ENTRYPOINT [\"/app/app\"]"}}
}

// baseImages hold the app already, or get it from the network.
func baseImages(g *good) app {
	return app{
		bases: []string{"example/app:1"}, files: map[string]string{".keep": ""},
		setup: pick(g.Rand, "RUN git clone --depth 1 https://example.org/app.git .", "ADD https://example.org/app.py /app/", "RUN curl -fsSL https://example.org/app.sh -o app.sh", "COPY --from=example/other:2 /app /app"),
		// Nothing is known of the program.
		starts: anyForm(pick(g.Rand, "/app/run", "./app.sh", "serve -l 8080")),
	}
}
