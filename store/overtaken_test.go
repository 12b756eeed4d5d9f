package store_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Two who hear of the same edges at the same moment both have their word: the later one
// begins again, and finds what the first has written.
func TestEdgesThatTwoHearOfAtOnceKeepBothWords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, known := range []bool{false, true} { // to the bridge, before
			for _, n := range []int{1, 100} { // few, and as many as are copied
				d := aDirectory(t, s)
				edges := make([]models.Membership, n)
				for i := range edges {
					edges[i] = models.Membership{DirectoryID: d.ID, GroupID: someID, MemberID: s.NewID(), MemberKind: models.UserMember, PushSays: models.In, PushAt: 1, PullSays: models.Out, PullAt: 1}
				}
				if known {
					must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateMemberships(edges) }))
				}
				done := make(chan error, 1)
				must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
					err := hear(tx, edges[:1], func(m *models.Membership) { m.PushSays, m.PushAt = models.Out, 5 })
					read := make(chan struct{}, 8)
					go func() {
						done <- s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
							stored, err := tx.EdgesBetween(edges)
							read <- struct{}{}
							return errors.Join(err, write(tx, stored, edges, func(m *models.Membership) { m.PullSays, m.PullAt = models.In, 3 }))
						})
					}()
					if s.Dialect() == migrations.PostgreSQL {
						<-read // what is still to change; SQLite lets one in at a time
					}
					return err
				}))
				must(t, <-done)
				want := slices.Clone(edges)
				for i := range want {
					want[i].PullSays, want[i].PullAt = models.In, 3
				}
				want[0].PushSays, want[0].PushAt = models.Out, 5
				if diff := gocmp.Diff(sorted(want), sorted(edgesOf(t, s, d))); diff != "" {
					t.Errorf("%d edges, known %v (-want +got):\n%s", n, known, diff)
				}
			}
		}
	})
}

// An edge that is not what was read of it is never written, and trying ends.
func TestAnEdgeThatIsNeverAsReadEndsAsAPassingFault(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.PostgreSQL(t), store.Options{}) // on SQLite a transaction is alone
	d := aDirectory(t, s)
	edge := models.Membership{DirectoryID: d.ID, GroupID: someID, MemberID: s.NewID(), MemberKind: models.UserMember, PushSays: models.In, PushAt: 1, Present: true}
	must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateMemberships([]models.Membership{edge}) }))
	other, ended := edge, edge
	other.PushAt, ended.Present = 2, false
	err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
		return tx.UpdateMemberships([]models.Membership{other}, []models.Membership{ended})
	})
	if !store.Passing(err) {
		t.Errorf("error %v", err)
	}
	if diff := gocmp.Diff([]models.Membership{edge}, edgesOf(t, s, d)); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
}

// hear reads edges and writes what is said of them.
func hear(tx *store.Tx, edges []models.Membership, say func(*models.Membership)) error {
	stored, err := tx.EdgesBetween(edges)
	return errors.Join(err, write(tx, stored, edges, say))
}

// write writes what is said of edges, some of which have been read.
func write(tx *store.Tx, stored, edges []models.Membership, say func(*models.Membership)) error {
	var created, after []models.Membership
	for _, m := range edges {
		if !slices.ContainsFunc(stored, func(other models.Membership) bool { return other.MemberID == m.MemberID }) {
			say(&m)
			created = append(created, m)
		}
	}
	for _, m := range stored {
		say(&m)
		after = append(after, m)
	}
	return errors.Join(tx.UpdateMemberships(stored, after), tx.CreateMemberships(created))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func edgesOf(t *testing.T, s *store.Store, d models.Directory) (edges []models.Membership) {
	t.Helper()
	must(t, s.InTx(t.Context(), d.ID, func(tx *store.Tx) (err error) {
		edges, err = tx.EdgesOfGroup(someID, nil)
		return err
	}))
	return edges
}

func sorted(edges []models.Membership) []models.Membership {
	return slices.SortedFunc(slices.Values(edges), func(a, b models.Membership) int { return cmp.Compare(a.MemberID, b.MemberID) })
}
