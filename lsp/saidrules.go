package lsp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// readSaid reads the client's meca.rules: an object of codes and severities. What is wrong with it is said in sentences, and the rest
// counts.
func readSaid(rules node) (said diagnostics.Settings, wrong []string) {
	said = diagnostics.Settings{}
	object, ok := rules.value.(map[string]any)
	if !ok && rules.value != nil {
		return said, []string{"it must be an object of codes and severities."}
	}
	for _, code := range slices.Sorted(maps.Keys(object)) {
		name, isText := object[code].(string)
		if !isText {
			name = "?"
		}
		if err := said.SetRule(code + "=" + name); err != nil {
			wrong = append(wrong, err.Error()+".")
		}
	}
	return said, wrong
}

// maxComplaints is how many faults of meca.rules are told in one message.
const maxComplaints = 5

// complain tells the person what is wrong with meca.rules, each fault once in a session: editors send their settings often.
func (s *server) complain(wrong []string) {
	wrong = slices.DeleteFunc(wrong, func(one string) bool { return s.told[one] })
	if len(wrong) == 0 {
		return
	}
	for _, one := range wrong {
		s.told[one] = true
	}
	more := ""
	if n := len(wrong) - maxComplaints; n > 0 {
		wrong, more = wrong[:maxComplaints], fmt.Sprintf(" And %d more.", n)
	}
	message := "The setting meca.rules: " + text.Clip(text.Plain(strings.Join(wrong, " ")), 1000) + more
	s.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: message})
}

// didChangeConfiguration takes up the client's settings. Clients also send settings that say nothing of meca.rules: then those stay that
// are there.
func (s *server) didChangeConfiguration(params jsontext.Value) error {
	var p struct {
		Settings any `json:"settings"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	meca, _ := node{p.Settings}.at("meca").value.(map[string]any)
	rules, given := meca["rules"]
	if !given {
		return errors.New("the settings say nothing of meca.rules")
	}
	said, wrong := readSaid(node{rules})
	if !maps.Equal(said, s.session.snapshot().said) {
		s.session.apply(causeSaid, func(d *draft) { d.setSaid(said) })
	}
	s.complain(wrong)
	return nil
}
