package diagnostics

import (
	"fmt"
	"strconv"

	"github.com/meca-lsp/meca-lsp/schema"
)

// What a host shares with stock settings (docs/hosts.md#configjson).
var stock = []struct {
	key, unit string
	most      int64
}{{"cpu", "CPUs", 4}, {"mem", "MB", 4096}}

var configExceedsDefaultHost = Rule{
	Code: "config-exceeds-default-host", Severity: Information,
	Doc: "config.json asks for more than a host with stock settings shares",
	check: func(p *Pass) {
		d, resource := p.config()
		for _, s := range stock {
			m := resource.Member(s.key)
			if m == nil || m.Value.Kind != schema.Number {
				continue
			}
			if n, err := strconv.ParseInt(m.Value.Text, 10, 64); err == nil && n > s.most {
				p.report(d.File, m.Value.Span, fmt.Sprintf("A host with stock settings shares %d %s, and refuses a task that asks for %d. Fewer hosts will run it.", s.most, s.unit, n))
			}
		}
	},
}
