package dockerfile_test

import (
	"slices"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

func TestImages(t *testing.T) {
	const source = "ARG TAG=3.9\nFROM golang:1.26 AS build\nRUN go build\nFROM python:$TAG AS base\nCOPY --from=build /a /a\n" +
		"COPY --from=busybox:1 /bin/sh /sh\nFROM base\nCOPY --from=0 /b /b\nFROM scratch\nCOPY --from=golang:1.26 /c /c\n"
	got := dockerfile.Read(text.New("Dockerfile", source)).Images()
	if want := []string{"golang:1.26", "python:3.9", "busybox:1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
