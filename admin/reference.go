package admin

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// The reference is openapi.yaml as one page to read: no script, nothing from elsewhere.

//go:embed reference.html
var referenceText string

var reference = sync.OnceValue(func() []byte {
	d, err := readDocument()
	if err != nil {
		panic(fmt.Sprintf("openapi.yaml: %v", err)) // embedded: only a broken build gets here
	}
	page := template.Must(template.New("reference").Funcs(template.FuncMap{
		"anchor": anchor, "typeOf": typeOf, "last": lastSegment, "paragraphs": paragraphs, "inline": inline,
	}).Parse(referenceText))
	var out bytes.Buffer
	if err := page.Execute(&out, d); err != nil {
		panic(fmt.Sprintf("reference.html: %v", err))
	}
	return out.Bytes()
})

type documented struct {
	Info struct{ Title, Version, Description string }
	Tags []struct {
		Name, Description string
		Operations        []documentedOperation `yaml:"-"`
	}
	Paths      yaml.Node // a node keeps the order in which they were written
	Components struct {
		Parameters map[string]documentedParameter
		Schemas    yaml.Node
	}
	Schemas []documentedSchema `yaml:"-"`
}

type documentedOperation struct {
	Method, Path, Summary, Description string
	OperationID                        string `yaml:"operationId"`
	Tags                               []string
	Parameters                         []documentedParameter
	RequestBody                        documentedBody `yaml:"requestBody"`
	Responses                          map[string]documentedBody
}

type documentedParameter struct {
	Ref                   string `yaml:"$ref"`
	Name, In, Description string
}

type documentedBody struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     map[string]struct{ Schema schemaOf }
}

type schemaOf struct {
	Ref               string `yaml:"$ref"`
	Type, Format      string
	Description       string
	Enum              []string
	Required          []string
	Items             *schemaOf
	Nullable          bool
	AllOf             []schemaOf `yaml:"allOf"`
	Properties        yaml.Node
	Minimum, Maximum  *int
	MaxLength         *int `yaml:"maxLength"`
	Default           any
	Example           any
	AdditionalMembers any `yaml:"additionalProperties"`
}

type documentedSchema struct {
	Name   string
	Schema schemaOf
	Fields []documentedField
}

type documentedField struct {
	Name     string
	Required bool
	Schema   schemaOf
}

func readDocument() (*documented, error) {
	var d documented
	if err := yaml.Unmarshal(source, &d); err != nil {
		return nil, err
	}
	if err := d.readOperations(); err != nil {
		return nil, err
	}
	err := eachMember(&d.Components.Schemas, func(name string, node *yaml.Node) error {
		s := documentedSchema{Name: name}
		if err := node.Decode(&s.Schema); err != nil {
			return err
		}
		d.Schemas = append(d.Schemas, s)
		last := &d.Schemas[len(d.Schemas)-1]
		return eachMember(&last.Schema.Properties, func(name string, node *yaml.Node) error {
			f := documentedField{Name: name, Required: slices.Contains(last.Schema.Required, name)}
			last.Fields = append(last.Fields, f)
			return node.Decode(&last.Fields[len(last.Fields)-1].Schema)
		})
	})
	slices.SortFunc(d.Schemas, func(a, b documentedSchema) int { return strings.Compare(a.Name, b.Name) })
	return &d, err
}

// readOperations puts the operations under their tags.
func (d *documented) readOperations() error {
	return eachMember(&d.Paths, func(path string, node *yaml.Node) error {
		var shared struct{ Parameters []documentedParameter }
		if err := node.Decode(&shared); err != nil {
			return err
		}
		return eachMember(node, func(method string, node *yaml.Node) error {
			if method == "parameters" {
				return nil
			}
			o := documentedOperation{Method: strings.ToUpper(method), Path: path}
			if err := node.Decode(&o); err != nil {
				return err
			}
			o.Parameters = append(slices.Clone(shared.Parameters), o.Parameters...)
			for i, p := range o.Parameters {
				if p.Ref != "" {
					o.Parameters[i] = d.Components.Parameters[lastSegment(p.Ref)]
				}
			}
			for i := range d.Tags {
				if slices.Contains(o.Tags, d.Tags[i].Name) {
					d.Tags[i].Operations = append(d.Tags[i].Operations, o)
				}
			}
			return nil
		})
	})
}

// eachMember calls f for the members of a YAML mapping, in the order in which they were
// written.
func eachMember(node *yaml.Node, f func(name string, value *yaml.Node) error) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := f(node.Content[i].Value, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func anchor(name string) string { return strings.ToLower(name) }

func lastSegment(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// typeOf says what a value looks like, with a link to its schema.
func typeOf(s schemaOf) template.HTML {
	if len(s.AllOf) > 0 {
		s.Ref = s.AllOf[0].Ref
	}
	null := ""
	if s.Nullable {
		null = " or null"
	}
	switch {
	case s.Ref != "":
		name := template.HTMLEscapeString(lastSegment(s.Ref))
		return template.HTML(`<a href="#` + anchor(name) + `">` + name + `</a>` + null)
	case s.Items != nil:
		return "list of " + typeOf(*s.Items)
	case len(s.Enum) > 0:
		return template.HTML(template.HTMLEscapeString(strings.Join(s.Enum, " | ")) + null)
	case s.Format != "" && s.Format != "binary":
		return template.HTML(template.HTMLEscapeString(s.Format) + null)
	}
	return template.HTML(template.HTMLEscapeString(s.Type) + null)
}

// paragraphs splits a description at its empty lines, and each point of a list from the
// next.
func paragraphs(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.TrimSpace(text), "\n- ", "\n\n- "), "\n\n")
}

// inline shows what is in backquotes as code, and what is in two stars as strong.
func inline(text string) template.HTML {
	text = template.HTMLEscapeString(text)
	for _, mark := range []struct{ sign, tag string }{{"`", "code"}, {"**", "strong"}} {
		parts := strings.Split(text, mark.sign)
		for i := 1; i < len(parts); i += 2 {
			parts[i] = "<" + mark.tag + ">" + parts[i] + "</" + mark.tag + ">"
		}
		text = strings.Join(parts, "")
	}
	return template.HTML(text)
}
