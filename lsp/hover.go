package lsp

import (
	"context"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/docs"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// hover tells of what stands at a place, and of the rules of the findings there.
func (s *server) hover(ctx context.Context, at *snapshot, params *protocol.HoverParams) (any, error) {
	one, err := s.spotOf(ctx, at, string(params.TextDocument.URI))
	if err != nil || one == nil {
		return nil, err
	}
	c := s.client.Load()
	off := c.offset(one.file, params.Position)
	var parts []string
	var about *text.Span
	if markdown, span, ok := one.help(off, s.options.machine); ok {
		parts, about = append(parts, markdown), &span
	}
	told := map[string]bool{}
	for _, f := range one.findings() {
		if f.path != one.rel || !f.Span.Contains(off) || told[f.Code] {
			continue
		}
		if page, ok := docs.Summary(f.Code); ok {
			told[f.Code] = true
			parts = append(parts, page+"\n\n["+f.Code+"]("+docs.RuleURL(f.Code)+")")
			if about == nil {
				about = &f.Span
			}
		}
	}
	if len(parts) == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	shown := c.rangeOf(one.file, *about)
	return &protocol.Hover{Contents: markup(strings.Join(parts, "\n\n---\n\n"), c.hoverMarkdown), Range: &shown}, nil
}

// findings are those of the file's task folder; a settings file has no rule's.
func (one *spot) findings() []finding {
	if one.isSet {
		return nil
	}
	return one.place.judge()
}

// markup is documentation for a client that shows Markdown, or for one that does not.
func markup(markdown string, supported bool) *protocol.MarkupContent {
	if supported {
		return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: markdown}
	}
	return &protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: plain(markdown)}
}

// plain takes the marks out of our own Markdown, which uses few: emphasis, code, links and rules.
func plain(markdown string) string {
	var out strings.Builder
	for rest := markdown; rest != ""; {
		at := strings.IndexAny(rest, "*`[")
		if at < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:at])
		rest = rest[at:]
		if rest[0] != '[' {
			mark := "`"
			if rest[0] == '*' {
				mark = "**"
			}
			next, found := strings.CutPrefix(rest, mark)
			if !found { // a lone star is a star
				out.WriteByte('*')
				next = rest[1:]
			}
			rest = next
			continue
		}
		label, target, ok := cutLink(rest)
		if !ok {
			out.WriteByte('[')
			rest = rest[1:]
			continue
		}
		out.WriteString(plain(label) + " (" + target + ")")
		rest = rest[len("[](")+len(label)+len(target)+1:]
	}
	return strings.ReplaceAll(out.String(), "\n\n---\n\n", "\n\n")
}

// cutLink reads [label](target).
func cutLink(s string) (label, target string, ok bool) {
	label, rest, ok := strings.Cut(s[1:], "](")
	if !ok || strings.ContainsAny(label, "[]\n") {
		return "", "", false
	}
	target, _, ok = strings.Cut(rest, ")")
	return label, target, ok && !strings.ContainsAny(target, " \n")
}
