package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// What the hosts' classic builder makes of these was seen by building them (runner's TestExposedPorts).
func TestPortsAsTheBuilder(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"ENV counts before a later ARG", "FROM a\nENV P=8080\nARG P=9090\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ENV counts before an earlier ARG", "FROM a\nARG P=9090\nENV P=8080\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ENV counts before a global ARG", "ARG P=9090\nFROM a\nENV P=8080\nARG P\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ENV of the parent counts before an ARG", "FROM a AS b\nENV P=8080\nFROM b\nARG P=9090\nEXPOSE $P\n", "8080-8080/tcp"},
		{"an ARG ends with its stage", "FROM a AS b\nARG P=8080\nFROM b\nEXPOSE $P\n", "?P"},
		{"what an ENV takes from an ARG lasts", "FROM a AS b\nARG P=8080\nENV Q=$P\nFROM b\nEXPOSE $Q\n", "8080-8080/tcp"},
		{"ONBUILD of the parent", "FROM a AS b\nONBUILD EXPOSE 8080 $P\nONBUILD ENV P=80\nFROM b\nEXPOSE $P\n", "8080-8080/tcp ?P 80-80/tcp"},
		{"ONBUILD of the parent's parent", "FROM a AS b\nONBUILD LABEL x=y\nFROM b AS c\nFROM c\n", ""},
		{"ONBUILD that is none", "FROM a AS b\nONBUILD FROM x\nONBUILD\nFROM b\n", ""},
		{"addresses", "FROM a\nEXPOSE 127.0.0.1::80 [::1]:9:80 ::80 1:2:3:80 x:80 80: 1-2:80 1-2:80-81 1-3:80-81\n", "80-80/tcp 80-80/tcp 80-80/tcp 1:2:3:80! x:80! 80:! 80-80/tcp 80-81/tcp 1-3:80-81!"},
		{"port 0", "FROM a\nEXPOSE 0 0-2/udp\n", "0-0/tcp 0-2/udp"},
		{"no value, with a base image", "FROM a\nENV R=\nEXPOSE $Q $Q/tcp ${Q:-7} $R $R/tcp ${R:-7} ${Q:?x} ${R:?x} $1\n", "?Q ?Q! 7-7/tcp none $R/tcp! 7-7/tcp ?Q! ${R:?x}! none"},
		{"no value, with none", "FROM scratch AS s\nEXPOSE $Q $Q/tcp ${Q:+7}\nFROM s\nARG A\nENV B=$A\nEXPOSE 8$B\n", "none $Q/tcp! none 8-8/tcp"},
		{"half a value", "FROM a\nENV B=80$A\nEXPOSE $B\n", "?B"},
		{"protocols", "FROM a\nEXPOSE 80/TCP 80/tcp/udp /tcp\n", "80-80/tcp 80-80/tcp /tcp!"},
	} {
		var got []string
		for _, p := range read(test.text).Final().Ports {
			switch sign := map[bool]string{true: "!"}[p.Refused]; {
			case p.Unknown != "":
				got = append(got, "?"+p.Unknown+sign)
			case p.Refused:
				got = append(got, p.Word.Text+sign)
			case p.None:
				got = append(got, "none")
			default:
				got = append(got, fmt.Sprintf("%d-%d/%s", p.First, p.Last, p.Protocol))
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
}

// What the final stage exposes: first-last/protocol; a word that is no port; ?NAME for a variable that is not known.
func TestPorts(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"none", "FROM a\n", ""},
		{"one", "FROM a\nEXPOSE 8080\n", "8080-8080/tcp"},
		{"several", "FROM a\nEXPOSE 80 8080/udp\nEXPOSE 8080/TCP\n", "80-80/tcp 8080-8080/udp 8080-8080/tcp"},
		{"range", "FROM a\nEXPOSE 8000-9000\n", "8000-9000/tcp"},
		{"range, backwards", "FROM a\nEXPOSE 9000-8000\n", "9000-8000!"},
		{"sctp", "FROM a\nEXPOSE 80/sctp\n", "80-80/sctp"},
		{"no protocol", "FROM a\nEXPOSE 80/\n", "80-80/tcp"},
		{"wrong protocol", "FROM a\nEXPOSE 80/http\n", "80/http!"},
		{"host port and address", "FROM a\nEXPOSE 0.0.0.0:80:8080 9:8080\n", "8080-8080/tcp 8080-8080/tcp"},
		{"quotes", "FROM a\nEXPOSE \"8080\" '80'80\n", "8080-8080/tcp 8080-8080/tcp"},
		{"too large, too small, no number", "FROM a\nEXPOSE 80800 0 http -1 8080x\n", "80800! 0! http! -1! 8080x!"},
		{"continued word", "FROM a\nEXPOSE 80\\\n80\n", "8080-8080/tcp"},
		{"lower case", "from a\nexpose 8080\n", "8080-8080/tcp"},
		{"ENV", "FROM a\nENV P=8080\nEXPOSE $P ${P}/udp\n", "8080-8080/tcp 8080-8080/udp"},
		{"ENV, old form", "FROM a\nENV P 8080\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ENV, quoted", "FROM a\nENV P=\"8080\" Q='80'\nEXPOSE $P$Q\n", "$P$Q!"},
		{"ENV with several", "FROM a\nENV P=\"80 8080\"\nEXPOSE $P\n", "80-80/tcp 8080-8080/tcp"},
		{"ENV takes the values from before its line", "FROM a\nENV A=1\nENV A=8080 B=$A\nEXPOSE $B\n", "1-1/tcp"},
		{"ENV behind EXPOSE", "FROM a\nEXPOSE $P\nENV P=8080\n", "?P"},
		{"ARG with a default", "FROM a\nARG P=8080\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ARG without one", "FROM a\nARG P\nEXPOSE $P\n", "?P"},
		{"global ARG, not asked for", "ARG P=8080\nFROM a\nEXPOSE $P\n", "?P"},
		{"global ARG, asked for", "ARG P=8080\nFROM a\nARG P\nEXPOSE $P\n", "8080-8080/tcp"},
		{"global ARG in the next stage", "ARG P=8080\nFROM a\nARG P\nFROM b\nEXPOSE $P\n", "?P"},
		{"global ARG, its own default counts", "ARG P=80\nFROM a\nARG P=8080\nEXPOSE $P\n", "8080-8080/tcp"},
		{"ARG from ARG", "ARG A=80\nARG P=${A}80\nFROM a\nARG P\nEXPOSE $P\n", "8080-8080/tcp"},
		{"default in the word", "FROM a\nEXPOSE ${P:-8080}\n", "8080-8080/tcp"},
		{"another default in the word", "FROM a\nEXPOSE ${P:-5000}\n", "5000-5000/tcp"},
		{"part of a word", "FROM a\nEXPOSE 80$P\n", "80-80/tcp?P"},
		{"port and unknown protocol", "FROM a\nEXPOSE 8080/$P\n", "8080-8080/tcp?P"},
		{"escaped dollar", "FROM a\nEXPOSE \\$P\n", "\\$P!"},
		{"parent stage", "FROM a AS base\nEXPOSE 8080\nFROM base\nEXPOSE 80\n", "8080-8080/tcp 80-80/tcp"},
		{"parent stage in another case", "FROM a AS Base\nEXPOSE 8080\nFROM bASE\n", "8080-8080/tcp"},
		{"parent stage through a variable", "ARG S=base\nFROM a AS base\nEXPOSE 8080\nFROM ${S}\n", "8080-8080/tcp"},
		{"parent of a parent", "FROM a AS x\nENV P=8080\nFROM x AS y\nEXPOSE $P\nFROM y\n", "8080-8080/tcp"},
		{"another stage", "FROM a AS x\nEXPOSE 8080\nFROM b\n", ""},
		{"a stage of the same name, later", "FROM x\nFROM a AS x\nEXPOSE 8080\n", "8080-8080/tcp"},
		{"ONBUILD", "FROM a\nONBUILD EXPOSE 8080\n", ""},
		{"comment", "FROM a\n# EXPOSE 8080\n", ""},
		{"heredoc", "FROM a\nRUN <<EOF\nEXPOSE 8080\nEOF\n", ""},
		{"text of RUN", "FROM a\nRUN echo \\\nEXPOSE 8080\n", ""},
		{"behind an unclosed heredoc", "FROM a\nRUN <<EOF\nEXPOSE 8080\n", "8080-8080/tcp"},
		{"behind a fault", "FROM a\nENV broken\nCOPI x\nEXPOSE 8080\n", "8080-8080/tcp"},
		{"behind a long line", "FROM a\nRUN " + strings.Repeat("x", 70_000) + "\nEXPOSE 8080\n", "8080-8080/tcp"},
		{"CR alone", "FROM a\rEXPOSE 8080\r", "8080-8080/tcp"},
		{"BOM, CRLF", text.BOM + "FROM a\r\nEXPOSE 8080\r\n", "8080-8080/tcp"},
	} {
		f := read(test.text)
		var got []string
		for _, p := range f.Final().Ports {
			shown := ""
			switch {
			case p.First > 0:
				shown = fmt.Sprintf("%d-%d/%s", p.First, p.Last, p.Protocol)
			case p.Unknown == "":
				shown = p.Word.Text + "!"
			}
			if p.Unknown != "" {
				shown += "?" + p.Unknown
			}
			got = append(got, shown)
			if s := strings.ReplaceAll(strings.ReplaceAll(f.Source.Slice(p.Word.Span), "\\\n", ""), "\n", ""); s != p.Word.Text {
				t.Errorf("%s: the place of %q is %q", test.name, p.Word.Text, s)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %s, want %s", test.name, strings.Join(got, " "), test.want)
		}
	}
}
