package store_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Many rows take another way into PostgreSQL than few, and come out the same.
func TestManyNewRowsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("\\\t\n\r\"',{}N. ")), rapid.Rune()).
			Filter(func(r rune) bool { return r != 0 })) // no text column of PostgreSQL holds it
		written := make([]models.User, 500)
		ids := make([]string, len(written))
		for i := range written {
			written[i] = userNamed(d.ID, s.NewID(), name.Example(i))
			ids[i] = written[i].ID
		}
		var read []models.User
		err = s.InTx(t.Context(), d.ID, func(tx *store.Tx) (err error) {
			if err = tx.CreateUsers(written); err == nil {
				read, err = tx.UsersForUpdate(ids)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(read, func(a, b models.User) int { return cmp.Compare(a.ID, b.ID) })
		if diff := gocmp.Diff(written, read); diff != "" {
			t.Errorf("users (-written +read):\n%s", diff)
		}
	})
}

// userNamed uses every kind of column: texts, absent ones, numbers, truths and JSON.
func userNamed(directoryID, id, name string) models.User {
	active := false
	return models.User{
		DirectoryID: directoryID, ID: id, Standing: models.Standing{
			EntraObjectID: models.Optional(id), PullSays: models.Exists, PullSince: 1, PullAt: 2, PullHash: -3,
			PullWords: models.Words{"userName": {Value: name, At: 5}, "title": {At: 6}},
		},
		PullEnabled: &active, Living: true, UserName: name, DisplayName: name, DisplayNameKey: models.Fold(name),
		EmailKeys: models.Keys{name}, Attributes: models.Attributes{"userName": name, "name": map[string]any{"givenName": name}},
		Version: 1, CreatedAt: 7, UpdatedAt: 8,
	}
}

// Two who take a name at the same moment are told so, in whichever way they came.
func TestANameThatIsTakenIsAConflictAmongManyNewRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		users := make([]models.User, 60)
		for i := range users {
			users[i] = userNamed(d.ID, s.NewID(), "")
		}
		users[10].UserNameKey, users[50].UserNameKey = "ann@contoso.example", "ann@contoso.example"
		err = s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateUsers(users) })
		if diff := gocmp.Diff(&models.ConflictError{Attribute: "userName", Reason: "another request has just taken it"}, err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateUsers(users[:50]) }); err != nil {
			t.Errorf("the connection was left unusable: %v", err)
		}
	})
}
