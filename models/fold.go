package models

import (
	"strings"

	"scimbridge/scim/filter"
)

// Fold is the form in which names are compared. Folding is done in Go, not in SQL:
// SQLite folds ASCII only.
func Fold(s string) string { return filter.Fold(s) }

// ObjectID reads an Entra object id: a GUID, answered in lower case. Anything else
// is not one, and ok is false.
func ObjectID(s string) (id string, ok bool) {
	if len(s) != 36 {
		return "", false
	}
	for i := range 36 {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return "", false
			}
			continue
		}
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return "", false
		}
	}
	return strings.ToLower(s), true
}
