// Package docs holds the rule pages as part of the program, so that hover and explain need no network.
package docs

import (
	"embed"
	"io/fs"
	"strings"
)

// Home is where the project is published. Nothing depends on its being reachable.
const Home = "https://github.com/meca-lsp/meca-lsp"

//go:embed rules/*.md
var pages embed.FS

// Rule is the page of a rule, as Markdown. It is not ok for a code without a page.
func Rule(code string) (markdown string, ok bool) {
	b, err := fs.ReadFile(pages, "rules/"+code+".md")
	return string(b), err == nil && code != "README"
}

// Summary is what a page says below its title: what is wrong and what a host does.
func Summary(code string) (markdown string, ok bool) {
	page, ok := Rule(code)
	if !ok {
		return "", false
	}
	_, body, _ := strings.Cut(page, "\n")
	body, _, _ = strings.Cut(body, "\nSeverity: ")
	return strings.TrimSpace(body), true
}

// RuleURL is where a rule's page is published.
func RuleURL(code string) string { return Home + "/blob/main/docs/rules/" + code + ".md" }
