package lsp

import (
	"cmp"
	"slices"

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
	if cause == causeVerdict {
		for dir := range d.touched {
			s.runEnded(d.places.get(dir))
		}
	}
	if len(d.touched) > 0 {
		s.chores.add(choreTasks, false)
	}
}

// check judges one task folder, or a settings file, and tells what it found unless the folder has changed meanwhile: then it is being checked again.
func (s *server) check(dir string) {
	if isSettings(dir) {
		s.checkSettings(dir)
		return
	}
	at := s.session.snapshot()
	p := at.places.get(dir)
	files := s.client.Load().diagnostics(at, p)
	if s.session.snapshot().places.get(dir) == p {
		s.tell(at, dir, files)
	}
}

// checkSettings judges a settings file.
func (s *server) checkSettings(name string) {
	at := s.session.snapshot()
	f := at.settings[name]
	files := s.client.Load().settingsDiagnostics(at, name, f)
	if s.session.snapshot().settings[name] == f {
		s.tell(at, name, files)
	}
}

// tell brings a folder's diagnostics to the client, as it takes them: published, or where it asks for them.
func (s *server) tell(at *snapshot, dir string, files []*fileDiagnostics) {
	if s.findings.update(at, dir, files) {
		s.chores.add(choreDiagnostics, true)
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

// fileOf is a file without diagnostics, as the editor has it.
func fileOf(at *snapshot, p *place, rel string) *fileDiagnostics {
	f := &fileDiagnostics{key: nativeJoin(p.dir, rel), uri: at.fileURI(p, rel), list: []protocol.Diagnostic{}}
	if doc := at.document(p, rel); doc != nil {
		f.version, f.opened = doc.version, doc.opened
	}
	return f
}

// diagnostics are a folder's findings by file. Every open document of the folder has its entry, also with no finding.
func (c *client) diagnostics(at *snapshot, p *place) []*fileDiagnostics {
	if p == nil {
		return nil
	}
	byPath := map[string]*fileDiagnostics{}
	file := func(rel string) *fileDiagnostics {
		if byPath[rel] == nil {
			byPath[rel] = fileOf(at, p, rel)
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
