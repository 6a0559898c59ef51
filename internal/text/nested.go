package text

import (
	"cmp"
	"slices"
)

// Nested gives those of the spans that contain an offset, the smallest first, each within the next and none twice. One that overlaps a
// smaller one is left out. The empty span stays only where there is no other.
func Nested(spans []Span, off int) []Span {
	sorted := slices.SortedStableFunc(slices.Values(spans), func(a, b Span) int { return cmp.Compare(a.Len(), b.Len()) })
	var list []Span
	for i, s := range sorted {
		if !s.Contains(off) || s.Len() == 0 && i+1 < len(sorted) {
			continue
		}
		if n := len(list); n == 0 || list[n-1] != s && s.Start <= list[n-1].Start && list[n-1].End <= s.End {
			list = append(list, s)
		}
	}
	return list
}
