package push

import (
	"slices"
	"strconv"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
)

// whole is what a POST or PUT says: all of it, and nothing of what it leaves out.
func whole(attributes models.Attributes) reconcile.PushSaid {
	said := reconcile.PushSaid{Values: make(map[string]any), Whole: true}
	for _, leaf := range models.Flatten(attributes) {
		say(&said, leaf.Path, leaf.Value)
	}
	return said
}

// parts is what a PATCH says: the values that it set, also where they were so before,
// and those that it took away.
func parts(before models.Attributes, patched scim.Patched) reconcile.PushSaid {
	said := reconcile.PushSaid{Values: make(map[string]any)}
	gone := make(map[string]any)
	for _, leaf := range models.Flatten(before) {
		gone[leaf.Path] = leaf.Value
	}
	for _, leaf := range models.Flatten(patched.Attributes) {
		old, had := gone[leaf.Path]
		delete(gone, leaf.Path)
		if !had || !models.SameValue(old, leaf.Value) || spoken(patched.Spoken, leaf) {
			say(&said, leaf.Path, leaf.Value)
		}
	}
	for path := range gone {
		say(&said, path, nil)
	}
	return said
}

// spoken tells whether a PATCH named the leaf, or something that it is part of.
func spoken(targets []scim.Target, leaf models.Leaf) bool {
	return slices.ContainsFunc(targets, func(t scim.Target) bool {
		return t.Schema == leaf.Schema && t.Attribute == leaf.Attribute &&
			(t.Entry < 0 || t.Entry == leaf.Entry) &&
			(t.Sub == "" || leaf.Sub == "" || t.Sub == leaf.Sub)
	})
}

// managerPrefix begins the paths of the manager's sub-attributes. Only its value is a
// word; $ref and displayName are what the server says.
const managerPrefix = models.EnterpriseURN + ":manager."

func say(said *reconcile.PushSaid, path string, value any) {
	switch {
	case path == "active":
		said.Active = asBool(value)
	case len(path) > len(managerPrefix) && path[:len(managerPrefix)] == managerPrefix && path != models.ManagerPath:
	default:
		said.Values[path] = value
	}
}

// asBool reads active. A PATCH that removes it is no word on it: only saying so
// reactivates (docs/decisions/002).
func asBool(value any) *bool {
	b, ok := value.(bool)
	if !ok {
		return nil
	}
	return &b
}

// saidExternalID is the externalId that a change of a record asks for, "" if it asks for
// none. It may not untie the paths; a PUT may leave it out, though: then push's word is
// withdrawn, and the object id shows.
func saidExternalID(s *models.Standing, said reconcile.PushSaid) (string, error) {
	value, spoken := said.Values["externalId"]
	externalID, _ := value.(string)
	if !spoken || said.Whole && externalID == "" {
		return externalID, nil
	}
	return externalID, reconcile.CheckExternalID(s, externalID)
}

// identity is what a record's attributes say of who it is.
func identity(attributes models.Attributes, name string) reconcile.PushIdentity {
	externalID, _ := attributes["externalId"].(string)
	called, _ := attributes[name].(string)
	return reconcile.PushIdentity{ExternalID: externalID, Name: called}
}

// check holds If-Match and If-None-Match of a write against the stored version (RFC
// 7644 section 3.14).
func check(c scim.Condition, version int64) error {
	current := strconv.FormatInt(version, 10)
	if len(c.Match) > 0 && !slices.Contains(c.Match, "*") && !slices.Contains(c.Match, current) {
		return models.ErrPrecondition
	}
	if slices.Contains(c.NoneMatch, "*") || slices.Contains(c.NoneMatch, current) {
		return models.ErrPrecondition
	}
	return nil
}
