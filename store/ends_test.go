package store_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Ends are looked up so many at a time: none is left out where one kind has more of them
// than the other, and none is found among records of the other kind.
func TestEndsAreFoundHoweverManyAreAskedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := aDirectory(t, s)
		objectID := func(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }
		users, groups := make([]models.User, 2001), make([]models.Group, 4001)
		ofUsers, ofGroups := make([]string, len(users)), make([]string, len(groups))
		byObjectID := make(map[string]models.End)
		for i := range users {
			ofUsers[i] = objectID(i)
			said := models.Standing{EntraObjectID: models.Optional(ofUsers[i]), PullSays: models.Exists, PullSince: 3, PushSays: models.Gone, PushSince: 4, PushGoneAt: 5}
			users[i] = models.User{DirectoryID: d.ID, ID: s.NewID(), Standing: said, Living: true, SoftDeleted: i%2 == 0}
			byObjectID[ofUsers[i]] = users[i].End()
		}
		for i := range groups {
			ofGroups[i] = objectID(1_000_000 + i)
			said := models.Standing{EntraObjectID: models.Optional(ofGroups[i]), PullSays: models.SoftDeleted, PullSince: 6, PullGoneAt: 7}
			groups[i] = models.Group{DirectoryID: d.ID, ID: s.NewID(), Standing: said, Living: i%2 == 0, PushMembersAt: 8, PullMembersAt: models.Instant(i)}
			byObjectID[ofGroups[i]] = groups[i].End()
		}
		withoutOne := models.User{DirectoryID: d.ID, ID: s.NewID(), Living: true}
		byID := map[string]models.End{withoutOne.ID: withoutOne.End()}
		ids := []string{withoutOne.ID}
		for _, end := range byObjectID {
			byID[end.ID] = end
			ids = append(ids, end.ID, s.NewID()) // a stranger too
		}
		must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
			return errors.Join(tx.CreateUsers(append(users, withoutOne)), tx.CreateGroups(groups))
		}))
		must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
			for _, n := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {2000, 2000}, {2001, 0}, {0, 2001}, {2001, 1}, {1, 4001}, {2001, 4001}} {
				want := make(map[string]models.End)
				for _, id := range append(append([]string{}, ofUsers[:n[0]]...), ofGroups[:n[1]]...) {
					want[id] = byObjectID[id]
				}
				got, err := tx.EndsByObjectID(ofUsers[:n[0]], ofGroups[:n[1]])
				if diff := gocmp.Diff(want, got); diff != "" || err != nil {
					return fmt.Errorf("%d users, %d groups: %v (-want +got):\n%.2000s", n[0], n[1], err, diff)
				}
			}
			crossed, err := tx.EndsByObjectID(ofGroups, ofUsers)
			if len(crossed) > 0 || err != nil {
				return fmt.Errorf("%d are found as what they are not: %v", len(crossed), err)
			}
			got, err := tx.Ends(ids)
			if !maps.Equal(byID, got) || err != nil {
				return fmt.Errorf("by id: %v (-want +got):\n%.2000s", err, gocmp.Diff(byID, got))
			}
			return nil
		}))
	})
}
