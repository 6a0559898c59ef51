package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain makes one line of foreign text (a container's log, a build's output, an engine's error) safe to show: escape sequences are
// dropped, and control and bidirectional formatting characters become U+FFFD, so that nothing in it can move a cursor, recolour a
// terminal or turn the reading order. Tabs stay. Bytes that are not UTF-8 become U+FFFD.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		if r == '\x1b' {
			i += escapeLen(s[i:])
			continue
		}
		if r != '\t' && (unicode.IsControl(r) || isBidi(r)) {
			r = utf8.RuneError
		}
		out.WriteRune(r)
		i += width
	}
	return out.String()
}

// Clip is one line of foreign text, made plain, of at most so many bytes; the rest of a longer one is an ellipsis.
func Clip(s string, most int) string {
	if len(s) > 4*most {
		s = s[:4*most] // the rest cannot matter
	}
	s = Plain(strings.Map(spaced, s))
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// spaced turns a line end into a blank.
func spaced(r rune) rune {
	if r == '\n' || r == '\r' {
		return ' '
	}
	return r
}

// Quote shows a piece of foreign text in a message: plain, cut to a readable length, between backquotes, or between double quotes where
// it is empty or holds a backquote itself.
func Quote(s string) string {
	s = Clip(s, 40)
	if s == "" || strings.Contains(s, "`") {
		return `"` + s + `"`
	}
	return "`" + s + "`"
}

// isPlain is the common case: printable ASCII and tabs.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x7f || c < 0x20 && c != '\t' {
			return false
		}
	}
	return true
}

// isBidi names the characters that change the order in which text is shown.
func isBidi(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// escapeLen is the length of the escape sequence that s starts with: CSI up to its final byte, OSC and other strings up to BEL or
// ST, else ESC and one more byte.
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == '\x1b' && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	default:
		_, width := utf8.DecodeRuneInString(s[1:])
		return 1 + width
	}
}
