package store_test

import (
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// Lists are noted with every change of a member: SQLite does not read the other groups for
// it. PostgreSQL weighs a look-up for each list against one reading of a small table.
func TestGroupsOfNotedListsAreLookUps(t *testing.T) {
	t.Parallel()
	databaseURL := storetest.SQLite(t)
	db := &explained{Store: storetest.Open(t, databaseURL, store.Options{})}
	d, err := db.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, db.Store, d)
	groups, err := db.SearchGroups(t.Context(), d.ID, store.Search{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	db.Store = storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) {
		if strings.Contains(sql, "pull_members_hash") {
			db.last = sql
		}
	}})
	if err := db.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.NoteLists(groups) }); err != nil {
		t.Fatal(err)
	}
	for _, statistics := range []string{"as it was filled", "with statistics"} {
		if plan := db.plan(t); !strings.Contains(plan, "SEARCH groups USING COVERING INDEX sqlite_autoindex_groups_1 (directory_id=? AND id=?)") {
			t.Errorf("noting lists, %s:\n%s", statistics, plan)
		}
		if _, err := db.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
}
