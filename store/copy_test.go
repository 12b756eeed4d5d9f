package store_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scimbridge/migrations"
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

// Two who hear of the same edge at the same moment both have their word: the later one
// begins again, and finds what the first has written.
func TestAnEdgeThatTwoHearOfAtOnceKeepsBothWords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, others := range []int{0, 100} { // few, and as many as are copied
			d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
			if err != nil {
				t.Fatal(err)
			}
			edges := make([]models.Membership, 1+others)
			for i := range edges {
				edges[i] = models.Membership{DirectoryID: d.ID, GroupID: someID, MemberID: s.NewID(), MemberKind: models.UserMember, PullSays: models.In, PullAt: 1}
			}
			written, begun, done := make(chan struct{}), make(chan struct{}, 8), make(chan error, 1)
			go func() {
				done <- s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
					select {
					case <-written:
					case <-t.Context().Done():
						return t.Context().Err()
					}
					known, err := tx.EdgesBetween(edges[:1])
					if err != nil {
						return err
					}
					begun <- struct{}{}
					if len(known) == 0 {
						return tx.CreateMemberships(edges)
					}
					known[0].PullSays, known[0].PullAt = models.In, 1
					return errors.Join(tx.UpdateMemberships(known), tx.CreateMemberships(edges[1:]))
				})
			}()
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
				pushed := edges[0]
				pushed.PushSays, pushed.PushAt, pushed.PullSays, pushed.PullAt = models.In, 2, models.Unsaid, 0
				if err := tx.CreateMemberships([]models.Membership{pushed}); err != nil {
					return err
				}
				close(written)
				if s.Dialect() == migrations.PostgreSQL {
					<-begun // it has not seen the edge; SQLite lets one in at a time
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(edges)
			want[0].PushSays, want[0].PushAt = models.In, 2
			var read []models.Membership
			if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) (err error) {
				read, err = tx.EdgesOfGroup(someID, nil)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			byMember := func(a, b models.Membership) int { return cmp.Compare(a.MemberID, b.MemberID) }
			slices.SortFunc(want, byMember)
			slices.SortFunc(read, byMember)
			if diff := gocmp.Diff(want, read); diff != "" {
				t.Errorf("edges (-want +got):\n%s", diff)
			}
		}
	})
}
