package diagnostics

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// lost is an address, or a part of one, that the app never gets: its variable is empty when the container starts, or is not replaced.
type lost struct {
	place
	variable string
	gone     bool   // ARG alone sets it; else it stands in a JSON array, where nothing replaces it
	want     string // what is to stand there
}

var variableIn = regexp.MustCompile(`\$(?:\{[A-Za-z_]|[A-Za-z_])\w*`)

// readLost notes the flags whose value is lost.
func (l *listening) readLost(s server, file *text.File, args []dockerfile.Word) {
	wants := map[string]string{}
	for _, flag := range s.hostFlags {
		wants[flag] = "0.0.0.0"
	}
	for _, flag := range s.portFlags {
		wants[flag] = "8080"
	}
	for _, flag := range s.bindFlags {
		wants[flag] = "0.0.0.0:8080"
	}
	for i, a := range args {
		flag, _, inline := strings.Cut(strings.Trim(file.Slice(a.Span), `"'`), "=")
		value, at := a, a.Span
		if inline {
			at = behind(file, at, flag)
		} else if i > 0 {
			flag = args[i-1].Text
		}
		want := wants[flag]
		if want == "" {
			continue
		}
		variable := strings.TrimLeft(variableIn.FindString(value.Text), "${")
		if value.Gone == "" && variable == "" {
			continue
		}
		one := lost{place: place{at: at, file: file}, variable: variable, want: want}
		if value.Gone != "" {
			one.variable, one.gone = value.Gone, true
		}
		l.lost = append(l.lost, one)
	}
}

// lostAddress reports the flags whose value is lost.
func (p *Pass) lostAddress(d *dockerfile.File, list []lost) {
	for _, one := range list {
		shown := text.Quote("$" + one.variable)
		message := shown + " is empty when the app starts: ARG sets it only while the image is built."
		if !one.gone {
			if first := d.Final().StartCommand().Args; len(first) > 0 && slices.Contains([]string{"cross-env", "docker-entrypoint.sh"}, path.Base(first[0].Text)) {
				continue // it may replace them
			}
			message = shown + " stays as it is written: no shell replaces it in a JSON array."
		}
		want := one.want
		if word := one.file.Slice(one.at); strings.HasPrefix(word, `"`) {
			want = `"` + want + `"`
		}
		p.report(one.file, one.at, fmt.Sprintf("%s The app does not listen where this says, and a host asks port 8080. Write `%s`.", message, one.want),
			edit("Change to "+one.want, true, one.file, text.Edit{Span: one.at, New: want}))
	}
}
