package scim

import (
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// memberChange is an operation on a group's members (fact sheet 3.6). It names
// the members that change and never those that stay, so that its cost does not
// grow with the group.
func (p *patchParser) memberChange(op operation, t target, value any, given bool) error {
	if t.ref.Sub != nil {
		return p.fail(scimerrors.ScimTypeMutability, "a member cannot be changed; remove it and add another") // demand 62
	}
	if t.filter != nil {
		return p.selectedMembers(op, t, value)
	}
	switch {
	case op == remove && value == nil: // RFC form; an absent value is also written as null
		return p.members(RemoveAllMembers, nil)
	case op == replace && (value == nil || value == ""): // Q9
		return p.members(RemoveAllMembers, nil)
	}
	list, err := memberList(value)
	if err != nil {
		return p.valueError(err)
	}
	switch {
	case op == replace:
		return p.members(ReplaceMembers, list)
	case len(list) == 0: // an empty list adds nothing, and removes nothing (section 11)
		return nil
	case op == add:
		return p.members(AddMembers, list)
	}
	return p.members(RemoveMembers, list)
}

func (p *patchParser) members(op MemberOp, list []Member) error {
	p.patch.members = append(p.patch.members, MemberChange{Op: op, Members: list})
	return nil
}

// selectedMembers is `members[value eq "…"]`.
func (p *patchParser) selectedMembers(op operation, t target, value any) error {
	list, ok := membersOf(t.filter)
	if !ok {
		return p.fail(scimerrors.ScimTypeInvalidFilter, `members can be selected by value eq "…" only, joined with or`)
	}
	if op == remove {
		return p.members(RemoveMembers, list)
	}
	// Adding an entry that the path selects creates it, as for any other
	// attribute (Q6). Its value can only be the one in the path.
	if object, ok := value.(map[string]any); ok {
		if v, ok := member(object, "value").(string); ok && (len(list) != 1 || list[0].Value != v) {
			return p.fail(scimerrors.ScimTypeMutability, "a member cannot become another; remove it and add the other")
		}
	}
	return p.members(AddMembers, list)
}

// membersOf reads the members that a filter names by their values.
func membersOf(e filter.Expression) ([]Member, bool) {
	switch e := e.(type) {
	case filter.Or:
		var all []Member
		for _, t := range e.Terms {
			list, ok := membersOf(t)
			if !ok {
				return nil, false
			}
			all = append(all, list...)
		}
		return all, true
	case filter.And, filter.Compare:
		s := seeds(e)
		value, _ := s["value"].(string)
		kind, typed := s["type"].(string)
		if value == "" || len(s) > 2 || len(s) == 2 && !typed {
			return nil, false
		}
		return []Member{{Value: value, Type: memberType(kind)}}, true
	}
	return nil, false
}

// memberList reads members in every shape: an array, one object, a bare id.
func memberList(value any) ([]Member, error) {
	entries, ok := value.([]any)
	if !ok {
		if value == nil || value == "" {
			return []Member{}, nil
		}
		entries = []any{value}
	}
	list := make([]Member, 0, len(entries))
	for _, e := range entries {
		m, err := memberFrom(e)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// memberFrom reads one member. One without an id is refused even where an empty
// value elsewhere means none: leaving it out of a complete list would remove
// somebody.
func memberFrom(v any) (Member, error) {
	var m Member
	switch v := v.(type) {
	case string:
		m.Value = v
	case map[string]any:
		ref := ""
		for key, field := range v {
			s, isString := field.(string)
			switch {
			case strings.EqualFold(key, "value"):
				if !isString && field != nil {
					return m, valueError("members.value", "must be a string")
				}
				m.Value = s
			case strings.EqualFold(key, "type"):
				m.Type = memberType(s)
			case strings.EqualFold(key, "$ref"):
				ref = s
			}
		}
		if m.Value == "" {
			m.Value = ref[strings.LastIndexByte(ref, '/')+1:]
		}
	default:
		return m, valueError("members", `must be a list of objects such as {"value":"<id>"}`)
	}
	if m.Value == "" {
		return m, valueError("members.value", "is missing")
	}
	return m, nil
}

// memberType is the type by its own spelling, "" if it is none that we have.
func memberType(s string) string {
	for _, t := range []schema.ResourceType{schema.User, schema.Group} {
		if strings.EqualFold(s, t.Name) {
			return t.Name
		}
	}
	return ""
}
