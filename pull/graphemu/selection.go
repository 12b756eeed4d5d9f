package graphemu

import "strings"

// selection is which properties an answer shows, per resource type. A listing of
// members may select properties that only some of its objects have.
type selection struct {
	user, group, other propertySet
}

// defaultSelection is what Graph returns without $select.
func defaultSelection() selection {
	return selection{user: userSchema.defaults, group: groupSchema.defaults, other: otherSchema.defaults}
}

// selectFor reads $select for objects of one type, or of any if kind is "".
// Unknown properties are refused, and id is not added: a client that forgets it
// gets objects without it (elastic/beats #52902).
func (q query) selectFor(kind ObjectType) (selection, error) {
	if !q.has("select") {
		return defaultSelection(), nil
	}
	var s selection
	for name := range strings.SplitSeq(q.get("select"), ",") {
		name = strings.TrimSpace(name)
		if err := s.add(name, kind); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *selection) add(name string, kind ObjectType) error {
	known := false
	if i, has := userSchema.index[name]; has && (kind == TypeUser || kind == "") {
		s.user, known = s.user.with(i), true
	}
	if i, has := groupSchema.index[name]; has && (kind == TypeGroup || kind == "") {
		s.group, known = s.group.with(i), true
	}
	if i, has := otherSchema.index[name]; has && kind != TypeUser && kind != TypeGroup {
		s.other, known = s.other.with(i), true
	}
	switch {
	case known:
		return nil
	case notInDirectory[name] && kind == TypeUser:
		return &Error{Status: 501, Code: "NotImplemented", Message: "This operation target is not yet supported."}
	default:
		return badRequest("Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, resourceName(kind))
	}
}

func resourceName(kind ObjectType) string {
	if kind == "" {
		return "directoryObject"
	}
	return string(kind)
}

// of is the selection for one kind of object.
func (s selection) of(kind ObjectType) propertySet {
	switch kind {
	case TypeUser:
		return s.user
	case TypeGroup:
		return s.group
	}
	return s.other & shownOf(kind)
}
