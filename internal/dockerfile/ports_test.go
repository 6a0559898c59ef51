package dockerfile_test

import (
	"fmt"
	"strings"
	"testing"
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
