package store_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// A look that fails is passed over; this one would see it.
func TestPostgreSQLLooksAtTablesThatHaveGrown(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.PostgreSQL(t), store.Options{})
	d, err := s.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	users, groups := make([]models.User, 300), make([]models.Group, 300)
	for i := range users {
		users[i] = userNamed(d.ID, s.NewID(), "")
		groups[i] = models.Group{DirectoryID: d.ID, ID: s.NewID(), Living: true}
	}
	if err := s.InTx(t.Context(), d.ID, func(tx *store.Tx) error {
		if err := tx.CreateUsers(users); err != nil {
			return err
		}
		return tx.CreateGroups(groups)
	}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.SQL().QueryContext(t.Context(), `SELECT tablename FROM pg_stats
		WHERE schemaname = current_schema AND attname = 'living' AND tablename IN ('users', 'groups') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var looked []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		looked = append(looked, table)
	}
	if diff := gocmp.Diff([]string{"groups", "users"}, looked); diff != "" {
		t.Errorf("looked at (-want +got):\n%s", diff)
	}
}
