package diagnostics_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// The property is held against so many different (text, encoding, fault) cases, in parts beside each other.
const (
	rangeCases = 100_000
	rangeParts = 4
)

// What is underlined is the token that is at fault, in every encoding, whatever stands before it.
func TestRanges(t *testing.T) {
	t.Parallel()
	base := task.Load(complete(nil))
	for part := range rangeParts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(part), 2)) // the same texts every time
			seen := map[string]bool{}
			for cases := 0; cases < rangeCases/rangeParts && !t.Failed(); {
				w, content := faultyText(random)
				if !seen[w.file+content] {
					seen[w.file+content] = true
					cases += w.check(t, base, content)
				}
			}
		})
	}
}

// faultyText writes a text with faults, with a byte order mark now and then.
func faultyText(random *rand.Rand) (w *writer, content string) {
	w = &writer{Rand: random, newline: pick(random, "\n", "\r\n", "\n")}
	pick(random, configFaults, configFaults, syntaxFault, dockerfileFaults)(w)
	content = w.String()
	if random.IntN(4) == 0 {
		content = text.BOM + content // as a file on disk has it, and no editor shows it
	}
	return w, content
}

// check judges a text, and gives the number of cases that it is.
func (w *writer) check(t *testing.T, base *task.Folder, content string) (cases int) {
	t.Helper()
	findings := diagnostics.Check(base.With(map[string]string{w.file: strings.TrimPrefix(content, text.BOM)}), nil)
	if strings.HasPrefix(content, text.BOM) && w.IntN(2) == 0 {
		findings = diagnostics.Check(task.Load(complete(map[string]string{w.file: content})), nil)
	}
	for _, fault := range w.faults {
		for _, enc := range []text.Encoding{text.UTF8, text.UTF16, text.UTF32} {
			cases++
			if !slices.ContainsFunc(findings, func(f diagnostics.Finding) bool { return fault.isAt(f, w.String(), enc) }) {
				t.Errorf("%s: no %s on %q at byte %d in encoding %d:\n%q\n%s", w.file, fault.code, fault.token, fault.at, enc, content, describe(findings))
			}
		}
	}
	return cases
}

// fault is a token with what is to be said of it.
type fault struct {
	code, token string
	at          int // byte offset
}

// isAt reports whether a finding underlines the fault, as an editor sees it that counts in these units.
func (x fault) isAt(f diagnostics.Finding, s string, enc text.Encoding) bool {
	if f.Code != x.code {
		return false
	}
	start, end := offsetOf(s, f.File.Position(f.Span.Start, enc), enc), offsetOf(s, f.File.Position(f.Span.End, enc), enc)
	return start == x.at && start <= end && s[start:end] == x.token
}

// offsetOf is what an editor makes of a position, by the standard library alone.
func offsetOf(s string, p text.Position, enc text.Encoding) int {
	at := 0
	for range p.Line {
		at += strings.IndexAny(s[at:], "\r\n") + 1
		if s[at-1] == '\r' && strings.HasPrefix(s[at:], "\n") {
			at++
		}
	}
	for column := 0; column < p.Column && at < len(s); {
		r, width := utf8.DecodeRuneInString(s[at:])
		switch enc {
		case text.UTF8:
			column += width
		case text.UTF16:
			column += utf16.RuneLen(r)
		default:
			column++
		}
		at += width
	}
	return at
}

