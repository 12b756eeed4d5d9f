package pull_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tables are the rows of the tables that a quiet night does not touch, as text.
func (b *bridge) tables() map[string][]string {
	b.Helper()
	contents := make(map[string][]string)
	for _, table := range []string{"users", "groups", "memberships", "changes"} {
		contents[table] = b.rows("SELECT * FROM " + table + " WHERE directory_id = '" + b.directory.ID + "'")
	}
	return contents
}

func (b *bridge) rows(query string) []string {
	b.Helper()
	found, err := b.store.SQL().QueryContext(b.Context(), query)
	b.must(err)
	defer found.Close()
	columns, err := found.Columns()
	b.must(err)
	var lines []string
	for found.Next() {
		values := make([]sql.NullString, len(columns))
		to := make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		b.must(found.Scan(to...))
		lines = append(lines, fmt.Sprint(values))
	}
	b.must(found.Err())
	slices.Sort(lines)
	return lines
}

func TestAQuietPullWritesNoRow(t *testing.T) {
	t.Parallel()
	each(t, demo, func(b *bridge) {
		b.must(b.tenant.DeleteUser(b.memberOfAGroup())) // a list with somebody in the bin is quiet too
		b.pull()
		b.pull()
		before := b.tables()
		b.listen()
		run := b.pull()
		statements := b.told()
		b.same("the tables", before, b.tables())
		if run.Counts.Users.Created+run.Counts.Users.Updated+run.Counts.Memberships.Added+run.Counts.Memberships.Removed != 0 {
			b.Errorf("a quiet run counts %+v", run.Counts)
		}
		b.costsFewStatements(statements, run.Usage.Requests)
		for _, sql := range statements {
			if writes(sql) {
				b.Errorf("a quiet run wrote: %s", sql)
			}
		}
	})
}

// writing finds what writes what people see, also behind a WITH.
var writing = regexp.MustCompile(`\b(INSERT INTO|UPDATE|DELETE FROM|COPY) (users|groups|memberships|changes)\b`)

// writes tells whether a statement writes what people see.
func writes(sql string) bool {
	return writing.MatchString(strings.NewReplacer("`", "", `"`, "").Replace(sql))
}

// costsFewStatements: a page takes BEGIN, the lease, one look-up, the progress and END;
// the steps after the reading are bounded too.
func (b *bridge) costsFewStatements(statements []string, requests int) {
	b.Helper()
	if most := 5*requests + 60; len(statements) < requests || len(statements) > most {
		b.Errorf("%d statements for %d requests, want at least one each and at most %d", len(statements), requests, most)
	}
}

// memberOfAGroup is somebody who is in a group.
func (b *bridge) memberOfAGroup() string {
	b.Helper()
	users := make(map[string]bool)
	for _, u := range b.tenant.Users() {
		users[u.ID] = u.AccountEnabled
	}
	for _, e := range b.tenant.Edges() {
		if users[e.MemberID] {
			return e.MemberID
		}
	}
	b.Fatal("nobody is in a group")
	return ""
}
