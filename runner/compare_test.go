package runner

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

func TestCompare(t *testing.T) {
	const exact, trimmed, json, different = task.MatchExact, task.MatchTrimmed, task.MatchJSON, task.MatchDifferent
	for _, test := range []struct {
		name, answer, expected string
		match                  task.Match
		at                     int
	}{
		{"equal", "abc", "abc", exact, -1},
		{"both empty", "", "", exact, -1},
		{"final newline", "abc", "abc\n", trimmed, -1},
		{"white against nothing", " \t\r\n", "", trimmed, -1},
		{"byte order mark", "abc", "\ufeffabc", trimmed, -1},
		{"every space of JavaScript", "\t\n\v\f\r \u00a0\ufeff\u2028\u2029\u1680\u2000\u200a\u202f\u205f\u3000x", "x", trimmed, -1},
		{"next line is none", "\u0085x", "x", different, 0},
		{"zero width space is none", "x\u200b", "x", different, 1},
		{"first byte", "xbc", "abc", different, 0},
		{"last byte", "abx", "abc", different, 2},
		{"one short", "ab", "abc", different, 2},
		{"one more", "abcd", "abc", different, 3},
		{"one more behind white space", "abcd", "  abc  ", different, 5},
		{"inside", "a b", "a  b", different, 2},
		{"in a character of several bytes", "aü", "aö", different, 1},
		{"damaged alike", "a\xffb", "a\xfeb", trimmed, -1},
		{"cut character against a replacement", "a\xe2\x82", "a\ufffd", trimmed, -1},
		{"cut character is one replacement", "a\xe2\x82", "a\ufffd\ufffd", different, 4},
		{"surrogate is three replacements", "\xed\xa0\x80", "\ufffd\ufffd\ufffd", trimmed, -1},
		{"stray continuations are one each", "\x80\x80", "\ufffd\ufffd", trimmed, -1},
		{"overlong is one each", "\xc0\xaf", "\ufffd\ufffd", trimmed, -1},
		{"beyond Unicode", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd", trimmed, -1},
		{"cut four bytes", "\xf0\x9f\x98", "\ufffd", trimmed, -1},
		{"continuation that differs", "\xe2\x82\xac", "\xe2\x82\xad", different, 0},
		{"JSON spacing", `{"a":1}`, `{"a": 1}`, json, 5},
		{"JSON order", `{"b":2,"a":1}`, `{"a":1,"b":2}`, json, 2},
		{"JSON numbers", `[1.0, 10e-1, 0.1e1, 1]`, `[1, 1, 1, 1.00]`, json, 2},
		{"JSON zero", `-0.0`, `0`, json, 0},
		{"JSON other number", `[1.1]`, `[1.01]`, different, 3},
		{"JSON number far away", `1e999999999999999999999`, `10e999999999999999999998`, json, 1},
		{"JSON against text", `"1"`, `1`, different, 0},
		{"JSON with a rest", `{} {}`, `{}`, different, 2},
		{"no strict JSON", `{'a':1}`, `{"a":1}`, different, 1},
		{"JSON escapes", `"\u0041"`, `"A"`, json, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			match, at := Compare([]byte(test.answer), []byte(test.expected))
			if match != test.match || at != test.at {
				t.Errorf("got %s at %d, want %s at %d", match, at, test.match, test.at)
			}
		})
	}
}

func TestCompareLong(t *testing.T) {
	long := strings.Repeat("0123456789ü", 100_000)
	for _, at := range []int{0, 1, 4095, 4096, 4097, 100_003, len(long) - 12} {
		at = strings.LastIndexAny(long[:at+1], "0123456789")
		other := long[:at] + "x" + long[at+1:]
		if match, got := Compare([]byte(other), []byte(long)); match != task.MatchDifferent || got != at {
			t.Errorf("got %s at %d, want a difference at %d", match, got, at)
		}
	}
}

// FuzzCompare holds Compare against the plain reading of the rule: decode, trim, compare.
func FuzzCompare(f *testing.F) {
	f.Add([]byte("abc"), []byte("abc\n"))
	f.Add([]byte("\xe2\x82"), []byte("\ufffd"))
	f.Add([]byte(`{"a":1e3}`), []byte(`{"a":1000}`))
	f.Add([]byte("\xf0\x9f\x98a"), []byte("\xf0\x9fa"))
	f.Fuzz(func(t *testing.T, answer, expected []byte) {
		match, at := Compare(answer, expected)
		equal := hostText(answer) == hostText(expected)
		if accepted := match == task.MatchExact || match == task.MatchTrimmed; accepted != equal {
			t.Fatalf("match is %s, and a host sees %q and %q", match, hostText(answer), hostText(expected))
		}
		if (match == task.MatchExact) != bytes.Equal(answer, expected) {
			t.Fatalf("match is %s", match)
		}
		if equal != (at < 0) || at > len(expected) {
			t.Fatalf("the difference is at %d of %d", at, len(expected))
		}
	})
}

// hostText decodes and trims in the simplest way that is right.
func hostText(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		n := 1
		for n < len(b) && n < utf8.UTFMax && wellBegun(b[:n+1]) {
			n++
		}
		if utf8.Valid(b[:n]) {
			s.Write(b[:n])
		} else {
			s.WriteRune(utf8.RuneError)
		}
		b = b[n:]
	}
	return strings.TrimFunc(s.String(), isSpace)
}

// wellBegun reports whether b is one character, or the start of one.
func wellBegun(b []byte) bool {
	for _, end := range []string{"", "\x80", "\xbf", "\x80\x80", "\xbf\xbf", "\x80\x80\x80", "\xbf\xbf\xbf"} {
		whole := append(bytes.Clone(b), end...)
		if utf8.Valid(whole) && utf8.RuneCount(whole) == 1 {
			return true
		}
	}
	return false
}
