package dockerfile

import (
	"net"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// ports gives what one word of EXPOSE exposes: several ranges where a variable holds several, and one Port that is None or Refused where
// the word is no port.
func (f *File) ports(s *Stage, w Word) []Port {
	if len(w.Text) > maxWord {
		return []Port{{Word: w, Stage: s, Refused: true}}
	}
	l := &lookup{environment: s.env}
	values, err := shell.NewLex(f.Escape).ProcessWords(w.Text, l)
	unknown := l.unknownIn(w.Text)
	if err != nil || len(values) == 0 {
		return []Port{{Word: w, Stage: s, Unknown: unknown, None: err == nil, Refused: err != nil}}
	}
	var list []Port
	for _, v := range values {
		p := Port{Word: w, Stage: s, Unknown: unknown, Refused: true}
		if first, last, protocol, ok := parsePort(v); ok {
			p.First, p.Last, p.Protocol, p.Refused = first, last, protocol, false
		}
		list = append(list, p)
	}
	return list
}

// refusePorts reports the words that a builder takes for no port, of all stages.
func (f *File) refusePorts() {
	reported := map[text.Span]bool{}
	for _, p := range f.Problems { // of a word that cannot be read
		reported[p.Span] = true
	}
	mends := f.Final() != nil && !slices.ContainsFunc(f.Final().Ports, func(p Port) bool { return p.Covers(8080, "tcp") })
	for _, s := range f.Stages {
		for i, p := range s.Ports {
			if !p.Refused || p.Unknown != "" || p.Stage != s || reported[p.Word.Span] {
				continue
			}
			if in, note := f.noteOf(s, p.Word); in != nil {
				f.refuseNote(in, p.Word, note, "a port")
				for _, other := range s.Ports[i:] { // the words of the note are no ports either
					if other.Word.Span.Start <= note.Span.End {
						reported[other.Word.Span] = true
					}
				}
				continue
			}
			reported[p.Word.Span] = true
			if len(f.Problems) == maxProblems { // it is only counted
				f.MoreProblems++
				continue
			}
			problem := Problem{Span: p.Word.Span, Message: text.Quote(p.Word.Text) + " is no port"}
			if !mends || s != f.Final() {
				problem.Consequence = "A host cannot build the image. Write a number from 1 to 65535, or take it out."
			} else {
				problem.Fix, problem.Edit, problem.Unsure = "Change to 8080", text.Edit{Span: p.Word.Span, New: "8080"}, true
				mends = false
			}
			f.add(problem)
		}
	}
}

// noteOf is the instruction of a word of EXPOSE that begins a comment, with that comment; nil where it begins none. A builder takes the
// comment's words for arguments.
func (f *File) noteOf(s *Stage, w Word) (*Instruction, Word) {
	if !strings.HasPrefix(w.Text, "#") {
		return nil, Word{}
	}
	i := sort.Search(len(s.Instructions), func(i int) bool { return s.Instructions[i].Span.End > w.Span.Start })
	if i == len(s.Instructions) || !s.Instructions[i].Span.Contains(w.Span.Start) {
		return nil, Word{}
	}
	at := text.Span{Start: w.Span.Start, End: s.Instructions[i].Span.End}
	return s.Instructions[i], Word{Text: f.Source.Slice(at), Span: at}
}

// refuseNote reports a comment behind an instruction's arguments, and moves it to a line of its own.
func (f *File) refuseNote(in *Instruction, first, note Word, taken string) {
	line := f.Source.Line(f.Source.LineOf(first.Span.Start))
	problem := Problem{Span: note.Span, Message: "a comment cannot stand behind an instruction, and each of its words would be " + taken}
	if len(in.Args) > 0 && in.Args[0].Span.Start < first.Span.Start && line.Start <= in.Keyword.Start && note.Span.End <= line.End {
		before := f.Source.Slice(text.Span{Start: line.Start, End: first.Span.Start})
		problem.Fix = "Move the comment to a line of its own"
		problem.Edit = text.Edit{
			Span: text.Span{Start: line.Start, End: note.Span.End},
			New:  f.Source.Indent(line.Start) + note.Text + f.Source.Newline() + strings.TrimRight(before, " \t"),
		}
	} else {
		problem.Consequence = "A host cannot build the image. Write it on a line of its own."
	}
	f.add(problem)
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
	ok = ok && isHostSide(host, last-first) && (protocol == "tcp" || protocol == "udp" || protocol == "sctp")
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
