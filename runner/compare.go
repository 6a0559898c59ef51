package runner

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// Compare grades an answer as hosts do: JavaScript's answer.trim() === expected.trim() after both were decoded as UTF-8 with
// replacement characters (docs/hosts.md#ask-and-compare). A host accepts MatchExact and MatchTrimmed; MatchJSON is for the person who
// has to mend the task.
//
// diffAt is the byte of expected at which the answer first differs in a host's eyes, -1 where a host sees no difference. It is the end
// of the trimmed text where the answer only goes on.
func Compare(answer, expected []byte) (match task.Match, diffAt int) {
	if bytes.Equal(answer, expected) {
		return task.MatchExact, -1
	}
	a, _ := trim(answer)
	e, skipped := trim(expected)
	at := firstDifference(a, e)
	switch {
	case at < 0:
		return task.MatchTrimmed, -1
	case sameJSON(a, e):
		return task.MatchJSON, skipped + at
	default:
		return task.MatchDifferent, skipped + at
	}
}

// firstDifference is the byte of b at which the decoded texts first differ, -1 where they are equal.
func firstDifference(a, b []byte) int {
	at := commonPrefix(a, b)
	// A character may begin before the differing byte: step back to its start, in both texts alike.
	for back := 0; back < utf8.UTFMax && at > 0 && !startsRune(a, b, at); back++ {
		at--
	}
	a, i := a[at:], at
	for {
		rest := b[i:]
		if len(a) == 0 && len(rest) == 0 {
			return -1
		}
		ra, na := decodeRune(a)
		rb, nb := decodeRune(rest)
		if na == 0 || nb == 0 || ra != rb {
			return i
		}
		a, i = a[na:], i+nb
	}
}

// commonPrefix is the number of leading bytes that are the same.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	const block = 4096
	at := 0
	for at+block <= n && bytes.Equal(a[at:at+block], b[at:at+block]) {
		at += block
	}
	for at < n && a[at] == b[at] {
		at++
	}
	return at
}

// startsRune reports whether no character of either text goes on at this byte.
func startsRune(a, b []byte, at int) bool {
	return (at >= len(a) || utf8.RuneStart(a[at])) && (at >= len(b) || utf8.RuneStart(b[at]))
}

// trim cuts JavaScript's white space from both ends, and tells how many bytes it cut from the front. A byte order mark is among it.
func trim(b []byte) (trimmed []byte, skipped int) {
	for skipped < len(b) {
		r, n := decodeRune(b[skipped:])
		if !isSpace(r) {
			break
		}
		skipped += n
	}
	b = b[skipped:]
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		if !isSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b, skipped
}

// isSpace reports whether JavaScript's trim cuts a character: white space and line ends of ECMA-262. Unlike unicode.IsSpace it holds
// U+FEFF and does not hold U+0085.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xA0, 0xFEFF, 0x2028, 0x2029:
		return true
	}
	return r >= 0x1680 && unicode.Is(unicode.Zs, r)
}

// decodeRune takes the first character off b as the Encoding Standard's UTF-8 decoder does: a sequence that breaks off becomes one
// U+FFFD as far as it was well formed (its maximal subpart), where Go counts every byte. It gives a width of 0 for no bytes.
func decodeRune(b []byte) (r rune, width int) {
	r, width = utf8.DecodeRune(b)
	if r != utf8.RuneError || width != 1 {
		return r, width
	}
	return utf8.RuneError, subpart(b)
}

// subpart is the length of the maximal subpart of an ill-formed sequence: at least one byte.
func subpart(b []byte) int {
	low, high, more := byte(0x80), byte(0xBF), 0
	switch lead := b[0]; {
	case lead >= 0xC2 && lead <= 0xDF:
		more = 1
	case lead == 0xE0:
		low, more = 0xA0, 2
	case lead == 0xED:
		high, more = 0x9F, 2
	case lead >= 0xE1 && lead <= 0xEF:
		more = 2
	case lead == 0xF0:
		low, more = 0x90, 3
	case lead >= 0xF1 && lead <= 0xF3:
		more = 3
	case lead == 0xF4:
		high, more = 0x8F, 3
	}
	n := 1
	for n <= more && n < len(b) && low <= b[n] && b[n] <= high {
		n, low, high = n+1, 0x80, 0xBF
	}
	return n
}
