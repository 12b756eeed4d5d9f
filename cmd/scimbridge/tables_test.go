package main_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tables are the rows of some tables as text.
type tables map[string][]string

// merged are the tables that a quiet pull must leave alone.
var merged = []string{"users", "groups", "memberships"}

// database opens the database of a server beside it.
func database(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	driver, source := "pgx", databaseURL
	if path, isFile := strings.CutPrefix(databaseURL, "sqlite://"); isFile {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// dump reads tables whole. On PostgreSQL the place of a row and the transaction that
// wrote it are read too, so that a row shows that was written anew with equal values.
func dump(t *testing.T, databaseURL string, names ...string) tables {
	t.Helper()
	db, columns := database(t, databaseURL), "*"
	if !strings.HasPrefix(databaseURL, "sqlite://") {
		columns = "xmin::text, ctid::text, *"
	}
	all := tables{}
	for _, name := range names {
		rows, err := db.Query(fmt.Sprintf("SELECT %s FROM %s", columns, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = texts(t, rows)
	}
	return all
}

func texts(t *testing.T, rows *sql.Rows) []string {
	t.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, places := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		places[i] = &values[i]
	}
	lines := []string{}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for i, name := range names {
			if bytes, isBytes := values[i].([]byte); isBytes {
				values[i] = string(bytes)
			}
			fmt.Fprintf(&line, "%s=%v ", name, values[i])
		}
		lines = append(lines, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// equal fails the test for every row that is not in both.
func (before tables) equal(t *testing.T, after tables) {
	t.Helper()
	for name := range before {
		for _, row := range without(before[name], after[name]) {
			t.Errorf("%s: gone or changed: %s", name, row)
		}
		for _, row := range without(after[name], before[name]) {
			t.Errorf("%s: new or changed: %s", name, row)
		}
	}
}

// without are the rows of one list that are not in another.
func without(rows, others []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		_, found := slices.BinarySearch(others, row)
		return found
	})
}

// execute changes the database beside its server, to bring about what would take long.
func execute(t *testing.T, databaseURL, statement string) {
	t.Helper()
	result, err := database(t, databaseURL).Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
}
