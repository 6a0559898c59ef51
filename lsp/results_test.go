package lsp

import (
	"testing"

	"go.lsp.dev/protocol"
)

// TestClosedBeforeTold asks for a document and closes it before that, or anything, was told of its folder, which goes with it: the client,
// which may still show what it was answered, is told that there is nothing.
func TestClosedBeforeTold(t *testing.T) {
	doc := &document{uri: "file:///a/config.json", opened: 1, text: "{"}
	key := keyOf(doc.uri)
	for _, c := range []struct{ again, told bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		r := newResults(func(*told) { t.Error("it is published") })
		r.begin(true)
		q := r.hold(nil)
		if c.told {
			r.update(&snapshot{}, "/a", []*fileDiagnostics{{key: key, uri: doc.uri, opened: 1, list: []protocol.Diagnostic{}}})
			q.take(10)
		}
		r.answered(doc, "some")
		r.closing("/a", key)
		if c.again {
			if q = r.hold(map[string]string{key: "some"}); q.waits() {
				t.Error("it was told before anybody looked")
			}
		}
		r.update(&snapshot{}, "/a", nil)
		if news := q.take(10); len(news) != 1 || news[0].uri != doc.uri || string(news[0].list) != noDiagnostics {
			t.Errorf("%+v: told %+v", c, news)
		}
		if len(r.last) != 0 {
			t.Errorf("kept are %v", r.last)
		}
	}
}
