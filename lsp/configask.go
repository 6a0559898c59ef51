package lsp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/meca-lsp/meca-lsp/internal/text"
)

// section is what all settings stand under.
const section = "meca"

// sources are what the client said of settings, by the way it took. What was said in answer to a question counts before what was sent of
// its own accord, and that before the options of initialize.
type sources struct {
	mu      sync.Mutex        // guards all below; held until what was said has become a change, so that an older word never follows a newer one
	initial wishes            // of initializationOptions
	sent    wishes            // by didChangeConfiguration
	asked   map[string]wishes // by workspace/configuration, by the path of the workspace's folder; "" is none
	told    map[string]bool   // complaints that were shown
	waiting []string          // complaints of initialize, to be shown once that was answered
}

// optionsOfOurs are the initializationOptions that are no settings.
var optionsOfOurs = []string{"trusted", "runEvents", "plainJson", "tasks", "publishDiagnostics"}

// configure takes up the options of initialize. What is wrong with them is told when the client is initialized.
func (s *server) configure(options node) {
	object, _ := options.value.(map[string]any)
	object = maps.Clone(object)
	maps.DeleteFunc(object, func(key string, _ any) bool { return slices.Contains(optionsOfOurs, key) })
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	initial, wrong := readWishes(node{object})
	s.sources.initial = initial
	wrong = append(wrong, s.reconfigure()...)
	s.sources.waiting = wrong
}

// reconfigure makes a change of what the client said, and gives what is wrong with it. It is called with sources.mu held.
func (s *server) reconfigure() (wrong []string) {
	base := s.sources.sent.over(s.sources.initial)
	trusted, defaults := s.client.Load().options.trusted, defaultConfig(s.options.Run())
	at := s.session.snapshot()
	next := configs{byRoot: map[string]*config{}}
	outer := s.sources.asked[""].over(base)
	next.base, wrong = outer.config(defaults, trusted)
	for _, r := range at.roots {
		inner := s.sources.asked[r.path]
		if len(inner) == 0 {
			continue
		}
		c, faults := inner.over(outer).config(defaults, trusted)
		if wrong = append(wrong, faults...); !c.equal(next.base) {
			next.byRoot[r.path] = c
		}
	}
	if !next.equal(at.configs) {
		s.session.apply(causeSaid, func(d *draft) { d.setConfigs(next) })
	}
	return wrong
}

func (c configs) equal(other configs) bool {
	return c.base.equal(other.base) && maps.EqualFunc(c.byRoot, other.byRoot, (*config).equal)
}

// didChangeConfiguration takes up the client's settings: those that it sends, as far as they are ours, and where it can be asked, those
// that it has.
func (s *server) didChangeConfiguration(params jsontext.Value) error {
	var p struct {
		Settings any `json:"settings"`
	}
	if err := decode(params, &p); err != nil {
		return err
	}
	if s.client.Load().configuration {
		s.chores.add(choreConfig, true)
	}
	meca := node{p.Settings}.at(section)
	if meca.value == nil {
		return nil
	}
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	sent, wrong := readWishes(meca)
	s.sources.sent = sent.over(s.sources.sent)
	s.complain(append(wrong, s.reconfigure()...))
	return nil
}

// askConfiguration asks the client for its settings, for each folder of the workspace.
func (s *server) askConfiguration() {
	roots := s.session.snapshot().roots
	params := &protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: new(section)}}}
	for _, r := range roots {
		params.Items = append(params.Items, protocol.ConfigurationItem{Section: new(section), ScopeURI: new(uri.URI(r.uri))})
	}
	var answer []any
	if err := s.ask(protocol.MethodWorkspaceConfiguration, params, &answer); err != nil {
		return
	}
	if len(answer) != len(params.Items) {
		s.log.Warn("the client's settings are not used: it did not answer what it was asked", "asked", len(params.Items), "answered", len(answer))
		return
	}
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	s.sources.asked = map[string]wishes{}
	var wrong []string
	for i, value := range answer {
		scope := ""
		if i > 0 {
			scope = roots[i-1].path
		}
		w, faults := readWishes(node{value})
		s.sources.asked[scope] = w
		wrong = append(wrong, faults...)
	}
	s.complain(append(wrong, s.reconfigure()...))
}

// registerConfiguration asks the client to tell when its settings change.
func (s *server) registerConfiguration() {
	if c := s.client.Load(); !c.configuration || !c.configurationChanges {
		return
	}
	err := s.call(s.base, protocol.MethodClientRegisterCapability, &protocol.RegistrationParams{Registrations: []protocol.Registration{{
		ID: "meca-settings", Method: protocol.MethodWorkspaceDidChangeConfiguration,
		RegisterOptions: encode(protocol.DidChangeConfigurationRegistrationOptions{Section: protocol.String(section)}),
	}}}, nil)
	if err != nil {
		s.log.Warn("the client does not tell of changed settings by itself", "err", err)
	}
}

// maxComplaints is how many faults of settings are told in one message.
const maxComplaints = 5

// complain tells the person what is wrong with the settings, each fault once in a session: editors send their settings often. It is
// called with sources.mu held.
func (s *server) complain(wrong []string) {
	fresh := []string{}
	for _, one := range wrong {
		if !s.sources.told[one] {
			s.sources.told[one] = true
			fresh = append(fresh, one)
		}
	}
	if len(fresh) == 0 {
		return
	}
	more := ""
	if n := len(fresh) - maxComplaints; n > 0 {
		fresh, more = fresh[:maxComplaints], fmt.Sprintf(" And %d more.", n)
	}
	message := "Settings: " + text.Clip(text.Plain(strings.Join(fresh, " ")), 1000) + more
	s.wire.notify("", protocol.MethodWindowShowMessage, &protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: message})
}
