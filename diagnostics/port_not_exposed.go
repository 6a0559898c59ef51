package diagnostics

import (
	"fmt"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var portNotExposed = Rule{
	Code: "port-not-exposed", Severity: Warning,
	Doc: "the image does not expose port 8080",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil || d.Final() == nil || hidesExpose(d) {
			return
		}
		final := d.Final()
		var wrong, unknown *dockerfile.Port
		for i := range final.Ports {
			port := &final.Ports[i]
			switch {
			case port.Covers(8080, "tcp"), port.Refused && port.Unknown == "": // another rule speaks of that one
				return
			case port.Unknown != "" && unknown == nil:
				unknown = port
			case wrong == nil:
				wrong = port
			}
		}
		const rule = "A host sends its request to port 8080 all the same; the contract asks for `EXPOSE 8080`."
		add := edit("Add EXPOSE 8080", true, d.Source, insertExpose(d))
		switch {
		case unknown != nil:
			f := p.report(d.Source, unknown.Word.Span, fmt.Sprintf(
				"Whether the image exposes port 8080 cannot be told: %s has no value in the Dockerfile%s. %s Write the number.", text.Quote("$"+unknown.Unknown), ifEmpty(unknown), rule),
				edit("Change to 8080", true, d.Source, text.Edit{Span: unknown.Word.Span, New: "8080"}))
			f.Severity = Information
		case wrong != nil:
			add.Preferred = false
			p.report(d.Source, wrong.Word.Span, fmt.Sprintf("The image exposes %s, and not port 8080. %s Change it, and look at where the app listens.", exposed(wrong), rule),
				edit("Change to 8080", true, d.Source, text.Edit{Span: wrong.Word.Span, New: "8080"}), add)
		default:
			p.report(d.Source, final.From.Keyword, fmt.Sprintf("The image does not expose port 8080. %s Add `EXPOSE 8080`.", rule), safely(add)...)
		}
	},
}

// hidesExpose reports whether a fault of the Dockerfile may hide an EXPOSE: an unknown instruction that means it.
func hidesExpose(d *dockerfile.File) bool {
	for _, in := range d.Instructions {
		if in.Typed == nil && dockerfile.NearestInstruction(in.Name) == "EXPOSE" {
			return true
		}
	}
	return false
}

// ifEmpty says what a builder makes of a word whose variable is empty.
func ifEmpty(p *dockerfile.Port) string {
	switch {
	case p.Refused:
		return ", and a build stops here where it is empty"
	case p.None:
		return ", and nothing is exposed where it is empty"
	}
	return ""
}

// exposed names what an EXPOSE says instead.
func exposed(p *dockerfile.Port) string {
	switch word := text.Quote(p.Word.Text); {
	case p.None:
		return "nothing by " + word + ", which is empty"
	case p.Covers(8080, p.Protocol):
		return "8080 for " + p.Protocol + " alone"
	default:
		return word
	}
}

// insertExpose puts EXPOSE 8080 where it belongs.
func insertExpose(d *dockerfile.File) text.Edit { return insertBeforeStart(d, "EXPOSE 8080") }
