package dockerfile

import (
	"net"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// ports gives what one word of EXPOSE exposes: several ranges where a variable holds several, and one Port without a number where the
// word is no port.
func (f *File) ports(s *Stage, w Word) []Port {
	if len(w.Text) > maxWord {
		return []Port{{Word: w, Stage: s}}
	}
	l := &lookup{environment: s.env}
	values, err := shell.NewLex(f.Escape).ProcessWords(w.Text, l)
	if err != nil || len(values) == 0 {
		return []Port{{Word: w, Stage: s, Unknown: l.unknown}}
	}
	if strings.Contains(w.Text, l.unknown+":-") || strings.Contains(w.Text, l.unknown+"-") {
		l.unknown = "" // the word itself says what holds without a value
	}
	var list []Port
	for _, v := range values {
		p := Port{Word: w, Stage: s, Unknown: l.unknown}
		if first, last, protocol, ok := parsePort(v); ok {
			p.First, p.Last, p.Protocol = first, last, protocol
		}
		list = append(list, p)
	}
	return list
}

// parsePort reads [[ip:][hostport]:]port[-port][/protocol] as an engine does; only the container's side counts.
func parsePort(s string) (first, last int, protocol string, ok bool) {
	s, protocol, _ = strings.Cut(s, "/")
	protocol, _, _ = strings.Cut(strings.ToLower(protocol), "/") // what stands behind it is not looked at
	if protocol == "" {
		protocol = "tcp"
	}
	host := ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, s = s[:i], s[i+1:]
	}
	first, last, ok = parsePorts(s)
	ok = ok && first > 0 && isHostSide(host, last-first) && (protocol == "tcp" || protocol == "udp" || protocol == "sctp")
	if !ok {
		return 0, 0, protocol, false
	}
	return first, last, protocol, true
}

// isHostSide reports whether an engine takes what stands before the container's ports: [ip:]hostport, of as many ports where the
// container's are several. It makes nothing of it.
func isHostSide(s string, several int) bool {
	ip, port := "", s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		ip, port = s[:i], s[i+1:]
	}
	if ip != "" {
		address, _, err := net.SplitHostPort(ip + ":") // IPv6 stands in brackets
		if err != nil || address != "" && net.ParseIP(address) == nil {
			return false
		}
	}
	if port == "" {
		return true
	}
	first, last, ok := parsePorts(port)
	return ok && (several == 0 || last-first == several)
}

// parsePorts reads port[-port].
func parsePorts(s string) (first, last int, ok bool) {
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, err1 := strconv.ParseUint(from, 10, 16)
	b, err2 := strconv.ParseUint(to, 10, 16)
	return int(a), int(b), err1 == nil && err2 == nil && a <= b
}
