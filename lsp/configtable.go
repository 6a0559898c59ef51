package lsp

import (
	"fmt"
	"strings"
	"time"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// setting is one thing that a person can set, as `meca.` and its key. docs/editors.md and the extension's package.json say the same.
type setting struct {
	key    string
	kind   settingKind
	values []string // of a choice
	doc    string   // Markdown
	// restricted settings choose a program, an engine or how long it is kept busy: one that is not trusted with running must not.
	restricted bool
	scope      string // in VS Code
	read       reader // nil for what concerns our extension alone
}

// reader takes a value up. What is wrong with it is said as the ends of sentences that begin with the setting.
type reader func(c *config, v node) (wrong []string)

type settingKind string

const (
	kindBool     settingKind = "boolean"
	kindChoice   settingKind = "choice"
	kindText     settingKind = "text"
	kindDuration settingKind = "duration"
	kindRules    settingKind = "rules"
)

// The scopes of VS Code: who may set something, and for what.
const (
	scopeFolder  = "resource"            // also a folder of the workspace
	scopeWindow  = "window"              // the whole workspace
	scopeMachine = "machine-overridable" // a person, and a workspace that is trusted
)

// The values of run.as.
const bothViews = "both"

func viewNames() []string {
	return []string{string(task.AsContract), string(task.AsTodaysHost), bothViews}
}

// settingsTable are all settings, in the order of the documentation.
func settingsTable() []setting {
	return []setting{
		{
			key: "rules", kind: kindRules, scope: scopeFolder, read: readRules,
			doc: "Another severity for rules, by their codes, such as `{\"config-missing-default\": \"off\"}`. It counts before the `.meca-lsp.json` files of the workspace.",
		},
		{
			key: "run.as", kind: kindChoice, values: viewNames(), scope: scopeFolder, read: readViews,
			doc: "Whose host a run is: `contract` keeps to the limits of `config.json`, `todays-host` gives 1 CPU and 128 MB and builds only `Dockerfile` and `src`, `both` is one after the other.",
		},
		{
			key: "run.once", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.once }),
			doc: "Ask the example once in a run, for a task that must not be asked twice. Else it is asked again, and twice at once, as hosts do.",
		},
		{
			key: "run.onSave", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.onSave }),
			doc: "Run a task again when a file of it is saved, once it was run in this session.",
		},
		{
			key: "run.buildTimeout", kind: kindDuration, restricted: true, scope: scopeMachine,
			read: duration(func(c *config) *time.Duration { return &c.buildTimeout }),
			doc:  "How long a build may take: seconds, or a text such as `\"30m\"`.",
		},
		{
			key: "run.readyTimeout", kind: kindDuration, restricted: true, scope: scopeMachine,
			read: duration(func(c *config) *time.Duration { return &c.readyTimeout }),
			doc:  "How long a task may take from its start until it prints `meca-init-done`: seconds, or a text such as `\"90s\"`.",
		},
		{
			key: "run.answerTimeout", kind: kindDuration, restricted: true, scope: scopeMachine,
			read: duration(func(c *config) *time.Duration { return &c.answerTimeout }),
			doc:  "How long an answer may take: seconds, or a text such as `\"90s\"`.",
		},
		{
			key: "codeLens.enable", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.lenses }),
			doc: "Show code lenses in task folders.",
		},
		{
			key: "codeLens.run", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.lensRun }),
			doc: "Among the code lenses: run the example, and stop that.",
		},
		{
			key: "codeLens.build", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.lensBuild }),
			doc: "Among the code lenses: build the image.",
		},
		{
			key: "codeLens.verdict", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.lensResult }),
			doc: "Among the code lenses: how the last run ended.",
		},
		{
			key: "inlayHints.enable", kind: kindBool, scope: scopeFolder, read: boolean(func(c *config) *bool { return &c.hints }),
			doc: "Show inlay hints in `config.json`: the defaults that apply, and the last run's peak of memory.",
		},
		{
			key: "engine", kind: kindText, restricted: true, scope: scopeMachine, read: readEngine,
			doc: "Address of the container engine, as in `DOCKER_HOST`: `unix:///run/podman/podman.sock`, `ssh://me@host`. Empty: the one that is found.",
		},
		{
			key: "server.path", kind: kindText, restricted: true, scope: scopeMachine,
			doc: "Absolute path of the `meca-lsp` program to use. Empty: the one that comes with the extension, else `meca-lsp` on the `PATH`.",
		},
		{
			key: "trace.server", kind: kindChoice, values: []string{"off", "messages", "verbose"}, scope: scopeWindow,
			doc: "What to write of the messages between VS Code and the language server. They are shown in the output channel *MECA Language Server Trace* once its level is *Trace* (*Developer: Set Log Level…*).",
		},
	}
}

// defaultConfig is what counts where nothing is set.
func defaultConfig(run task.RunOptions) config {
	return config{
		rules: diagnostics.Settings{}, views: []task.View{task.AsContract},
		buildTimeout: run.BuildTimeout, readyTimeout: run.ReadyTimeout, answerTimeout: run.AnswerTimeout,
		lenses: true, lensRun: true, lensBuild: true, lensResult: true, hints: true,
	}
}

func boolean(field func(c *config) *bool) reader {
	return func(c *config, v node) []string {
		b, ok := v.value.(bool)
		if !ok {
			return []string{"must be true or false."}
		}
		*field(c) = b
		return nil
	}
}

// maxTimeout bounds deadlines: beyond it, it is a mistake.
const maxTimeout = 24 * time.Hour

// duration reads seconds, or a text as Go writes durations.
func duration(field func(c *config) *time.Duration) reader {
	return func(c *config, v node) []string {
		must := []string{"must be a number of seconds, or a text such as \"90s\" or \"30m\", of more than nothing and at most a day."}
		var d time.Duration
		switch value := v.value.(type) {
		case float64:
			d = time.Duration(min(max(value, 0), 2*maxTimeout.Seconds()) * float64(time.Second))
		case string:
			var err error
			if d, err = time.ParseDuration(value); err != nil {
				return must
			}
		}
		if d <= 0 || d > maxTimeout {
			return must
		}
		*field(c) = d
		return nil
	}
}

func readViews(c *config, v node) []string {
	switch name := v.text(); name {
	case bothViews:
		c.views = []task.View{task.AsContract, task.AsTodaysHost}
	case string(task.AsContract), string(task.AsTodaysHost):
		c.views = []task.View{task.View(name)}
	default:
		return []string{fmt.Sprintf("must be one of %s.", strings.Join(viewNames(), ", "))}
	}
	return nil
}

// readEngine takes an address; whether an engine is there shows when it is used.
func readEngine(c *config, v node) []string {
	name, ok := v.value.(string)
	if name = strings.TrimSpace(name); !ok || name != "" && !strings.Contains(name, "://") {
		return []string{"must be the address of a container engine, such as \"unix:///var/run/docker.sock\"."}
	}
	c.engine = name
	return nil
}
