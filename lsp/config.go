package lsp

import (
	"time"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// config is what the client's settings say for a folder, with the defaults for what they do not say. It is immutable.
type config struct {
	rules  diagnostics.Settings // over those of settings files
	views  []task.View          // whose hosts a run is to be, one after the other; never empty
	once   bool                 // ask the example once
	onSave bool                 // run a task again when a file of it is saved

	buildTimeout  time.Duration
	readyTimeout  time.Duration
	answerTimeout time.Duration
	engine        string // its address, as in DOCKER_HOST; "" is the one that is found

	lenses     bool // any at all
	lensRun    bool
	lensBuild  bool
	lensResult bool // the last run's verdict
	hints      bool // inlay hints
}

// runOptions are those of a run as the settings want it, as the first of the views that they name; what is not theirs is base's.
func (c *config) runOptions(base task.RunOptions) task.RunOptions {
	base.As, base.Once = c.views[0], c.once
	base.BuildTimeout, base.ReadyTimeout, base.AnswerTimeout = c.buildTimeout, c.readyTimeout, c.answerTimeout
	return base
}

// configs are the settings of a session.
type configs struct {
	base   *config            // for what lies in no folder of the workspace
	byRoot map[string]*config // by the path of the workspace's folder, where that has other ones
}

// configOf gives the settings that count for a directory: those of the innermost folder of the workspace around it.
func (s *snapshot) configOf(dir string) *config {
	best, found := s.configs.base, ""
	for root, c := range s.configs.byRoot {
		if inside(root, dir) && len(root) > len(found) {
			best, found = c, root
		}
	}
	return best
}

// setConfigs takes up other settings.
func (d *draft) setConfigs(c configs) {
	d.configs, d.lenses = c, true
	d.resettle("")
}
