package store_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// How a list reads is noted without the rest of the group, which somebody may hold in an
// older state.
func TestNotedListsLeaveTheRestOfTheirGroupsAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, other := aDirectory(t, s), aDirectory(t, s)
		group := func(d models.Directory, id, name string) models.Group {
			return models.Group{DirectoryID: d.ID, ID: id, Living: true, DisplayName: name, DisplayNameKey: name, Version: 1, UpdatedAt: 1}
		}
		sales, staff := group(d, s.NewID(), "Sales"), group(d, s.NewID(), "Staff")
		namesake := group(other, sales.ID, "Sales of another directory")
		create := func(d models.Directory, groups ...models.Group) {
			t.Helper()
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateGroups(groups) }); err != nil {
				t.Fatal(err)
			}
		}
		create(d, sales, staff)
		create(other, namesake)

		noted := group(d, sales.ID, "not to be written")
		noted.Version, noted.UpdatedAt, noted.PullMembersAt, noted.PullMembersHash = 7, 8, 9, -1<<63
		if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.NoteLists([]models.Group{noted}) }); err != nil {
			t.Fatal(err)
		}

		sales.Version, sales.UpdatedAt, sales.PullMembersAt, sales.PullMembersHash = 7, 8, 9, -1<<63
		read := func(d models.Directory, ids ...string) (groups []models.Group) {
			t.Helper()
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) (err error) {
				groups, err = tx.GroupsForUpdate(ids)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return groups
		}
		if diff := gocmp.Diff([]models.Group{sales, staff}, read(d, sales.ID, staff.ID)); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if diff := gocmp.Diff([]models.Group{namesake}, read(other, sales.ID)); diff != "" {
			t.Errorf("the other directory's group (-want +got):\n%s", diff)
		}
	})
}
