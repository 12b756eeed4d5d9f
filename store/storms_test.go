package store_test

import (
	"fmt"
	"strings"
	"testing"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// explained is a database whose last statement can be explained.
type explained struct {
	*store.Store
	last string
}

// plan is how the database carries the last statement out.
func (e *explained) plan(t *testing.T) string {
	t.Helper()
	explain := map[migrations.Dialect]string{migrations.PostgreSQL: "EXPLAIN ", migrations.SQLite: "EXPLAIN QUERY PLAN "}[e.Dialect()]
	rows, err := e.SQL().QueryContext(t.Context(), explain+e.last)
	if err != nil {
		t.Fatalf("%v: %s", err, e.last)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		to := make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, values...)
	}
	return plan.String()
}

// What is asked every second, and with every explanation, reads what it is about alone.
func TestStormsAndFindingsAreLookUps(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		db := &explained{Store: storetest.Open(t, databaseURL, store.Options{})}
		d, err := db.CreateDirectory(t.Context(), "Contoso", models.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		fill(t, db.Store, d)
		changes := make([]models.Change, company)
		for i := range changes {
			changes[i] = models.Change{DirectoryID: d.ID, At: models.Instant(i), Kind: "user", RecordID: someID, Action: models.Created, By: models.Push}
			if i%500 == 0 {
				changes[i].Action = models.Removed
			}
		}
		if err := db.InTx(t.Context(), d.ID, func(tx *store.Tx) error { return tx.AppendChanges(changes) }); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
		db.Store = storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) { db.last = sql }})
		lost, err := db.LostToPush(t.Context(), d.ID, 0)
		if plan := db.plan(t); err != nil || lost.UsersRemoved != 1 || !strings.Contains(plan, "changes_pushed_losses") {
			t.Errorf("%+v, %v:\n%s", lost, err, plan)
		}
		if _, err := db.StormItems(t.Context(), models.Storm{DirectoryID: d.ID, LastAt: company}, store.StormQuery{Limit: 3}); err != nil {
			t.Error(err)
		}
		if plan := db.plan(t); !strings.Contains(plan, "changes_pushed_losses") {
			t.Errorf("the items of a storm:\n%s", plan)
		}
		plan, err := db.ExplainFindings(t.Context(), d.ID, store.FindingQuery{UserID: someID, Limit: 3})
		if err != nil || !strings.Contains(plan, "users_employee") || strings.Contains(plan, "Seq Scan on users") {
			t.Errorf("findings about one user: %v\n%s", err, plan)
		}
	})
}
