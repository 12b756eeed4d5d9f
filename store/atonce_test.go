package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// newcomer is somebody of a directory by a name.
func newcomer(db *store.Store, d models.Directory, name string) models.User {
	return models.User{DirectoryID: d.ID, ID: db.NewID(), Living: true, UserName: name, UserNameKey: models.Optional(name), Version: 1}
}

// told is the entry of the feed about a newcomer.
func told(u models.User) models.Change {
	return models.Change{DirectoryID: u.DirectoryID, At: 1, Kind: "user", RecordID: u.ID, Action: models.Created, By: models.Push}
}

func names(t *testing.T, db *store.Store, d models.Directory) []string {
	t.Helper()
	users, err := db.SearchUsers(t.Context(), d.ID, store.Search{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, u := range users {
		found = append(found, u.UserName)
	}
	return found
}

func aDirectory(t *testing.T, db *store.Store) models.Directory {
	t.Helper()
	d, err := db.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOfManyWhoWriteAtOnceOneFailsAloneAndWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := aDirectory(t, db)
		var writers sync.WaitGroup
		want := []string{}
		for i := range 40 {
			u := newcomer(db, d, fmt.Sprintf("person%02d", i))
			change := told(u)
			if i%4 == 3 {
				change.DirectoryID = db.NewID() // there is none: the feed refuses it
			} else {
				want = append(want, u.UserName)
			}
			writers.Go(func() {
				err := db.AtOnce(t.Context(), d.ID, func(tx *store.Tx) error {
					return errors.Join(tx.CreateUsers([]models.User{u}), tx.AppendChanges([]models.Change{change}))
				})
				if i%4 == 3 != errors.Is(err, models.ErrNotFound) || i%4 != 3 && err != nil {
					t.Errorf("%s: %v", u.UserName, err)
				}
			})
		}
		writers.Wait()
		if diff := cmp.Diff(want, names(t, db, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatMustHoldARecordRunsAgainInATransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := aDirectory(t, db)
		first, second := newcomer(db, d, "first"), newcomer(db, d, "second")
		create := func(tx *store.Tx, u models.User) error {
			return errors.Join(tx.CreateUsers([]models.User{u}), tx.AppendChanges([]models.Change{told(u)}))
		}
		runs := 0
		err := db.AtOnce(t.Context(), d.ID, func(tx *store.Tx) error { return create(tx, first) })
		if err == nil {
			err = db.AtOnce(t.Context(), d.ID, func(tx *store.Tx) error {
				runs++
				if err := create(tx, second); err != nil {
					return err
				}
				_, err := tx.UserForUpdate(first.ID)
				return err
			})
		}
		if diff := cmp.Diff([]string{"first", "second"}, names(t, db, d)); diff != "" || err != nil || runs != 2 {
			t.Errorf("%d runs, error %v: %s", runs, err, diff)
		}
	})
}

func TestANewcomerWhoMeetsAnEqualOneLooksAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := aDirectory(t, db)
		u, other := newcomer(db, d, "mira"), newcomer(db, d, "mira")
		found := 0
		err := db.AtOnce(t.Context(), d.ID, func(tx *store.Tx) error {
			candidates, err := tx.PushUserCandidates("", "mira")
			if found = len(candidates); err != nil || found > 0 {
				return err
			}
			// Somebody else is quicker.
			if err := db.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateUsers([]models.User{other}) }); err != nil {
				return err
			}
			return tx.CreateUsers([]models.User{u})
		})
		if diff := cmp.Diff([]string{"mira"}, names(t, db, d)); diff != "" || err != nil || found != 1 {
			t.Errorf("%d found, error %v: %s", found, err, diff)
		}
	})
}
