// Package schema is what a User, a Group and an extension are: the definitions of
// github.com/elimity-com/scim/schema, amended where clients need it, with quick
// look-up by every notation in which an attribute may be named, the coercion of
// what clients send into what the schema says, and the JSON of the discovery
// endpoints, all from the same definitions (RFC 7643 sections 2, 3, 7 and 8.7).
package schema

import (
	"encoding/json"
	"fmt"
	"strings"

	elimity "github.com/elimity-com/scim/schema"
)

// Schema is a set of attributes under a URN (RFC 7643 section 7).
type Schema struct {
	ID          string
	Name        string
	Description string
	Attributes  []*Attribute

	byName map[string]*Attribute // by lower-case name
}

// Attribute finds an attribute of the schema by name, in any case.
func (s *Schema) Attribute(name string) (*Attribute, bool) {
	a, ok := s.byName[strings.ToLower(name)]
	return a, ok
}

// Parse reads a schema in the form of RFC 7643 section 7, as an admin defines a
// custom extension.
func Parse(definition []byte) (*Schema, error) {
	var s elimity.Schema
	if err := json.Unmarshal(definition, &s); err != nil {
		return nil, fmt.Errorf("schema definition: %w", err)
	}
	if s.ID == "" {
		return nil, fmt.Errorf("schema definition: id is missing; it is the schema's URN")
	}
	return fromElimity(s), nil
}

func newSchema(id, name, description string, attributes []*Attribute) *Schema {
	s := &Schema{ID: id, Name: name, Description: description, Attributes: attributes}
	s.byName = make(map[string]*Attribute, len(attributes))
	for _, a := range attributes {
		s.byName[strings.ToLower(a.Name)] = a
	}
	return s
}

func fromElimity(s elimity.Schema) *Schema {
	return newSchema(s.ID, s.Name.Value(), s.Description.Value(), attributesFromElimity(s.Attributes))
}

func attributesFromElimity(in elimity.Attributes) []*Attribute {
	out := make([]*Attribute, 0, len(in))
	for _, a := range in {
		out = append(out, attributeFromElimity(a))
	}
	return out
}

func attributeFromElimity(in elimity.CoreAttribute) *Attribute {
	a := &Attribute{
		Name:            in.Name(),
		Description:     in.Description(),
		Type:            Type(in.AttributeType()),
		MultiValued:     in.MultiValued(),
		Required:        in.Required(),
		CaseExact:       in.CaseExact(),
		Mutability:      Mutability(in.Mutability()),
		Returned:        Returned(in.Returned()),
		Uniqueness:      Uniqueness(in.Uniqueness()),
		CanonicalValues: in.CanonicalValues(),
		SubAttributes:   attributesFromElimity(in.SubAttributes()),
	}
	for _, t := range in.ReferenceTypes() {
		a.ReferenceTypes = append(a.ReferenceTypes, string(t))
	}
	a.index()
	return a
}
