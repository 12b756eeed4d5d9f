package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Limits of a custom extension.
const (
	MaxDefinition    = 32 << 10 // bytes
	maxAttributes    = 100
	maxSubAttributes = 50
)

// A DefinitionError says what is wrong with the definition of a custom extension, and
// where: "attributes[2].type".
type DefinitionError struct{ Field, Reason string }

func (e *DefinitionError) Error() string { return e.Field + " " + e.Reason }

// definedAttribute is an attribute as a definition gives it (RFC 7643 section 7).
type definedAttribute struct {
	Name          string             `json:"name"`
	Type          Type               `json:"type"`
	Uniqueness    Uniqueness         `json:"uniqueness"`
	SubAttributes []definedAttribute `json:"subAttributes"`
}

// Define reads the definition of a tenant's own extension: a schema in the form of RFC
// 7643 section 7. Unlike Parse it trusts nothing. It answers a *DefinitionError.
func Define(definition []byte) (*Schema, error) {
	if len(definition) > MaxDefinition {
		return nil, &DefinitionError{"definition", fmt.Sprintf("must have at most %d bytes", MaxDefinition)}
	}
	var d struct {
		ID         string             `json:"id"`
		Attributes []definedAttribute `json:"attributes"`
	}
	if err := json.Unmarshal(definition, &d); err != nil {
		return nil, &DefinitionError{"definition", "is not a schema of RFC 7643 section 7: " + err.Error()}
	}
	if err := checkURN(d.ID); err != nil {
		return nil, err
	}
	if err := checkAttributes("attributes", d.Attributes, maxAttributes); err != nil {
		return nil, err
	}
	s, err := Parse(definition)
	if err != nil {
		return nil, &DefinitionError{"definition", "is not a schema of RFC 7643 section 7: " + err.Error()}
	}
	return s, nil
}

// urnForm is that of RFC 8141, narrowed to what filters and PATCH paths can spell.
var urnForm = regexp.MustCompile(`^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}(:[A-Za-z0-9_.-]+)+$`)

func checkURN(id string) error {
	lower := strings.ToLower(id)
	switch {
	case id == "":
		return &DefinitionError{"id", "is missing; it is the schema's URN, such as urn:contoso:params:scim:schemas:badge:2.0:User"}
	case len(id) > 200 || !urnForm.MatchString(id):
		return &DefinitionError{"id", "must be a URN of at most 200 characters, such as urn:contoso:params:scim:schemas:badge:2.0:User"}
	case strings.HasPrefix(lower, "urn:ietf:params:scim:schemas:core:"), strings.HasPrefix(lower, "urn:ietf:params:scim:api:"):
		return &DefinitionError{"id", "is a name that SCIM has taken for itself; choose a URN of your own"}
	}
	return nil
}

// nameForm is ATTRNAME of RFC 7643 section 2.1, without "$", which is for "$ref".
var nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func checkAttributes(field string, attributes []definedAttribute, most int) error {
	if len(attributes) == 0 || len(attributes) > most {
		return &DefinitionError{field, fmt.Sprintf("must have 1 to %d entries", most)}
	}
	seen := make(map[string]bool, len(attributes))
	for i, a := range attributes {
		at := fmt.Sprintf("%s[%d]", field, i)
		lower := strings.ToLower(a.Name)
		switch {
		case !nameForm.MatchString(a.Name):
			return &DefinitionError{at + ".name", "must be a letter and up to 63 letters, digits, hyphens and underscores"}
		case seen[lower]:
			return &DefinitionError{at + ".name", fmt.Sprintf("%q is there twice; case does not tell names apart", a.Name)}
		case a.Uniqueness == ServerUnique || a.Uniqueness == GlobalUnique:
			return &DefinitionError{at + ".uniqueness", "must be none: values of an extension are not kept apart"}
		}
		seen[lower] = true
		if err := checkSubAttributes(at, a, most == maxAttributes); err != nil {
			return err
		}
	}
	return nil
}

func checkSubAttributes(at string, a definedAttribute, top bool) error {
	switch {
	case a.Type != Complex && len(a.SubAttributes) > 0:
		return &DefinitionError{at + ".subAttributes", "are for the type complex alone"}
	case a.Type != Complex:
		return nil
	case !top:
		return &DefinitionError{at + ".type", "must not be complex: sub-attributes have none of their own (RFC 7643 section 2.3.8)"}
	}
	return checkAttributes(at+".subAttributes", a.SubAttributes, maxSubAttributes)
}
