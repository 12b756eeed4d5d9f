package scim

import (
	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/schema"
)

// decodeResource reads the body of a POST or PUT. Members is nil where the client
// did not speak of members, and empty where it said that there are none.
func decodeResource(r *schema.Registry, t schema.ResourceType, body map[string]any) (Resource, error) {
	var out Resource
	rest := body
	if t == schema.Group {
		var err error
		if rest, out.Members, err = takeMembers(r, body); err != nil {
			return Resource{}, err
		}
	}
	decoded, err := r.Decode(t, rest)
	if err != nil {
		return Resource{}, err
	}
	out.Attributes = decoded.Attributes
	return out, nil
}

// takeMembers splits the members off the body of a group. They are read as PATCH
// reads them, and not as an attribute, of which a group may have a hundred
// thousand entries.
func takeMembers(r *schema.Registry, body map[string]any) (map[string]any, []Member, error) {
	rest := make(map[string]any, len(body))
	var members []Member
	for key, v := range body {
		ref, ok := r.Lookup(schema.Group, key)
		if !ok || ref.URN != "" || ref.Attribute == nil || ref.Attribute.Name != "members" || ref.Sub != nil {
			rest[key] = v
			continue
		}
		if members != nil {
			return nil, nil, syntaxError("the body names %q twice, in different spellings", key)
		}
		list, err := memberList(v)
		if err != nil {
			return nil, nil, err
		}
		members = list
	}
	return rest, members, nil
}

// CheckImmutable reports the first immutable attribute that a PUT would change:
// it must be as before, or be empty before (demand 119). Only the Backend knows
// both.
func CheckImmutable(r *schema.Registry, t schema.ResourceType, before, after map[string]any) error {
	if err := checkImmutable(r.Core(t), "", before, after); err != nil {
		return err
	}
	for _, e := range r.Extensions(t) {
		b, _ := before[e.ID].(map[string]any)
		a, _ := after[e.ID].(map[string]any)
		if err := checkImmutable(e, e.ID+":", b, a); err != nil {
			return err
		}
	}
	return nil
}

func checkImmutable(s *schema.Schema, prefix string, before, after map[string]any) error {
	for _, a := range s.Attributes {
		if a.Mutability == schema.Immutable && before[a.Name] != nil && !same(before[a.Name], after[a.Name]) {
			return badRequest(scimerrors.ScimTypeMutability, "%s is immutable and has another value", prefix+a.Name)
		}
		if a.MultiValued {
			continue
		}
		b, _ := before[a.Name].(map[string]any)
		n, _ := after[a.Name].(map[string]any)
		for _, sub := range a.SubAttributes {
			if sub.Mutability == schema.Immutable && b[sub.Name] != nil && !same(b[sub.Name], n[sub.Name]) {
				return badRequest(scimerrors.ScimTypeMutability, "%s is immutable and has another value", prefix+a.Name+"."+sub.Name)
			}
		}
	}
	return nil
}
