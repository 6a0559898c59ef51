package lsp

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/task"
)

// changed follows every change of the session: what it touched is checked again, in the background.
func (s *server) changed(cause string, d *draft) {
	s.log.Debug("change", "number", d.number, "cause", cause, "folders", len(d.touched))
	watched := map[string]bool{}
	for _, doc := range d.docs {
		watched[doc.home] = true
	}
	for dir := range d.touched {
		s.checks.add(dir, watched[dir] || isSettings(dir))
	}
	for _, name := range d.orphans {
		s.lookUp(name)
	}
	if d.lenses {
		s.chores.add(choreLenses, true)
	}
}

// check judges one task folder, or a settings file, and publishes what it found unless the folder has changed meanwhile: then it is being checked again.
func (s *server) check(dir string) {
	if isSettings(dir) {
		s.checkSettings(dir)
		return
	}
	at := s.session.snapshot()
	p := at.places.get(dir)
	files := s.client.Load().diagnostics(at, p)
	if s.session.snapshot().places.get(dir) == p {
		s.findings.publish(s.wire, at, dir, files)
	}
}

// fileDiagnostics are all diagnostics of one file, maybe none.
type fileDiagnostics struct {
	key     string // see keyOf
	uri     string
	version protocol.Optional[int32]
	opened  uint64 // see document
	list    []protocol.Diagnostic
}

// diagnostics are a folder's findings by file. Every open document of the folder has its entry, also with no finding.
func (c *client) diagnostics(at *snapshot, p *place) []*fileDiagnostics {
	if p == nil {
		return nil
	}
	byPath := map[string]*fileDiagnostics{}
	file := func(rel string) *fileDiagnostics {
		if byPath[rel] == nil {
			f := &fileDiagnostics{key: nativeJoin(p.dir, rel), uri: at.fileURI(p, rel), list: []protocol.Diagnostic{}}
			if doc := at.document(p, rel); doc != nil {
				f.version, f.opened = doc.version, doc.opened
			}
			byPath[rel] = f
		}
		return byPath[rel]
	}
	for _, doc := range at.docs {
		if doc.home == p.dir {
			file(doc.rel)
		}
	}
	for _, one := range p.judge() {
		if doc := at.document(p, one.path); doc != nil && doc.lost {
			continue // nobody knows where in the editor's text that would be
		}
		f := file(one.path)
		f.list = append(f.list, c.diagnostic(at, p, one))
	}
	files := make([]*fileDiagnostics, 0, len(byPath))
	for _, f := range byPath {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *fileDiagnostics) int { return cmp.Compare(a.key, b.key) })
	return files
}

// finding is a finding with what finds it again later: it is the nth of its code in its file.
type finding struct {
	diagnostics.Finding
	path string // of the file that it is shown in
	nth  int
}

// judge checks a task folder as its settings want it, and says where each finding is shown. One of the folder itself is shown in config.json, at its start:
// editors show no folders. All that the server says and does about findings begins here.
func (p *place) judge() []finding {
	type group struct{ path, code string }
	count := map[group]int{}
	var shown []finding
	for _, f := range p.rules.Apply(diagnostics.CheckBoth(p.folder, p.report, p.today)) {
		if f.Severity == diagnostics.Off {
			continue
		}
		path := f.File.Path
		if path == "." {
			path = task.ConfigFile
		}
		g := group{path, f.Code}
		shown = append(shown, finding{Finding: f, path: path, nth: count[g]})
		count[g]++
	}
	return shown
}

// diagnosticData lets codeAction, and later requests, find the finding of a diagnostic again.
type diagnosticData struct {
	Code  string `json:"code"`
	Index int    `json:"index"`
}

// diagnostic is a finding in the words of the protocol.
func (c *client) diagnostic(at *snapshot, p *place, f finding) protocol.Diagnostic {
	d := protocol.Diagnostic{
		Range:           c.rangeOf(f.File, f.Span),
		Severity:        protocol.DiagnosticSeverity(f.Severity), // numbered as the protocol does
		Code:            protocol.String(f.Code),
		CodeDescription: protocol.CodeDescription{Href: uri.URI(docs.RuleURL(f.Code))},
		Source:          protocol.NewOptional("meca-lsp"),
		Message:         protocol.String(f.Message),
		Data:            encode(diagnosticData{f.Code, f.nth}),
	}
	if f.Stale {
		d.Tags = protocol.NewDiagnosticTags(protocol.DiagnosticTagUnnecessary)
	}
	if c.relatedInformation {
		for _, r := range f.Related {
			d.RelatedInformation = append(d.RelatedInformation, protocol.DiagnosticRelatedInformation{
				Location: protocol.Location{URI: uri.URI(at.fileURI(p, r.File.Path)), Range: c.rangeOf(r.File, r.Span)},
				Message:  r.Message,
			})
		}
	}
	return d
}

// encode makes JSON of a value of ours. Such values are structs of strings and numbers: there is nothing that can fail.
func encode(v any) jsontext.Value {
	raw, err := protocol.Marshal(v)
	if err != nil {
		return jsontext.Value("null")
	}
	return raw
}

// publisher remembers what the client was told last, so that it is only told what changed.
type publisher struct {
	mu   sync.Mutex                      // guards all below
	last map[string]map[string]published // by directory, then by file
}

// published is what was said of one file.
type published struct {
	uri    string
	opened uint64
	list   []byte
}

// outdated reports whether the client must be told of a file again. An editor that opens a file wants to hear of it in any case.
func (p published) outdated(f *fileDiagnostics, list []byte) bool {
	return p.uri != f.uri || f.opened != 0 && p.opened != f.opened || !bytes.Equal(p.list, list)
}

// publish tells the client of a folder's files: those whose diagnostics changed, and those that fell silent. It is called by one
// goroutine at a time for one folder, with ever newer snapshots.
func (p *publisher) publish(w *wire, at *snapshot, dir string, files []*fileDiagnostics) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was, now := p.last[dir], map[string]published{}
	for _, f := range files {
		list := encode(f.list)
		now[f.key] = published{uri: f.uri, opened: f.opened, list: list}
		old, told := was[f.key]
		if told && old.uri != f.uri {
			send(w, &fileDiagnostics{uri: old.uri, list: []protocol.Diagnostic{}})
		}
		if !told || old.outdated(f, list) {
			send(w, f)
		}
	}
	for key, old := range was {
		if _, still := now[key]; still || string(old.list) == "[]" {
			continue
		}
		silent := &fileDiagnostics{uri: old.uri, list: []protocol.Diagnostic{}}
		if doc := at.docs[key]; doc != nil {
			silent.version = doc.version
		}
		send(w, silent)
	}
	if p.last == nil {
		p.last = map[string]map[string]published{}
	}
	if p.last[dir] = now; len(now) == 0 {
		delete(p.last, dir)
	}
}

// send puts a file's diagnostics on the wire, in place of older ones that are still waiting there.
func send(w *wire, f *fileDiagnostics) {
	w.notify("diagnostics "+f.uri, protocol.MethodTextDocumentPublishDiagnostics,
		&protocol.PublishDiagnosticsParams{URI: uri.URI(f.uri), Version: f.version, Diagnostics: f.list})
}
