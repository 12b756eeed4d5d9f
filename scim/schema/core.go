package schema

import (
	elimity "github.com/elimity-com/scim/schema"
)

// userSchema is RFC 7643 section 4.1 without password: this server keeps none,
// and what it does not keep it does not announce. A password in a body is then an
// unknown attribute like any other (Okta sends a dummy one with every create).
func userSchema() *Schema {
	s := fromElimity(elimity.CoreUserSchema())
	kept := s.Attributes[:0:0]
	for _, a := range s.Attributes {
		if a.Name != "password" {
			kept = append(kept, a)
		}
	}
	s = newSchema(s.ID, s.Name, s.Description, kept)
	exactIDs(s, "groups")
	return s
}

func groupSchema() *Schema {
	s := fromElimity(elimity.CoreGroupSchema())
	exactIDs(s, "members")
	return s
}

func enterpriseSchema() *Schema {
	s := fromElimity(elimity.ExtensionEnterpriseUser())
	exactIDs(s, "manager")
	return s
}

// exactIDs makes the value of a reference compare like the id that it is. RFC
// 7643 section 8.7.1 leaves such values case-insensitive although id is not, so
// that `members eq "X"` could find what `id eq "X"` does not.
func exactIDs(s *Schema, attribute string) {
	if a, ok := s.Attribute(attribute); ok {
		a.subs["value"].CaseExact = true
	}
}

// common are the attributes of every resource (RFC 7643 section 3.1).
func common() *Schema {
	s := newSchema("", "", "", attributesFromElimity(elimity.CommonAttributes()))
	s.byName["schemas"].Returned = Always
	s.byName["schemas"].CaseExact = true // URIs
	return s
}
