package diagnostics

var dockerfileSyntax = Rule{
	Code: "dockerfile-syntax", Severity: Error,
	Doc: "a builder refuses the Dockerfile",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil {
			return
		}
		for _, problem := range d.Problems {
			consequence := problem.Consequence
			if consequence == "" {
				consequence = "A host cannot build the image."
			}
			message := sentence(problem.Message) + " " + consequence
			if problem.Fix == "" {
				p.report(d.Source, problem.Span, message)
				continue
			}
			fixes := []Fix{edit(problem.Fix, true, d.Source, problem.Edit)}
			if !problem.Unsure {
				fixes = safely(fixes...)
			}
			p.report(d.Source, problem.Span, message+" "+problem.Fix+"?", fixes...)
		}
		p.reported += d.MoreProblems
	},
}
