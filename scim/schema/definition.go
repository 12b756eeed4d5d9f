package schema

import "encoding/json"

const (
	schemaURN       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	resourceTypeURN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
)

// definition is an attribute as /Schemas shows it (RFC 7643 section 7).
type definition struct {
	Name            string       `json:"name"`
	Type            Type         `json:"type"`
	MultiValued     bool         `json:"multiValued"`
	Description     string       `json:"description"`
	Required        bool         `json:"required"`
	CanonicalValues []string     `json:"canonicalValues,omitempty"`
	CaseExact       bool         `json:"caseExact"`
	Mutability      Mutability   `json:"mutability"`
	Returned        Returned     `json:"returned"`
	Uniqueness      Uniqueness   `json:"uniqueness"`
	ReferenceTypes  []string     `json:"referenceTypes,omitempty"`
	SubAttributes   []*Attribute `json:"subAttributes,omitempty"`
}

// MarshalJSON is the attribute's definition.
func (a *Attribute) MarshalJSON() ([]byte, error) {
	return json.Marshal(definition{
		Name: a.Name, Type: a.Type, MultiValued: a.MultiValued, Description: a.Description,
		Required: a.Required, CanonicalValues: a.CanonicalValues, CaseExact: a.CaseExact,
		Mutability: a.Mutability, Returned: a.Returned, Uniqueness: a.Uniqueness,
		ReferenceTypes: a.ReferenceTypes, SubAttributes: a.SubAttributes,
	})
}

type meta struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location,omitempty"`
}

// Representation is the schema as a resource of /Schemas below baseURL.
func (s *Schema) Representation(baseURL string) any {
	return struct {
		Schemas     []string     `json:"schemas"`
		ID          string       `json:"id"`
		Name        string       `json:"name"`
		Description string       `json:"description"`
		Attributes  []*Attribute `json:"attributes"`
		Meta        meta         `json:"meta"`
	}{[]string{schemaURN}, s.ID, s.Name, s.Description, s.Attributes, meta{"Schema", baseURL + "/Schemas/" + s.ID}}
}

// Representation is a type as a resource of /ResourceTypes below baseURL (RFC
// 7643 section 6).
func (r *Registry) Representation(t ResourceType, baseURL string) any {
	type extension struct {
		Schema   string `json:"schema"`
		Required bool   `json:"required"`
	}
	extensions := []extension{}
	for _, e := range r.extensions {
		if e.Type.Name == t.Name {
			extensions = append(extensions, extension{e.Schema.ID, e.Required})
		}
	}
	return struct {
		Schemas          []string    `json:"schemas"`
		ID               string      `json:"id"`
		Name             string      `json:"name"`
		Description      string      `json:"description"`
		Endpoint         string      `json:"endpoint"`
		Schema           string      `json:"schema"`
		SchemaExtensions []extension `json:"schemaExtensions"`
		Meta             meta        `json:"meta"`
	}{[]string{resourceTypeURN}, t.Name, t.Name, t.Description, t.Endpoint, t.Schema, extensions,
		meta{"ResourceType", baseURL + "/ResourceTypes/" + t.Name}}
}
