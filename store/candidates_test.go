package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// People may hold each other's names, be in the bin without one, or have none but a name.
func TestUserCandidatesAreFoundOnceByWhateverTheSourceMeans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, other := aDirectory(t, s), aDirectory(t, s)
		user := func(d models.Directory, n int, key string) models.User {
			u := models.User{DirectoryID: d.ID, ID: s.NewID(), Living: true, UserName: key, UserNameKey: models.Optional(key), Version: 1}
			if n > 0 {
				u.EntraObjectID = models.Optional(objectIDOf(n))
			}
			return u
		}
		all := map[string]models.User{
			"ann": user(d, 1, "ann"), "bob": user(d, 2, "bob"), "binned": user(d, 3, ""), "pushed": user(d, 0, "pía"), "unasked": user(d, 4, "dee"),
		}
		if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
			return tx.CreateUsers(slices.Collect(maps.Values(all)))
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(t.Context(), other.ID, func(tx *store.Tx) error {
			return tx.CreateUsers([]models.User{user(other, 1, "bob")})
		}); err != nil {
			t.Fatal(err)
		}
		type asked struct {
			objectIDs []int
			names     []string
		}
		for name, tc := range map[string]struct {
			asked asked
			want  []string
		}{
			"each by both":                 {asked{[]int{1, 2}, []string{"ann", "bob"}}, []string{"ann", "bob"}},
			"one by the other's name":      {asked{[]int{1}, []string{"bob"}}, []string{"ann", "bob"}},
			"who is in the bin":            {asked{[]int{3}, []string{"", "ann"}}, []string{"ann", "binned"}},
			"who has only a name":          {asked{[]int{9}, []string{models.Fold("PÍA")}}, []string{"pushed"}},
			"one object told twice":        {asked{[]int{2, 2}, []string{"bob"}}, []string{"bob"}},
			"no name that somebody has":    {asked{[]int{2}, []string{"nobody"}}, []string{"bob"}},
			"nobody":                       {asked{[]int{9}, []string{"nobody"}}, nil},
			"nothing that is asked for":    {},
			"names of those of all ids":    {asked{[]int{1, 2, 3, 4}, []string{"ann", "bob", "dee", "pía"}}, []string{"ann", "binned", "bob", "pushed", "unasked"}},
			"an object id of two readings": {asked{[]int{1, 1}, []string{"ann", "dee"}}, []string{"ann", "unasked"}},
		} {
			t.Run(name, func(t *testing.T) {
				var objectIDs, got []string
				for _, n := range tc.asked.objectIDs {
					objectIDs = append(objectIDs, objectIDOf(n))
				}
				names := slices.Clone(tc.asked.names)
				if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
					found, err := tx.UserCandidates(objectIDs, names)
					got = nil
					for _, u := range found {
						for name, known := range all {
							if known.ID == u.ID {
								got = append(got, name)
							}
						}
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
				slices.Sort(got)
				if diff := gocmp.Diff(tc.want, got); diff != "" {
					t.Errorf("found (-want +got):\n%s", diff)
				}
				if diff := gocmp.Diff(tc.asked.names, names); diff != "" {
					t.Errorf("the names asked for have changed (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func objectIDOf(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }
