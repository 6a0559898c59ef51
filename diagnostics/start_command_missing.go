package diagnostics

import "strings"

var startCommandMissing = Rule{
	Code: "start-command-missing", Severity: Warning,
	Doc: "the Dockerfile has neither CMD nor ENTRYPOINT",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil || d.Final().StartCommand() != nil {
			return
		}
		for _, in := range d.Instructions {
			if in.Typed == nil {
				return // a faulty instruction may be the one: another rule speaks of it
			}
		}
		base := d.Final()
		for base.Parent != nil {
			base = base.Parent
		}
		message := "The image has no start command: neither CMD nor ENTRYPOINT. A host cannot start it, unless the base image brings one. Add a `CMD`."
		if strings.EqualFold(base.Base, "scratch") {
			message = "The image has no start command: neither CMD nor ENTRYPOINT. A host cannot start it. Add a `CMD`."
		}
		p.report(d.Source, d.Final().From.Keyword, message)
	},
}
