package lsp

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.lsp.dev/protocol"
)

// message is a request or notification of the protocol, with parameters that are right. In them, $uri stands for a document and
// $folder for its folder.
type message struct {
	Method  string `json:"method"`
	Request bool   `json:"request,omitempty"`
	Server  bool   `json:"server,omitempty"` // the server says it, not the client
	Params  any    `json:"params,omitempty"` // absent where it has none
}

// swept are all that testdata/messages.json holds: the names of all methods of the protocol, and of their fields.
func swept(t *testing.T) []message {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "messages.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []message
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestMessages makes testdata/messages.json of the protocol's meta model (MIT licence), which the protocol's library brings along.
func TestMessages(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.lsp.dev/protocol").Output()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "internal", "genlsp", "testdata", "metaModel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var model metaModel
	if err := json.Unmarshal(b, &model); err != nil {
		t.Fatal(err)
	}
	list := model.swept()
	for _, m := range protocol.Methods {
		if !slices.ContainsFunc(list, func(one message) bool { return one.Method == m.Method && one.Request == (m.Kind == "request") }) {
			t.Errorf("%s is missing", m.Method)
		}
	}
	var now bytes.Buffer
	now.WriteString("[")
	for i, m := range list {
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			now.WriteString(",")
		}
		now.WriteString("\n" + string(line))
	}
	now.WriteString("\n]\n")
	path := filepath.Join("testdata", "messages.json")
	if *update {
		if err := os.WriteFile(path, now.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if committed, err := os.ReadFile(path); err != nil || !bytes.Equal(bytes.ReplaceAll(committed, []byte("\r\n"), []byte("\n")), now.Bytes()) {
		t.Errorf("%s is not what the meta model says: run this test with -update (%v)", path, err)
	}
}

// metaModel is what we need of the protocol's meta model.
type metaModel struct {
	Requests      []metaMessage   `json:"requests"`
	Notifications []metaMessage   `json:"notifications"`
	Structures    []metaStructure `json:"structures"`
	Enumerations  []struct {
		Name   string `json:"name"`
		Values []struct {
			Value any `json:"value"`
		} `json:"values"`
	} `json:"enumerations"`
	TypeAliases []struct {
		Name string   `json:"name"`
		Type metaType `json:"type"`
	} `json:"typeAliases"`
}

type metaMessage struct {
	Method    string    `json:"method"`
	Direction string    `json:"messageDirection"`
	Params    *metaType `json:"params"`
}

type metaStructure struct {
	Name       string         `json:"name"`
	Properties []metaProperty `json:"properties"`
	Extends    []metaType     `json:"extends"`
	Mixins     []metaType     `json:"mixins"`
}

type metaProperty struct {
	Name     string   `json:"name"`
	Type     metaType `json:"type"`
	Optional bool     `json:"optional"`
}

type metaType struct {
	Kind    string          `json:"kind"`
	Name    string          `json:"name"`
	Element *metaType       `json:"element"`
	Items   []metaType      `json:"items"`
	Value   json.RawMessage `json:"value"` // of a literal, an object; of a string, the string
}

func (m *metaModel) swept() (list []message) {
	for i, group := range [][]metaMessage{m.Requests, m.Notifications} {
		for _, one := range group {
			made := message{Method: one.Method, Request: i == 0, Server: one.Direction == "serverToClient"}
			if one.Params != nil {
				made.Params = m.example(*one.Params, 0)
			}
			list = append(list, made)
		}
	}
	slices.SortFunc(list, func(a, b message) int { return strings.Compare(a.Method, b.Method) })
	return list
}

// meaning are values of fields whose type does not say enough.
var meaning = map[string]any{
	"command": "meca.stop", "arguments": []any{object{"folder": "$folder"}}, "oldUri": "$uri", "newUri": "$uri", "rootPath": nil, "processId": nil, "rootUri": "$folder",
	"workspaceFolders": []any{object{"uri": "$folder", "name": "x"}},
}

// example is a value of a type. Of what is at the top it holds all fields, below that those that are required.
func (m *metaModel) example(t metaType, depth int) any {
	switch t.Kind {
	case "base":
		return map[string]any{"string": "x", "boolean": true, "integer": 1, "uinteger": 1, "decimal": 1.5, "DocumentUri": "$uri", "URI": "$uri"}[t.Name]
	case "array":
		return []any{m.example(*t.Element, depth+1)}
	case "map":
		return object{}
	case "or":
		return m.example(t.Items[0], depth)
	case "tuple":
		var list []any
		for _, item := range t.Items {
			list = append(list, m.example(item, depth+1))
		}
		return list
	case "literal":
		var s metaStructure
		if err := json.Unmarshal(t.Value, &s); err != nil {
			return nil
		}
		return m.fields(s, depth)
	case "stringLiteral":
		return t.Value
	}
	return m.named(t.Name, depth)
}

func (m *metaModel) named(name string, depth int) any {
	if name == "LSPAny" {
		return object{}
	}
	for _, s := range m.Structures {
		if s.Name == name {
			return m.fields(s, depth)
		}
	}
	for _, e := range m.Enumerations {
		if e.Name == name {
			return e.Values[0].Value
		}
	}
	for _, a := range m.TypeAliases {
		if a.Name == name {
			return m.example(a.Type, depth)
		}
	}
	return nil
}

func (m *metaModel) fields(s metaStructure, depth int) object {
	o := object{}
	for _, parent := range slices.Concat(s.Extends, s.Mixins) {
		inherited, _ := m.named(parent.Name, depth).(object)
		for name, value := range inherited {
			o[name] = value
		}
	}
	for _, p := range s.Properties {
		value, known := meaning[p.Name]
		switch {
		case p.Optional && depth > 0:
		case known && p.Type.Kind != "reference":
			o[p.Name] = value
		default:
			o[p.Name] = m.example(p.Type, depth+1)
		}
	}
	return o
}
