package lsp

import (
	"context"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// spot is a file that a request asks about.
type spot struct {
	at    *snapshot
	place *place // its task folder; of a settings file the folder that it stands in
	rel   string // its path in the folder
	file  *text.File
	json  *schema.Document // nil for a file that is no JSON of ours
	isSet bool             // it is a settings file
}

// spotOf finds the file of a request. It is nil for one that is in no task folder, or is not read as text.
func (s *server) spotOf(ctx context.Context, at *snapshot, uri string) (*spot, error) {
	if uri == "" {
		return nil, invalidParams("the request names no document")
	}
	if f := at.settings[keyOf(uri)]; f != nil {
		if doc := at.docs[keyOf(uri)]; doc != nil && doc.lost {
			return nil, nil // nobody knows what stands where in the editor's text
		}
		return &spot{at: at, place: f.home, rel: f.file.Path, file: f.file, json: schema.Read(f.file), isSet: true}, nil
	}
	at, p := s.settled(ctx, at, uri)
	if p == nil {
		return nil, ctx.Err()
	}
	rel, _ := relative(p.dir, keyOf(uri))
	f := p.folder.File(rel)
	if f == nil {
		return nil, ctx.Err()
	}
	one := &spot{at: at, place: p, rel: rel, file: f}
	if rel == task.ConfigFile {
		one.json = p.folder.Config()
	}
	return one, ctx.Err()
}

// maxOutlined is how large a JSON text may be that is outlined, folded and selected in, in bytes.
const maxOutlined = 64 << 10

// outlined is the file as JSON; nil where it is none, is too large to be what a person reads, or where the editor does by itself what any
// JSON text needs.
func (one *spot) outlined(c *client) *schema.Document {
	if len(one.file.Text) > maxOutlined || !c.options.plainJSON {
		return nil
	}
	return one.json
}

// docker is the file as a Dockerfile; nil where it is none.
func (one *spot) docker() *dockerfile.File {
	if one.rel != task.DockerfileName || one.isSet {
		return nil
	}
	return one.place.folder.Dockerfile()
}
