package task

import (
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// What a source of Python has that listens, besides the run of something: calls whose arguments may say where, and libraries that are
// not followed.
var (
	servesPython    = []string{"serve(", "Server(", "run_app(", "waitress", "uvicorn", "HTTPServer", "TCPServer"}
	servesOtherwise = []string{
		"run_simple", "make_server", "create_server", "start_server", "gunicorn", "hypercorn", "gevent", "pywsgi", "eventlet", "bjoern", "cheroot", "cherrypy", "tornado", "twisted",
		"daphne", "granian", "meinheld", "wsgiref", "sanic", "import quart", "from quart", "bottle", "falcon", "socket", "grpc", "gradio", "streamlit", "import dash", "from dash",
		"uvicorn.Server", "uvicorn.Config", "TCPSite", "UnixSite", "AppRunner", "XMLRPCServer", "SERVER_NAME", "from_pyfile", "from_prefixed_env", "from_envvar", "from_file(", "from_json(",
	}
)

// ServesOtherwise reports whether a source of Python, without its comments, may listen in a way that its calls do not tell.
func ServesOtherwise(code string) bool {
	return containsAny(strings.ReplaceAll(code, "socketserver", ""), servesOtherwise)
}

var setsEnvironment = regexp.MustCompile(`dotenv|putenv|read_env|loadEnvFile|custom-env|\benviron\s*\.\s*(?:setdefault|update)|\benviron\s*\|?=[^=]|` +
	`\b(?:environ|process\.env)\s*\[\s*(?:["']\w*(?:PORT|HOST|ADDR)\w*["']|[^\s"'\]][^\]\n]*)\s*\]\s*=[^=>]|assign\(\s*process\.env\b|process\.env\s*=[^=>]`)

// SetsEnvironment reports whether a source, of Python or JavaScript, may give variables of the environment that tell where to listen other
// values.
func SetsEnvironment(code string) bool { return setsEnvironment.MatchString(code) }

// mayServe reports whether a source of Python may listen, or may tell another one where to.
func mayServe(f *text.File) bool {
	if containsAny(f.Text, servesPython) || ServesOtherwise(f.Text) || SetsEnvironment(f.Text) {
		return true
	}
	for rest := f.Text; ; {
		before, behind, found := strings.Cut(rest, ".run")
		if !found {
			return false
		}
		if strings.HasPrefix(strings.TrimLeft(behind, " "), "(") && !startsNone(before) {
			return true
		}
		rest = behind
	}
}

// startsNone reports whether what stands before a run is a module that starts programs or coroutines, and no server.
func startsNone(before string) bool {
	return slices.ContainsFunc([]string{"subprocess", "asyncio"}, func(module string) bool { return strings.HasSuffix(before, module) })
}

// portReaders are what a source names that gets its port from PORT, itself or by a library.
var portReaders = []string{"PORT", "Settings", "import dash", "from dash"}

// NamesPort reports whether one of the sources that reach the image may read the variable PORT.
func (f *Folder) NamesPort(reaches func(path string) bool) bool {
	return f.speaks(func(path string, s speech) bool { return s.namesPort && reaches(path) })
}

// PythonServers are the sources of Python that may listen, of those that reach the image, by their paths.
func (f *Folder) PythonServers(reaches func(path string) bool) (paths []string) {
	for _, info := range f.Files() {
		if f.speechOf(info).servesPy && reaches(info.Path) {
			paths = append(paths, info.Path)
		}
	}
	return paths
}
