package store_test

import (
	"strings"
	"testing"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// The edges of somebody lie in as many pages as there are; an index has them together.
func TestTheGroupsOfSomebodyAreFoundInAnIndexAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, d)
		edges := make([]models.Membership, company)
		for i := range edges {
			edges[i] = models.Membership{DirectoryID: d.ID, GroupID: s.NewID(), MemberID: s.NewID(), MemberKind: models.UserMember, Present: true}
		}
		if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.CreateMemberships(edges) }); err != nil {
			t.Fatal(err)
		}
		alone, tidy := "Index Only Scan using memberships_member", "VACUUM ANALYZE"
		if s.Dialect() == migrations.SQLite {
			alone, tidy = "COVERING INDEX memberships_member", "ANALYZE"
		}
		if _, err := s.SQL().ExecContext(t.Context(), tidy); err != nil {
			t.Fatal(err)
		}
		plan, err := s.ExplainGroupsOf(t.Context(), d.ID, someID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(plan, alone) != 2 { // one's own, and those above
			t.Errorf("%s", plan)
		}
	})
}
