package diagnostics

import "github.com/meca-lsp/meca-lsp/internal/task"

var outputNotText = Rule{
	Code: "output-not-text", Severity: Information,
	Doc: "the example output is not UTF-8",
	check: func(p *Pass) {
		if p.Folder.Entry(task.OutputFile).NotText {
			p.reportExample(task.OutputFile, "`example_output.bin` is not UTF-8. A desktop host compares the texts that both become when every damaged byte is replaced, so that answers may pass that differ. Let the task answer with text, Base64 for instance.")
		}
	},
}
