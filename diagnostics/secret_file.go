package diagnostics

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

var secretFile = Rule{
	Code: "secret-file", Severity: Warning,
	Doc: "the folder holds what should not be published",
	check: func(p *Pass) {
		for _, name := range p.Folder.Paths() {
			if what := secret(name); what != "" {
				p.report(text.New(name, ""), text.Span{}, fmt.Sprintf("This is %s. Publishing uploads the whole folder, dot-files too, for everyone to read. Keep it elsewhere.", what))
			}
		}
	},
}

// secret says what a path holds that nobody should read; "" where that is nothing.
func secret(name string) string {
	base := path.Base(name)
	switch {
	case base == ".git":
		return "the project's whole history"
	case base == ".env" || strings.HasPrefix(base, ".env.") && !slices.Contains([]string{".env.example", ".env.sample", ".env.template", ".env.dist"}, base):
		return "an environment file, where keys and passwords stand"
	case slices.Contains([]string{"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"}, base) || strings.HasSuffix(base, ".key") || strings.HasSuffix(base, "key.pem") && !strings.Contains(base, "pub"):
		return "a private key"
	case base == ".npmrc" || base == ".pypirc" || base == ".netrc" || base == "_netrc":
		return "a file of credentials"
	case slices.ContainsFunc([]string{".aws/credentials", ".docker/config.json", ".kube/config", "application_default_credentials.json"}, func(s string) bool {
		return name == s || strings.HasSuffix(name, "/"+s)
	}):
		return "a file of cloud credentials"
	default:
		return ""
	}
}
