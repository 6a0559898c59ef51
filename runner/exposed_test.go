package runner_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/runner"
)

// generatedDockerfiles is how many different Dockerfiles are built, to see what they expose; MECA_TEST_CYCLES asks for more.
func generatedDockerfiles(t *testing.T) int { return max(40, cycles(t)) }

// What is read from a Dockerfile's EXPOSE, ARG, ENV and FROM is what the classic builder makes of them: it exposes the same ports, and
// stops where one is no port.
func TestExposedPorts(t *testing.T) {
	b := newPortBuilder(t, enginetest.Require(t))
	seen := map[string]bool{}
	var builds []named
	var ran, exposing, refused atomic.Int64
	wanted := generatedDockerfiles(t)
	for seed := uint64(0); len(seen) < wanted; seed++ {
		g := &portsWriter{Rand: rand.New(rand.NewPCG(seed, 6)), newline: "\\\n"}
		content := g.dockerfile()
		if seen[content] {
			continue
		}
		seen[content] = true
		builds = append(builds, named{fmt.Sprint(seed), func(t *testing.T) {
			got, words := b.compare(t, strings.ReplaceAll(content, "LABEL of=", "LABEL "+b.label+"="+fmt.Sprint(seed)+" of="))
			if ran.Add(1); words != "" {
				refused.Add(1)
			} else if len(got) > 0 {
				exposing.Add(1)
			}
		}})
	}
	abreast(t, 8, builds)
	t.Logf("%d Dockerfiles: %d expose ports, %d are refused", len(seen), exposing.Load(), refused.Load())
	if all := ran.Load() == int64(wanted); all && (exposing.Load() < int64(wanted/2) || refused.Load() < int64(wanted/20)) {
		t.Error("the Dockerfiles are not mixed as they should be")
	}
}

// compare holds what a build gives against our reading.
func (b *portBuilder) compare(t *testing.T, content string) (got []string, words string) {
	t.Helper()
	d := dockerfile.Read(text.New("Dockerfile", content))
	want, ok := exposedBy(d)
	got, words = b.build(t, content)
	switch {
	case words != "" && ok:
		t.Errorf("the builder says %q, and we that it exposes %v\n%s", words, want, content)
	case words == "" && !ok:
		t.Errorf("the builder exposes %v, and we say that it stops: %v\n%s", got, d.Problems, content)
	case words == "" && !slices.Equal(got, want):
		t.Errorf("the builder exposes %v, and we say %v\n%s", got, want, content)
	}
	return got, words
}

// exposedBy gives the ports that an image exposes by our reading, as an engine writes them. It is not ok where the build stops.
func exposedBy(d *dockerfile.File) (ports []string, ok bool) {
	if len(d.Problems) > 0 || slices.ContainsFunc(d.Instructions, func(in *dockerfile.Instruction) bool { return len(d.NewerSubstitutions(in)) > 0 }) {
		return nil, false
	}
	set := map[string]bool{}
	for _, p := range d.Final().Ports {
		for n := p.First; !p.None && n <= p.Last; n++ {
			set[fmt.Sprintf("%d/%s", n, p.Protocol)] = true
		}
	}
	return slices.Sorted(maps.Keys(set)), true
}

// portBuilder builds images that hold nothing, and removes them all with the test.
type portBuilder struct {
	engine *runner.Docker
	api    *client.Client
	label  string // the key of a label of every image that is made, and of no other
}

func newPortBuilder(t *testing.T, engine *runner.Docker) *portBuilder {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	b := &portBuilder{engine: engine, api: api, label: fmt.Sprintf("org.meca-lsp.test.ports-%016x", rand.Uint64())}
	t.Cleanup(func() {
		b.remove(t, b.label)
		_ = api.Close() // a test's client
	})
	return b
}

// build gives the ports that the image of a Dockerfile exposes, or the builder's words where it fails.
func (b *portBuilder) build(t *testing.T, content string) (ports []string, words string) {
	t.Helper()
	var folder bytes.Buffer
	w := tar.NewWriter(&folder)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(content))}), func() error { _, err := io.WriteString(w, content); return err }(), w.Close()); err != nil {
		t.Fatal(err)
	}
	messages, err := b.engine.Build(t.Context(), &folder, nil)
	if err != nil {
		return nil, err.Error()
	}
	defer func() { _ = messages.Close() }() // it was only read
	id := ""
	for d := json.NewDecoder(messages); ; {
		var m struct {
			Error string
			Aux   struct{ ID string }
		}
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if m.Error != "" {
			return nil, m.Error
		}
		if m.Aux.ID != "" {
			id = m.Aux.ID
		}
	}
	inspected, err := b.api.ImageInspect(t.Context(), id)
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	for port := range inspected.Config.ExposedPorts {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	return ports, ""
}

// remove removes the images that carry a label: the last ones first, which takes along what they were built on.
func (b *portBuilder) remove(t *testing.T, label string) {
	t.Helper()
	ctx := context.Background() // also when the test was stopped
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for left, tries := -1, 0; ; {
		images, err := b.api.ImageList(ctx, image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))})
		if tries++; err != nil && tries < 100 { // an engine fails while another process removes images
			<-again.C
			continue
		}
		if err != nil || len(images) == left {
			t.Errorf("%d images are left (%v)", len(images), err)
			return
		}
		if left = len(images); left == 0 {
			return
		}
		for _, i := range images {
			_, _ = b.api.ImageRemove(ctx, i.ID, image.RemoveOptions{PruneChildren: true}) // one that others are built on stays until they are gone
		}
	}
}