// writer makes a text and remembers where its faults are.
type writer struct {
	*rand.Rand
	strings.Builder
	file, newline string
	faults        []fault
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// write adds pieces of text.
func (w *writer) write(pieces ...string) {
	for _, p := range pieces {
		w.WriteString(strings.ReplaceAll(p, "\n", w.newline))
	}
}

// fault adds a token that is to be reported.
func (w *writer) fault(code, token string) {
	w.faults = append(w.faults, fault{code, token, w.Len()})
	w.WriteString(token)
}

// blank adds white space of any kind that JSON has.
func (w *writer) blank() { w.write(pick(w.Rand, "", "", " ", "  ", "\n  ", "\t", "\n\n ")) }

// words are strings that take different widths in the three encodings.
var words = []string{"x", "größe", "日本語", "😀", "👩‍👩‍👧", "e\u0301", "𝒳😀y", "\u2028", "\\ud83d\\ude00", "\\\"", "a b", "//", "#", "{", "<<EOF"}

// member adds a key and a value, of which one may be at fault.
func (w *writer) member(key, keyFault, value, valueFault string) {
	add := func(token, code string) {
		if code == "" {
			w.write(token)
		} else {
			w.fault(code, token)
		}
	}
	w.blank()
	add(key, keyFault)
	w.blank()
	w.write(":")
	w.blank()
	add(value, valueFault)
	w.blank()
}

// configFaults writes a config.json that is good JSON and nothing else.
func configFaults(w *writer) {
	w.file = task.ConfigFile
	w.blank()
	w.write("{")
	for i := range w.IntN(3) {
		w.member(fmt.Sprintf(`"%s%d"`, pick(w.Rand, words...), i), "config-unknown-key", `"`+pick(w.Rand, words...)+`"`, "")
		w.write(",")
	}
	w.blank()
	w.write(`"resource"`)
	w.blank()
	w.write(":{")
	fields := []string{"cpu", "mem", "use_gpu", "gpu_count"}
	w.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	for i, key := range fields {
		if i > 0 {
			w.write(",")
		}
		if w.IntN(3) == 0 {
			w.member(fmt.Sprintf(`"%s %d"`, pick(w.Rand, words...), i), "config-unknown-key", pick(w.Rand, "1", "[]", `{"cpu": "😀"}`, "null"), "")
			w.write(",")
		}
		w.field(key)
	}
	w.write("}")
	w.blank()
	w.write("}")
	w.blank()
}

// field adds a documented field with a value that is good or bad.
func (w *writer) field(key string) {
	quoted := `"` + key + `"`
	switch {
	case w.IntN(3) == 0:
		w.member(quoted, "", map[string]string{"cpu": "2", "mem": "64", "use_gpu": "true", "gpu_count": "1"}[key], "")
	case key == "use_gpu":
		w.member(quoted, "", pick(w.Rand, "1", "0", `"true"`, `"😀"`, "[]", "{}", "null", "1.5"), "config-wrong-type")
	case w.IntN(2) == 0:
		w.member(quoted, "", pick(w.Rand, `"128"`, "1.0", "1e3", "0.5", "true", "false", "[1]", `{"x": 1}`, "null", `"日本 😀"`, `""`), "config-wrong-type")
	default:
		w.member(quoted, "", pick(w.Rand, "-1", "-9223372036854775809", "9223372036854775808", "99999999999999999999999999999999999999999"), "config-out-of-range")
	}
}

// syntaxFault writes a config.json with one fault of syntax.
func syntaxFault(w *writer) {
	w.file = task.ConfigFile
	w.write("{")
	w.member(fmt.Sprintf(`"%s"`, pick(w.Rand, words...)), "", `"`+pick(w.Rand, words...)+`"`, "")
	w.write(",")
	const code = "config-syntax"
	switch w.IntN(9) {
	case 0:
		w.write(`"a": 1`, pick(w.Rand, " ", "\n"))
		w.fault(code, `"b"`) // the comma before it is missing
		w.write(`: 2`)
	case 1:
		w.write(`"a" `)
		w.fault(code, "1") // the colon
	case 2:
		w.write(`"a": 1 `)
		w.fault(code, ",")
	case 3:
		w.write(`"a": 1 `)
		w.fault(code, "// "+pick(w.Rand, "x", "größe", "😀"))
		w.write("\n")
	case 4:
		w.fault(code, "'é'")
		w.write(": 1")
	case 5:
		w.write(`"a": `)
		w.fault(code, pick(w.Rand, "True", "NaN", "01", "1.", "+1", ".5", "größe", "😀"))
	case 6:
		w.fault(code, `"é`)
		w.write("\n")
	case 7:
		w.write(`"a": "`)
		w.fault(code, `\`+pick(w.Rand, "q", "é", "😀"))
		w.write(`"`)
	case 8:
		w.fault(code, pick(w.Rand, `"a"`, `"😀"`)) // without a value
		w.write(" ")
	}
	w.write("}")
}

// dockerfileFaults writes a Dockerfile.
func dockerfileFaults(w *writer) {
	w.file = task.DockerfileName
	filler := func() {
		for range w.IntN(3) {
			w.write(pick(w.Rand, "# größe 😀\n", "\n", "LABEL a=\"日本😀\" \\\n  # why\n\n  b=é\n", "ENV X=\"😀 y\"\n", "RUN echo 😀 \\\n && true\n", " \t\n"))
		}
	}
	filler()
	for strings.Contains(w.String(), "LABEL") || strings.Contains(w.String(), "ENV") || strings.Contains(w.String(), "RUN") { // only comments may stand there
		w.Reset()
		filler()
	}
	w.write("FROM python:3.9-slim AS s1\n")
	filler()
	w.write(pick(w.Rand, "", "\t", "  "))
	switch w.IntN(6) {
	case 0:
		w.write("EXPOSE ", pick(w.Rand, "", "9000 ", "\\\n  # 😀\n  "))
		w.faults = nil
		if !strings.HasSuffix(w.String(), "9000 ") { // the first of several wrong ports is underlined
			w.fault("port-not-exposed", pick(w.Rand, "5000", "8080/udp", "80", "\"5000\"", "8081-8090"))
		} else {
			w.write("1")
		}
		w.write("\n")
	case 1:
		w.fault("dockerfile-syntax", pick(w.Rand, "EXPOS", "copi", "ÉXPOSE"))
		w.write(" 8080\n")
	case 2:
		w.write("COPY ", pick(w.Rand, "", "--chown=1:1 "))
		w.fault("dockerfile-syntax", pick(w.Rand, "--chwon=😀", "--é=1"))
		w.write(" src/ /app/\n")
	case 3:
		w.write("COPY src/ ", pick(w.Rand, "", "\\\n  # 😀\n "))
		w.fault("copy-source-missing", pick(w.Rand, "nothing.py", "größe/😀.py"))
		w.write(" /app/\n")
	case 4:
		w.fault("dockerfile-syntax", pick(w.Rand, "ENV é", "LABEL 😀"))
		w.write("\n")
	case 5:
		w.write("COPY [\"src/\", ")
		w.fault("copy-source-missing", pick(w.Rand, `"größe 😀"`, `"x"`))
		w.write(", \"/app/\"]\n")
	}
	filler()
	w.write("COPY src/ /app/\nCMD [\"python\", \"-u\", \"/app/app.py\"]\n")
}
