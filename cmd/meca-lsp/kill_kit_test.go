//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/runner"
)

// TestKillBuildKit kills runs that build with BuildKit, which names an image in the moment in which it is made.
func TestKillBuildKit(t *testing.T) {
	p := newPlace(t)
	if x, err := enginetest.Require(t).Examine(t.Context()); err != nil || x.BuildKit != runner.Yes {
		t.Skipf("this test needs BuildKit (%v)", err)
	}
	moments := []string{"building the image", "] COPY big", "in a RUN", "] COPY config.json /two", "\"sleep\"", "Successfully tagged", "starting the container", "asking the example"}
	const built = 5 // the first moment at which a run that is to leave an image for the next one may have done so
	for i := range kills(t) {
		moment := i % len(moments)
		at := moments[moment]
		t.Run(at, func(t *testing.T) {
			p := p.elsewhere(t)
			folder, traces := p.folder(t, longBuild+"COPY big /more\n", "accepts")
			v := p.start(t, "run", "--builder", "buildkit", fmt.Sprintf("--fresh=%v", moment >= built), folder)
			if !v.until(t, at) && at != "in a RUN" { // which the cache may have
				t.Fatalf("the run ended before: %s", strings.Join(v.all, "\n"))
			}
			delay := rand.N(300 * time.Millisecond)
			<-time.After(delay)
			v.kill()
			t.Logf("killed %v later; gone %v after that", delay, p.gone(t, traces))
		})
	}
}
