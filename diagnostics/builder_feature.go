package diagnostics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

var builderFeature = Rule{
	Code: "builder-feature", Severity: Warning,
	Doc: "the Dockerfile uses what the hosts' classic builder does not know",
	check: func(p *Pass) {
		d := p.Folder.Dockerfile()
		if d == nil {
			return
		}
		for _, in := range d.Instructions {
			if in.Typed == nil {
				continue
			}
			for _, flag := range in.Flags {
				p.builderFlag(d, in, flag)
			}
			if len(in.Heredocs) > 0 {
				p.heredoc(d, in)
			}
			for _, sub := range d.NewerSubstitutions(in) {
				p.substitution(d, sub)
			}
			if in.Name == "ARG" {
				p.automaticArgs(d, in)
			}
		}
	},
}

// refusedFlags are what the classic builder refuses, by instruction (docs/hosts.md#build); those with a true one can be left out
// without a change to what the image holds.
var refusedFlags = map[string]map[string]bool{
	"RUN":  {"--mount": false, "--network": false, "--security": false, "--device": false},
	"COPY": {"--chmod": false, "--link": true, "--exclude": false, "--parents": false},
	"ADD":  {"--chmod": false, "--link": true, "--exclude": false, "--checksum": true, "--keep-git-dir": false, "--unpack": false},
}

func (p *Pass) builderFlag(d *dockerfile.File, in *dockerfile.Instruction, flag dockerfile.Word) {
	name, value, _ := strings.Cut(flag.Text, "=")
	if in.Name == "FROM" && name == "--platform" && automatic(strings.Trim(value, "${}\"'")) {
		p.report(d.Source, flag.Span, fmt.Sprintf("The hosts' classic builder does not set `%s`, and refuses to build for an empty platform. Leave the flag out.", value),
			edit("Remove the flag", true, d.Source, removeWord(d, flag)))
		return
	}
	safe, refused := refusedFlags[in.Name][name]
	if !refused {
		return
	}
	var fixes []Fix
	if safe || name == "--mount" && strings.Contains(value, "type=cache") {
		fixes = append(fixes, edit("Remove "+name, true, d.Source, removeWord(d, flag)))
	}
	p.report(d.Source, flag.Span, fmt.Sprintf("`%s %s` needs BuildKit. A host builds with the classic builder, which refuses it. Do without it.", in.Name, name), fixes...)
}

// removeWord takes a word out, with the blanks behind it.
func removeWord(d *dockerfile.File, w dockerfile.Word) text.Edit {
	end := w.Span.End
	for end < len(d.Source.Text) && (d.Source.Text[end] == ' ' || d.Source.Text[end] == '\t') {
		end++
	}
	return text.Edit{Span: text.Span{Start: w.Span.Start, End: end}}
}

func (p *Pass) heredoc(d *dockerfile.File, in *dockerfile.Instruction) {
	for _, w := range in.Args {
		if i := strings.Index(w.Text, "<<"); i >= 0 {
			p.report(d.Source, w.Span, "A here-document needs BuildKit. A host builds with the classic builder, which takes its lines for instructions and refuses them. Write one command with `&&`, or copy a file.")
		}
	}
}

func (p *Pass) substitution(d *dockerfile.File, sub dockerfile.Substitution) {
	shown := text.Quote(sub.Text)
	if sub.Mend.New == "" {
		p.report(d.Source, sub.Span, shown+" needs BuildKit. A host builds with the classic builder, which refuses it. Write the value itself.")
		return
	}
	at := sub.Mend.Span.Start - sub.Span.Start
	mended := sub.Text[:at] + sub.Mend.New + sub.Text[at:]
	p.report(d.Source, sub.Span, fmt.Sprintf("%s needs BuildKit. A host builds with the classic builder, which refuses it. Write %s.", shown, text.Quote(mended)),
		edit("Change to "+text.Clip(text.Plain(mended), 40), true, d.Source, sub.Mend))
}

// automatic names the variables that only BuildKit sets.
func automatic(name string) bool {
	return slices.Contains([]string{
		"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
	}, name)
}

func (p *Pass) automaticArgs(d *dockerfile.File, in *dockerfile.Instruction) {
	for _, w := range in.Args {
		if automatic(w.Text) {
			p.report(d.Source, w.Span, fmt.Sprintf("Only BuildKit sets `%s`. With the hosts' classic builder it is empty. Give it a default: `%s=…`.", w.Text, w.Text))
		}
	}
}