// portsWriter writes Dockerfiles that expose ports in all the ways there are.
type portsWriter struct {
	*rand.Rand
	newline string // a line end that goes on
	stages  []string
	lines   []string
}

func (g *portsWriter) pick(from ...string) string { return from[g.IntN(len(from))] }

// one is true once in so many times.
func (g *portsWriter) one(in int) bool { return g.IntN(in) == 0 }

func (g *portsWriter) add(line string) { g.lines = append(g.lines, line) }

func (g *portsWriter) dockerfile() string {
	if g.one(5) {
		g.add("# escape=`")
		g.newline = "`\n"
	}
	for range g.IntN(3) {
		g.add(g.respell("ARG") + " " + g.pick("P=8080", "Q=9090", "P", "R=${P}", "Q=\"$P\"", "STAGE=base", "P=80"))
	}
	for range 1 + g.IntN(2) + g.IntN(2)*g.IntN(2) {
		g.stage()
	}
	content := strings.Join(g.lines, "\n") + g.pick("", "\n")
	if g.one(6) {
		content = strings.ReplaceAll(content, "\n", "\r\n")
	}
	return content
}

// stage is a FROM with what follows it.
func (g *portsWriter) stage() {
	from := "scratch"
	if len(g.stages) > 0 && g.one(2) {
		from = g.stages[g.IntN(len(g.stages))]
		if g.one(4) {
			from = strings.ToUpper(from)
		}
	}
	name := fmt.Sprintf("s%d", len(g.stages))
	g.stages = append(g.stages, name)
	g.add(g.respell("FROM") + " " + from + " " + g.pick("AS", "as") + " " + name)
	g.add("LABEL of=" + name)
	for range 1 + g.IntN(2) {
		if g.one(2) {
			g.add(g.env())
		}
		if !g.one(4) {
			g.add(g.expose())
		}
		switch g.IntN(5) {
		case 0:
			g.add(g.respell("ARG") + " " + g.pick("P", "Q", "P=8080", "P=9090", "Q=$P", "R=\"${P}\"", "N='8080'", "P=7070 Q=6060"))
		case 1:
			g.add(g.pick("# EXPOSE 1", "ONBUILD ENV P=5000", "ONBUILD EXPOSE $P", "ONBUILD ARG P=4000", "", "ONBUILD EXPOSE 2", "LABEL x=\"EXPOSE 3\"", "CMD [\"EXPOSE\", \"4\"]", "LABEL y=\"a "+g.newline+"EXPOSE 5\"", "STOPSIGNAL 9", "  # indented"))
		}
	}
}

func (g *portsWriter) env() string {
	name := g.pick("P", "Q", "R", "P", "N")
	if g.one(8) {
		return "ENV " + name + "=" + g.pick("a", "tcp", "\\$P", "80/udp", "-")
	}
	return g.respell("ENV") + " " + g.pick(name+"=8080", name+" 8080", name+"=\"8080\"", name+"='80'", name+"=$P", name+" ${Q}", name+"=80 R=\"$"+name+"\"", name+"=\"80 8081\"", name+"=80 "+g.newline+"  X=y", name+"=${P:-7000}",
		name+"=1$Q", name+"=8000-8003", name+"=${P:+6000}")
}

func (g *portsWriter) expose() string {
	words := []string{g.respell("EXPOSE")}
	for range 1 + g.IntN(2)*g.IntN(3) {
		words = append(words, g.word())
		if g.one(10) {
			words = append(words, g.newline+g.pick("", "# why\n", "  # why\n\n"))
		}
	}
	words = append(words, g.pick("", "", "", " ", "\t"))
	return strings.Join(words, g.pick(" ", " ", "  ", "\t"))
}

// word is one word of EXPOSE. Few are no port, as one of them stops the build.
func (g *portsWriter) word() string {
	if g.one(60) {
		return g.pick("65536", "http", "80/http", "-1", "8080x", "9000-8000", "'$P'", "80-", "1,2", "8080/tcp/udp", "/tcp", "x:80", "80:", "::80", "1:2:3:4", "\"80 81\"", "${P-80}", "${N+80}", "${Q?no}", "${N:?no}", "${P:?no}", "${P%a}", "\"\"", "$UNSET/tcp", "80 # note", "${P")
	}
	port := g.pick("8080", "80", "65535", "1", "08080", "8080-8082", "8080-8080", "443", "\"8080\"", "'8081'", "80"+g.newline+"80", "9:8080", "0.0.0.0:80:8080", "8000-8001:9000-9001", "8"+"\"08\""+"0", "0", "0-2")
	if g.one(2) {
		return g.pick("$P", "${P}", "$Q", "${Q:-8080}", "${P:-9000}", "${P:+8080}", "${R}", "80$P", "${P}1", "${N:-${P:-5}}", "$P$Q", "\"$P\"", "$1", "1${UNSET}", "$UNSET", "${P}/udp", "${Q:-80}/tcp")
	}
	return port + g.pick("", "", "", "/tcp", "/udp", "/sctp", "/TCP", "/Udp", "/")
}

// respell writes an instruction in small letters now and then.
func (g *portsWriter) respell(word string) string {
	if g.one(5) {
		return strings.ToLower(word)
	}
	return word
}
