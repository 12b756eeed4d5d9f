package filter

import (
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Fold is the form in which values that are not case-exact are compared: the
// UsernameCaseMapped profile of PRECIS (RFC 7613 section 3.2, demand 55), which
// maps width and case and then composes. Whoever keeps a column for such look-ups
// folds with this function, so that database and evaluator agree.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return norm.NFC.String(strings.ToLower(width.Fold.String(s)))
		}
	}
	return strings.ToLower(s)
}
