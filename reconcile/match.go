package reconcile

import (
	"fmt"

	"scimbridge/models"
)

// Who is who (docs/design.md, section 3):
//
//  1. The Entra object id. The pull knows it; push gives it as an externalId that is a
//     GUID. It finds records in any state, and only it brings back a removed or
//     soft-deleted one.
//  2. The userName (a group: the displayName), ignoring case, between living records
//     only, if there is exactly one on each side, and never against two object ids
//     that differ.
//
// A living record that matches by the second key takes the object id over from a
// removed or soft-deleted one that holds it.

// Match is the record that a source speaks of.
type Match struct {
	// Record is the index of the candidate, or -1 for someone new.
	Record int
	// Yields is the index of a dead candidate that loses its object id to Record,
	// or -1.
	Yields int
}

// MatchPulledUser finds, among candidates, the record that the pull's objectID and
// userName speak of. The candidates are all records with that object id and all
// living ones with that userName.
func MatchPulledUser(candidates []models.User, objectID, userName string) Match {
	match := Match{Record: -1, Yields: -1}
	byID, byName := -1, -1
	key := models.Fold(userName)
	for i, u := range candidates {
		switch {
		case string(u.EntraObjectID) == objectID:
			byID = i
		case key != "" && string(u.UserNameKey) == key && u.EntraObjectID == "":
			byName = i
		}
	}
	switch {
	case byID >= 0 && occupies(candidates[byID]):
		match.Record = byID
	case byName >= 0:
		match.Record, match.Yields = byName, byID
	case byID >= 0:
		match.Record = byID
	}
	return match
}

// occupies tells whether a user is living and not soft-deleted.
func occupies(u models.User) bool { return u.Living && !u.SoftDeleted }

// PushIdentity is what a SCIM client says of who a record is.
type PushIdentity struct {
	ExternalID string
	Name       string // userName, or a group's displayName
}

// ObjectID is the externalId read as an Entra object id; "" if it is not a GUID.
func (p PushIdentity) ObjectID() string {
	id, _ := models.ObjectID(p.ExternalID)
	return id
}

// MatchPushedUser finds, among candidates, the record that a POST adopts: one for which
// push does not vouch. Candidates are all records with the object id and all that
// occupy the userName. It answers a *models.ConflictError where push vouches.
func MatchPushedUser(candidates []models.User, who PushIdentity) (Match, error) {
	objectID := who.ObjectID()
	match := Match{Record: -1, Yields: -1}
	byID, byName := -1, -1
	key := models.Fold(who.Name)
	for i, u := range candidates {
		if objectID != "" && string(u.EntraObjectID) == objectID {
			byID = i
		}
		if key != "" && string(u.UserNameKey) == key {
			byName = i
		}
	}
	if byName >= 0 && candidates[byName].PushSays.Vouches() {
		return match, &models.ConflictError{Attribute: "userName", Value: who.Name}
	}
	if byID >= 0 && candidates[byID].PushSays.Vouches() && candidates[byID].Living {
		return match, &models.ConflictError{Attribute: "externalId", Value: who.ExternalID}
	}
	differ := byName >= 0 && objectID != "" && candidates[byName].EntraObjectID != "" && byID != byName
	switch {
	case byID >= 0 && occupies(candidates[byID]), byID >= 0 && (byName < 0 || differ):
		match.Record = byID
	case byName >= 0 && !differ:
		match.Record, match.Yields = byName, byID
	}
	return match, nil
}

// MatchPulledGroup finds the record that the pull's objectID and displayName speak of.
// Candidates are all groups with that object id and all living ones of that name.
func MatchPulledGroup(candidates []models.Group, objectID, displayName string) Match {
	byID, byName, named := -1, -1, 0
	key := models.Fold(displayName)
	for i, g := range candidates {
		if string(g.EntraObjectID) == objectID {
			byID = i
		} else if g.Living && key != "" && g.DisplayNameKey == key {
			named++
			if g.EntraObjectID == "" {
				byName = i
			}
		}
	}
	switch {
	case byID >= 0 && candidates[byID].Living:
		return Match{Record: byID, Yields: -1}
	case byName >= 0 && named == 1:
		return Match{Record: byName, Yields: byID}
	}
	return Match{Record: byID, Yields: -1}
}

// MatchPushedGroup finds the group that a POST adopts, or answers a
// *models.ConflictError where push vouches for one of that name or externalId.
// Candidates are all groups with the object id, and all living ones with the name or
// the externalId.
func MatchPushedGroup(candidates []models.Group, who PushIdentity) (int, error) {
	objectID := who.ObjectID()
	key := models.Fold(who.Name)
	byID, byName, named := -1, -1, 0
	for i, g := range candidates {
		sameID := objectID != "" && string(g.EntraObjectID) == objectID
		if g.Living && g.PushSays.Vouches() {
			if key != "" && g.DisplayNameKey == key {
				return -1, &models.ConflictError{Attribute: "displayName", Value: who.Name}
			}
			if sameID || who.ExternalID != "" && string(g.ExternalID) == who.ExternalID {
				return -1, &models.ConflictError{Attribute: "externalId", Value: who.ExternalID}
			}
		}
		switch {
		case sameID:
			byID = i
		case g.Living && key != "" && g.DisplayNameKey == key:
			named++
			if objectID == "" || g.EntraObjectID == "" {
				byName = i
			}
		}
	}
	switch {
	case byID >= 0:
		return byID, nil
	case named == 1:
		return byName, nil
	}
	return -1, nil
}

// CheckExternalID refuses a write that would change the externalId by which both paths
// know a record: it would untie them.
func CheckExternalID(s *models.Standing, externalID string) error {
	id, isObjectID := models.ObjectID(externalID)
	if !s.Tied() {
		return nil
	}
	held, pushed := s.PushWords["externalId"]
	before, _ := held.Value.(string)
	_, wasObjectID := models.ObjectID(before)
	switch {
	case isObjectID && id == string(s.EntraObjectID):
		return nil
	case !isObjectID && !(pushed && wasObjectID):
		return nil
	}
	return &models.ConflictError{
		Attribute: "externalId",
		Value:     externalID,
		Reason: fmt.Sprintf("the record is the Entra object %s, which the pull has seen; its externalId cannot be changed",
			s.EntraObjectID),
	}
}
