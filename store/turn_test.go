package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// TestTwoThatWantEachOthersRecordTakeTurns lets two transactions hold one user each and
// then ask for both. PostgreSQL would end one of them after a second; none may get there.
func TestTwoThatWantEachOthersRecordTakeTurns(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.PostgreSQL(t), store.Options{})
	d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	users := []models.User{
		{DirectoryID: d.ID, ID: "00000000-0000-4000-8000-000000000001", Living: true},
		{DirectoryID: d.ID, ID: "00000000-0000-4000-8000-000000000002", Living: true},
	}
	if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateUsers(users) }); err != nil {
		t.Fatal(err)
	}
	var both [2]chan struct{}
	for i := range both {
		both[i] = make(chan struct{})
	}
	tries := make([]int, 2)
	var group errgroup.Group
	for i := range 2 {
		group.Go(func() error {
			return s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
				tries[i]++
				if tries[i] == 1 {
					if _, err := tx.UserForUpdate(users[i].ID); err != nil {
						return err
					}
					close(both[i])
					<-both[1-i]
				}
				_, err := tx.UsersForUpdate([]string{users[0].ID, users[1].ID})
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 2}, tries); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
}
