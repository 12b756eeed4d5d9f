package models

import (
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Fold is the form in which names are compared: width mapping, lower case and NFC,
// as the PRECIS profile UsernameCaseMapped has it (RFC 7644 section 5, RFC 8265
// section 3.3). Folding is done here, not in SQL: SQLite folds ASCII only.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.ToLower(width.Fold.String(s)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

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
