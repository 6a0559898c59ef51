package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var runExceedsEngine = Rule{
	Code: "run-exceeds-engine", Severity: Warning, AfterRun: true,
	Doc: "config.json asks for what the container engine of this machine cannot give",
	check: func(p *Pass) {
		for _, lack := range p.Report.Lacks {
			message := p.lackMessage(lack)
			d := p.Folder.Config()
			if d == nil {
				p.reportOn(message)
				continue
			}
			switch m := d.Given(lack.Key); {
			case m != nil && m.Value.Span.Len() > 0:
				p.report(d.File, m.Value.Span, message)
			case d.Root.Member("resource") != nil:
				p.report(d.File, d.Root.Member("resource").KeySpan, message)
			default:
				p.report(d.File, d.File.Line(0), message)
			}
		}
	},
}

// lackMessage says what the engine cannot give, what that means, and what to do.
func (p *Pass) lackMessage(lack task.Lack) string {
	limits := p.Report.Limits
	switch {
	case lack.Key == "use_gpu":
		return "The task asks for a GPU, and this container engine has none to give, so that it was not run. A host with a GPU can run it. Install the NVIDIA Container Toolkit, or set `DOCKER_HOST` to an engine that has one."
	case lack.Key == "cpu" && lack.Has > 0:
		return fmt.Sprintf("The task asks for %d CPUs, and this container engine has %d, so that it was not run. A host with as many can run it. Set `DOCKER_HOST` to an engine that has them, or give it more.", limits.CPU, lack.Has)
	case lack.Key == "cpu":
		return fmt.Sprintf("This container engine cannot limit a container to %d CPUs, so that the task was not run. A host sets the limit. Use another engine, or run it without the limit: `meca-lsp run --allow-unlimited`.", limits.CPU)
	case lack.Key == "mem":
		return fmt.Sprintf("This container engine cannot limit a container to %d MB of memory, so that the task was not run. A host sets the limit, and kills what exceeds it. Use another engine, or run it without the limit: `meca-lsp run --allow-unlimited`.", limits.MemMiB)
	default:
		return fmt.Sprintf("This container engine cannot give what `%s` asks for, so that the task was not run. Another may.", text.Clip(lack.Key, 40))
	}
}
