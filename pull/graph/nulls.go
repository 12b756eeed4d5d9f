package graph

import (
	"context"

	"scimbridge/models"
	"scimbridge/pull"
)

// fewUsers may all lack accountEnabled by chance; more cannot.
const fewUsers = 5

const codeNulls = "nulls"

// refuseNulls notices what is hidden instead of refused: Graph shows null for what the
// application may not read as often as it answers 403 (section 0), and accountEnabled
// is never null otherwise.
func (s *source) refuseNulls(ctx context.Context, users []models.SourceUser) error {
	told := 0
	for _, u := range users {
		switch {
		case u.Existence != models.Exists || u.Values == nil:
		case u.Enabled != nil:
			return nil
		default:
			told++
		}
	}
	if told < fewUsers {
		return nil
	}
	e := &pull.SourceError{Code: codeNulls,
		Message: "Microsoft Graph shows people without accountEnabled, which it hides from applications that may not read it",
		Hint:    grantHint(readUsers.name) + " Nothing of this answer was used."}
	if said, ok, err := s.claims(ctx); err == nil && ok && missingIn(said.Roles, []permission{readUsers}) == "" {
		e.Hint = "The permission " + readUsers.name + " is granted. Run it again, and report it if it stays. Nothing of this answer was used."
	}
	return e
}
