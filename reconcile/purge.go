package reconcile

import (
	"fmt"
	"slices"

	"scimbridge/models"
)

// Eraser erases records with all their edges, in a transaction of one directory. Package
// store implements it.
type Eraser interface {
	// ForgetLists has the lists decided anew in which the pull has seen one of the
	// records: who comes back is a new record, and is to be in them.
	ForgetLists(memberIDs []string) error
	EraseUsers(ids []string) error
	EraseGroups(ids []string) error
}

// forgettable tells whether a record is a tombstone that nobody needs: removed, and no path
// vouches for it. As long as one does, its object id is what the record is found by.
func forgettable(s *models.Standing, living bool) bool {
	return !living && !s.Held && !s.PushSays.Vouches() && !s.PullSays.Vouches()
}

// PurgeUsers erases those of the users that are tombstones nobody needs, and tells how
// many they were.
func PurgeUsers(tx Eraser, users []models.User) (int, error) {
	var ids []string
	for _, u := range users {
		if forgettable(&u.Standing, u.Living) && !u.Waiting {
			ids = append(ids, u.ID)
		}
	}
	return erase(tx, ids, tx.EraseUsers, "users")
}

// PurgeGroups erases those of the groups that are tombstones nobody needs.
func PurgeGroups(tx Eraser, groups []models.Group) (int, error) {
	groups = slices.DeleteFunc(slices.Clone(groups), func(g models.Group) bool { return !forgettable(&g.Standing, g.Living) })
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return erase(tx, ids, tx.EraseGroups, "groups")
}

func erase(tx Eraser, ids []string, erase func([]string) error, what string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	if err := tx.ForgetLists(ids); err != nil {
		return 0, fmt.Errorf("forget the lists that have %s: %w", what, err)
	}
	if err := erase(ids); err != nil {
		return 0, fmt.Errorf("erase %s: %w", what, err)
	}
	return len(ids), nil
}

// Forgetter erases somebody who may still be there, and tells the feed so.
type Forgetter interface {
	Eraser
	AppendChanges(changes []models.Change) error
}

// Forget erases a person for good, whatever the paths say of them. Who showed until now is
// removed for the readers of the feed, which says nothing else of them.
func Forget(tx Forgetter, u models.User, from Origin) error {
	if _, err := erase(tx, []string{u.ID}, tx.EraseUsers, "users"); err != nil || !u.Living {
		return err
	}
	return tx.AppendChanges([]models.Change{from.change("user", u.DirectoryID, u.ID, models.Removed, nil)})
}
