package store_test

import (
	"testing"

	"scimbridge/models"
	"scimbridge/scim/schema"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// PostgreSQL plans a page better for a limit that it knows, and the driver bounds the
// statements that it keeps; those of SQLite are kept for a day, all of them.
func TestALimitThatAClientChoosesMakesNoStatementOfItsOwnOnSQLite(t *testing.T) {
	t.Parallel()
	told := make(map[string]bool)
	db := storetest.Open(t, storetest.SQLite(t), store.Options{Trace: func(sql string) { told[sql] = true }})
	d, err := db.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	clear(told)
	first := 0
	for limit := 1; limit <= 20; limit++ {
		query := store.Query[store.ShownUser]{Searchable: searchable(d, schema.User), Filter: bound(t, `userName eq "ann"`, schema.User), Limit: limit}
		if _, _, err := db.ListUsers(t.Context(), query, false); err != nil {
			t.Fatal(err)
		}
		if limit == 1 {
			first = len(told)
		}
	}
	if first == 0 || len(told) != first {
		t.Errorf("twenty limits make %d statements, one makes %d", len(told), first)
	}
}
