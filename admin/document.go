package admin

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var source []byte

// document is openapi.yaml as JSON, its members in the order in which they were written.
var document = sync.OnceValue(func() []byte {
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		panic(fmt.Sprintf("openapi.yaml: %v", err)) // embedded: only a broken build gets here
	}
	var out bytes.Buffer
	if err := writeJSON(&out, root.Content[0]); err != nil {
		panic(fmt.Sprintf("openapi.yaml: %v", err))
	}
	return out.Bytes()
})

func writeJSON(out *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.MappingNode:
		return writeMembers(out, node.Content)
	case yaml.SequenceNode:
		return writeEntries(out, node.Content)
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	out.Write(text)
	return err
}

// writeMembers takes names and values in turn, as YAML's tree has them.
func writeMembers(out *bytes.Buffer, nodes []*yaml.Node) error {
	out.WriteByte('{')
	for i := 0; i < len(nodes); i += 2 {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(nodes[i].Value)
		if err != nil {
			return err
		}
		out.Write(name)
		out.WriteByte(':')
		if err := writeJSON(out, nodes[i+1]); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func writeEntries(out *bytes.Buffer, nodes []*yaml.Node) error {
	out.WriteByte('[')
	for i, node := range nodes {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeJSON(out, node); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

// choicesOf lists the values of a schema with an enum, under whose name its Go type was
// generated, so that a refusal says what the document says.
func choicesOf(schema string) []string {
	return choices()[schema].Enum
}

var choices = sync.OnceValue(func() map[string]struct{ Enum []string } {
	var parsed struct {
		Components struct {
			Schemas map[string]struct{ Enum []string }
		}
	}
	if err := yaml.Unmarshal(source, &parsed); err != nil {
		panic(fmt.Sprintf("openapi.yaml: %v", err))
	}
	return parsed.Components.Schemas
})
