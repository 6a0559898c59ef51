package runner_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// pythonBase is the image that most tasks are built on; a stand-in does, if it has Flask.
const pythonBase = "python:3.9-slim"

// The app of the hosts' own template, which prints its mark while it is imported; and one that leaves the mark in a buffer.
const (
	flaskApp = `from flask import Flask, request
app = Flask(__name__)

@app.route('/', methods=['POST'])
def hello_world():
    return request.json['input']

print("meca-init-done")
`
	plainApp = `from http.server import BaseHTTPRequestHandler, HTTPServer

class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

server = HTTPServer(('0.0.0.0', 8080), Echo)
print("meca-init-done")
server.serve_forever()
`
)

func TestPython(t *testing.T) {
	engine := enginetest.Require(t)
	images, err := engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(images, func(i runner.Image) bool { return slices.Contains(i.Names, pythonBase) }) {
		t.Skipf("the engine has no image %s", pythonBase)
	}
	for _, test := range []struct {
		name, app, command string
		outcome            task.Outcome
		check              func(r *task.Report) bool
	}{
		{"flask is early, by some milliseconds that a busy machine may not notice", flaskApp, `CMD ["python", "-m", "flask", "--app", "app.py", "run", "--host=0.0.0.0", "--port=8080"]`, task.Passed,
			func(r *task.Report) bool { return r.Listen.MarkToOpen != nil && *r.Listen.MarkToOpen <= untilReady(r) }},
		{"buffered", plainApp, `CMD ["python", "app.py"]`, task.Failed, func(r *task.Report) bool { return r.Ready.AtStop }},
		{"buffered behind a shell", plainApp, `CMD python app.py`, task.Failed, func(r *task.Report) bool { return r.Ready.AtStop }},
		{"not buffered", plainApp, "ENV PYTHONUNBUFFERED=1\nCMD python app.py", task.Passed,
			func(r *task.Report) bool { return r.Listen.MarkToOpen != nil && *r.Listen.MarkToOpen == 0 }},
		{"on another interface", strings.Replace(plainApp, "0.0.0.0", "127.0.0.1", 1), `CMD ["python", "-u", "app.py"]`, task.Failed,
			func(r *task.Report) bool { return slices.Equal(r.Listen.Others, []string{"127.0.0.1:8080"}) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			expected := `{"input": "hello"}`
			if test.app == flaskApp {
				expected = "hello\n"
			}
			folder := enginetest.Folder(t, "", enginetest.Files{
				"Dockerfile": "FROM " + pythonBase + "\nWORKDIR /app\nCOPY src/app.py .\nEXPOSE 8080\n" + test.command + "\n",
				"src/app.py": test.app, "example_output.bin": expected, "config.json": "{}",
			})
			witness := enginetest.NewWitness(t, engine)
			opts := quick()
			opts.ReadyTimeout = 10 * time.Second
			if test.outcome == task.Failed {
				opts.ReadyTimeout = 3 * time.Second
			}
			r := runFolder(t.Context(), t, witness, folder, opts, &recording{})
			if r.Outcome != test.outcome || !test.check(r) {
				t.Errorf("got %s: %s\nready %+v\nlisten %+v\nlast output %q", r.Outcome, r.Message, r.Ready, r.Listen, r.LastOutput)
			}
			witness.NothingLeft(t)
		})
	}
}
