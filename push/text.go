package push

import (
	"errors"
	"strings"

	"scimbridge/models"
	"scimbridge/scim/filter"
)

// nul is the one character that JSON can write and PostgreSQL cannot store. It is
// refused on both databases, so that a directory can move from one to the other.
const nul = "\x00"

// longest is how long a value may be, in bytes, by which records are found. PostgreSQL
// indexes about 2,700; no directory has names near that.
const longest = 2000

// checkText refuses attributes that cannot be stored; found are those by which records
// of the type are found.
func checkText(attributes models.Attributes, found ...string) error {
	for _, name := range found {
		text, _ := attributes[name].(string)
		if max(len(text), len(models.Fold(text))) > longest {
			return &models.InvalidError{Attribute: name, Reason: "it is longer than 2,000 bytes"}
		}
	}
	for name, value := range attributes {
		if hasNUL(value) {
			return &models.InvalidError{Attribute: name, Reason: "the character U+0000 cannot be stored"}
		}
	}
	return nil
}

func hasNUL(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Contains(value, nul)
	case []any:
		for _, v := range value {
			if hasNUL(v) {
				return true
			}
		}
	case map[string]any:
		for _, v := range value {
			if hasNUL(v) {
				return true
			}
		}
	}
	return false
}

func checkUser(attributes models.Attributes) error {
	enterprise, _ := attributes[models.EnterpriseURN].(map[string]any)
	manager, _ := enterprise["manager"].(map[string]any)
	if id, _ := manager["value"].(string); len(id) > longest {
		return &models.InvalidError{Attribute: models.ManagerPath, Reason: "it is longer than 2,000 bytes"}
	}
	return checkText(attributes, "userName", "externalId", "displayName")
}

func checkGroup(attributes models.Attributes) error {
	return checkText(attributes, "displayName", "externalId")
}

// checkFilterText refuses a filter that no stored text can be compared with.
func checkFilterText(e filter.Expression) error {
	if asksNUL(e) {
		return &models.InvalidError{Attribute: "filter", Reason: "the character U+0000 is in no value"}
	}
	return nil
}

func asksNUL(e filter.Expression) bool {
	switch e := e.(type) {
	case filter.And:
		return anyAsksNUL(e.Terms)
	case filter.Or:
		return anyAsksNUL(e.Terms)
	case filter.Not:
		return asksNUL(e.Term)
	case filter.ValuePath:
		return asksNUL(e.Filter)
	case filter.Compare:
		return hasNUL(e.Value)
	}
	return false
}

func anyAsksNUL(terms []filter.Expression) bool {
	for _, term := range terms {
		if asksNUL(term) {
			return true
		}
	}
	return false
}

// tellValue completes a conflict that only the database found, because another request
// took the value at the same time: it knows the attribute, said knows the value.
func tellValue(err error, said map[string]any) error {
	var conflict *models.ConflictError
	if !errors.As(err, &conflict) || conflict.Value != "" {
		return err
	}
	told := *conflict
	told.Value, _ = said[conflict.Attribute].(string)
	return &told
}
