package lsp

import (
	"context"
	"net/url"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// The bounds of the links of one document.
const (
	maxLinks   = 500
	maxURL     = 2_000     // bytes
	maxLinked  = 256 << 10 // bytes of a description that are looked at
	linkStarts = "http"
)

// link is a place that leads somewhere.
type link struct {
	span            text.Span
	target, tooltip string
}

// documentLink gives the links of a file: from a COPY source to the file that it takes, from an address in a task's texts to its page,
// and from a rule's code in a settings file to the rule's page.
func (s *server) documentLink(ctx context.Context, at *snapshot, params *protocol.DocumentLinkParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	c, list := s.client.Load(), []protocol.DocumentLink{}
	for _, l := range one.links() {
		if len(list) == maxLinks {
			break
		}
		shown := protocol.DocumentLink{Range: c.rangeOf(one.file, l.span), Target: new(uri.URI(l.target))}
		if c.linkTooltips {
			shown.Tooltip = &l.tooltip
		}
		list = append(list, shown)
	}
	return list, nil
}

func (one *spot) links() []link {
	switch {
	case one == nil:
		return nil
	case one.isSet:
		return ruleLinks(one.json)
	case one.docker() != nil:
		return one.sourceLinks()
	case one.rel == task.NameFile || one.rel == task.DescriptionFile:
		return webLinks(one.file.Text)
	default:
		return nil
	}
}

// sourceLinks lead to files alone: not every client opens a folder. Where a source is one, its definition lists the files.
func (one *spot) sourceLinks() []link {
	var list []link
	folder := one.place.folder
	for _, c := range folder.Dockerfile().Copies() {
		name := c.ContextPath()
		if _, isFile := folder.FileSize(name); isFile && !c.IsPattern() {
			list = append(list, link{folder.Dockerfile().Place(c.Source), one.at.fileURI(one.place, name), "Open the file that is copied"})
		}
	}
	return list
}

func ruleLinks(d *schema.Document) []link {
	rules := d.Root.Member("rules")
	if rules == nil {
		return nil
	}
	var list []link
	for _, m := range rules.Value.Members {
		if _, known := docs.Rule(m.Key); known {
			inner := text.Span{Start: m.KeySpan.Start + 1, End: m.KeySpan.End - 1}
			list = append(list, link{inner, docs.RuleURL(m.Key), "Open the rule's page"})
		}
	}
	return list
}

// webLinks finds the addresses in a text. What closes a sentence, or a bracket that was opened before, is no part of one.
func webLinks(s string) []link {
	var list []link
	s = s[:min(len(s), maxLinked)]
	for at := 0; len(list) < maxLinks; {
		n := strings.Index(s[at:], linkStarts)
		if n < 0 {
			return list
		}
		at += n
		end := at + addressLen(s[at:])
		if address := s[at:end]; isAddress(address) && (at == 0 || !isLetter(s[at-1])) {
			list = append(list, link{text.Span{Start: at, End: end}, address, "Open the page"})
		}
		at = max(end, at+len(linkStarts))
	}
	return list
}

// addressLen is how far an address may go that s begins with.
func addressLen(s string) int {
	s = s[:min(len(s), maxURL+1)]
	end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"`{}|\\^", r) })
	if end < 0 {
		end = len(s)
	}
	for end > 0 {
		last := s[end-1]
		unopened := last == ')' && strings.Count(s[:end], "(") < strings.Count(s[:end], ")") || last == ']' && strings.Count(s[:end], "[") < strings.Count(s[:end], "]")
		if !unopened && strings.IndexByte(".,;:!?'*_", last) < 0 {
			break
		}
		end--
	}
	return end
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxURL && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
