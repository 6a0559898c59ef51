package text_test

import (
	"slices"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

func TestNested(t *testing.T) {
	spans := []text.Span{{Start: 0, End: 10}, {Start: 3, End: 6}, {Start: 3, End: 6}, {Start: 4, End: 8}, {Start: 7, End: 9}, {Start: 2, End: 8}, {Start: 5, End: 5}}
	want := []text.Span{{Start: 3, End: 6}, {Start: 2, End: 8}, {Start: 0, End: 10}}
	if got := text.Nested(spans, 5); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := text.Nested([]text.Span{{}}, 0); len(got) != 1 {
		t.Errorf("the empty span alone: %v", got)
	}
	if got := text.Nested(nil, 0); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
