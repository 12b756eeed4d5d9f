package store_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestTotalsAreCountedNoFurtherThanAskedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, other := aDirectory(t, s), aDirectory(t, s)
		for _, of := range []models.Directory{d, other} {
			users := []models.User{newcomer(s, of, "ann"), newcomer(s, of, "bob"), newcomer(s, of, "cem"), {DirectoryID: of.ID, ID: s.NewID()}}
			group := models.Group{DirectoryID: of.ID, ID: s.NewID(), Living: true}
			var edges []models.Membership
			for i, u := range users {
				edges = append(edges, models.Membership{DirectoryID: of.ID, GroupID: group.ID, MemberID: u.ID, MemberKind: models.UserMember, Present: i < 2})
			}
			if err := s.InTx(t.Context(), of.ID, func(tx *store.Tx) error {
				if err := tx.CreateUsers(users); err != nil {
					return err
				}
				if err := tx.CreateGroups([]models.Group{group}); err != nil {
					return err
				}
				return tx.CreateMemberships(edges)
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct{ most, want models.Losses }{
			{models.Losses{Users: 2, Groups: 1, Memberships: 1}, models.Losses{Users: 2, Groups: 1, Memberships: 1}},
			{models.Losses{Users: 9, Groups: 9, Memberships: 9}, models.Losses{Users: 3, Groups: 1, Memberships: 2}},
		} {
			var counted, all models.Losses
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) (err error) {
				if counted, err = tx.TotalsUpTo(c.most); err == nil {
					all, err = tx.Totals()
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(c.want, counted); diff != "" {
				t.Errorf("up to %+v (-want +got):\n%s", c.most, diff)
			}
			if diff := gocmp.Diff(models.Losses{Users: 3, Groups: 1, Memberships: 2}, all); diff != "" {
				t.Errorf("all (-want +got):\n%s", diff)
			}
		}
	})
}
