package lsp

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
)

// The documents' notifications are read by types of our own: the library's take a change with a broken range for a whole text.

// openParams are didOpen's.
type openParams struct {
	TextDocument struct {
		URI     string         `json:"uri"`
		Version jsontext.Value `json:"version"`
		Text    *string        `json:"text"`
	} `json:"textDocument"`
}

// changeParams are didChange's.
type changeParams struct {
	TextDocument struct {
		URI     string         `json:"uri"`
		Version jsontext.Value `json:"version"`
	} `json:"textDocument"`
	ContentChanges []jsontext.Value `json:"contentChanges"`
}

// contentChange is a whole text, or a text for a range.
type contentChange struct {
	Range *changeRange `json:"range"`
	Text  *string      `json:"text"`
}

type changeRange struct {
	Start *changePosition `json:"start"`
	End   *changePosition `json:"end"`
}

type changePosition struct {
	Line      *uint32 `json:"line"`
	Character *uint32 `json:"character"`
}

// didOpen takes up a document. Opened twice, the newest text counts.
func (s *server) didOpen(params jsontext.Value) error {
	var p openParams
	if err := decode(params, &p); err != nil {
		return err
	}
	if p.TextDocument.URI == "" || p.TextDocument.Text == nil {
		return errors.New("the document has no URI or no text")
	}
	key := keyOf(p.TextDocument.URI)
	doc := document{uri: p.TextDocument.URI, version: readVersion(p.TextDocument.Version), text: *p.TextDocument.Text}
	if name, ok := pathOf(doc.uri); ok {
		doc.path = name
	}
	s.session.apply(causeOpen, func(d *draft) {
		if d.docs[key] != nil {
			s.log.Warn("a document was opened twice", "uri", doc.uri)
		}
		doc.opened = d.number
		d.setDocument(key, doc)
		if d.docs[key].home == "" && doc.path != "" {
			d.orphans = append(d.orphans, doc.path)
		}
	})
	s.reread(key)
	return nil
}

// didChange takes up changes in the order in which they come, whatever their version says.
func (s *server) didChange(params jsontext.Value) error {
	var p changeParams
	if err := decode(params, &p); err != nil {
		return err
	}
	key := keyOf(p.TextDocument.URI)
	old := s.session.snapshot().docs[key]
	if old == nil {
		return fmt.Errorf("the document %q is not open", p.TextDocument.URI)
	}
	next := *old
	next.version = readVersion(p.TextDocument.Version)
	for _, raw := range p.ContentChanges {
		if err := s.client.Load().change(&next, raw); err != nil && !next.lost {
			next.lost = true
			s.log.Warn("a change could not be applied: the document is not checked until its whole text comes", "uri", old.uri, "err", err)
		}
	}
	s.session.apply(causeEdit, func(d *draft) { d.setDocument(key, next) })
	return nil
}

// change applies one change to a document.
func (c *client) change(doc *document, raw jsontext.Value) error {
	var change contentChange
	if err := protocol.Unmarshal(raw, &change); err != nil {
		return err
	}
	switch r := change.Range; {
	case change.Text == nil:
		return errors.New("the change has no text")
	case r == nil:
		doc.text, doc.lost = *change.Text, false
		return nil
	case doc.lost:
		return errors.New("the text that the change is made to is not known")
	case !r.Start.valid() || !r.End.valid():
		return errors.New("the range of the change is not complete")
	default:
		start := c.rawOffset(doc.text, *r.Start.Line, *r.Start.Character)
		end := c.rawOffset(doc.text, *r.End.Line, *r.End.Character)
		if end < start {
			return errors.New("the range of the change ends before it starts")
		}
		doc.text = doc.text[:start] + *change.Text + doc.text[end:]
		return nil
	}
}

func (p *changePosition) valid() bool { return p != nil && p.Line != nil && p.Character != nil }

// didSave reads the folder again for a client that does not watch files, and runs it again where that is wanted.
func (s *server) didSave(params jsontext.Value) error {
	uri, err := documentURI(params)
	if err != nil {
		return err
	}
	s.reread(keyOf(uri))
	s.runSaved(s.session.snapshot().find(uri))
	return nil
}

// didClose goes back to the text on the disk.
func (s *server) didClose(params jsontext.Value) error {
	uri, err := documentURI(params)
	if err != nil {
		return err
	}
	key := keyOf(uri)
	doc := s.session.snapshot().docs[key]
	if doc == nil {
		return fmt.Errorf("the document %q is not open", uri)
	}
	dir := doc.home
	if isSettings(key) {
		dir = key
	}
	s.findings.closing(dir, key) // before the change, so that the check that follows it sees this
	s.session.apply(causeClose, func(d *draft) { d.closeDocument(key) })
	return nil
}

// reread reads the task folder of a document again, or looks for it again, where nothing else tells of changes on the disk.
func (s *server) reread(key string) {
	doc := s.session.snapshot().docs[key]
	switch {
	case doc == nil || doc.path == "" || s.watching.Load():
	case isSettings(doc.path):
		s.loads.add(doc.path, true)
	case doc.home == "":
		s.lookUp(doc.path)
	default:
		s.loads.add(doc.home, true)
	}
}

// documentURI reads the one thing that most notifications of documents carry.
func documentURI(params jsontext.Value) (string, error) {
	var p struct {
		TextDocument struct {
			URI string `json:"uri"`
		} `json:"textDocument"`
	}
	err := decode(params, &p)
	return p.TextDocument.URI, err
}

// readVersion gives nothing for what is no version of the protocol.
func readVersion(raw jsontext.Value) protocol.Optional[int32] {
	var v protocol.Optional[int32]
	if err := protocol.Unmarshal(raw, &v); err != nil {
		return protocol.Optional[int32]{}
	}
	return v
}
