package store

import (
	"context"
	"sync"

	"scimbridge/migrations"
)

// growth lets PostgreSQL look anew at tables that grow from nothing.
//
// A statement is planned once a connection and kept. While a table is all but empty, an
// index by the directory alone looks as good as the one by directory and name, and the
// plan that was chosen then reads the whole directory once there is one: a first
// provisioning cycle, or a first pull, would be quadratic. Statistics end that, because
// new ones make every kept plan void; but autovacuum comes round once a minute only.
type growth struct {
	mu     sync.Mutex
	tables map[string]tableGrowth
}

type tableGrowth struct {
	written int // rows since this process began
	next    int // at which to look
}

// The first look is early, since a bad plan costs as many rows as there are; later ones
// are rare: the whole way to a million rows is five looks.
const (
	firstLook = 250
	lookAgain = 8 // times as many
)

// due tells, of the rows that a transaction has written, which tables to look at.
func (g *growth) due(written map[string]int) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var tables []string
	for table, rows := range written {
		t, known := g.tables[table]
		if !known {
			t.next = firstLook
		}
		if t.written += rows; t.written >= t.next {
			tables = append(tables, table)
			for t.next <= t.written {
				t.next *= lookAgain
			}
		}
		if g.tables == nil {
			g.tables = make(map[string]tableGrowth)
		}
		g.tables[table] = t
	}
	return tables
}

// planned are the columns by which rows are found. To look at the documents and words
// beside them takes twice as long.
var planned = map[string]string{
	"users": ` (directory_id, id, entra_object_id, user_name_key, display_name_key, external_id, email_keys, manager_id,
		manager_object_id, living, active, held, waiting, pull_says, push_spoke_at, created_at, updated_at)`,
	"groups": ` (directory_id, id, entra_object_id, display_name_key, external_id,
		living, held, pull_says, push_spoke_at, created_at, updated_at)`,
}

// grown is told what a transaction has written, after its end.
func (s *Store) grown(ctx context.Context, written map[string]int) {
	if s.dialect != migrations.PostgreSQL {
		return // SQLite prefers the index that fits best, whatever the size
	}
	for _, table := range s.growth.due(written) {
		// If it fails, autovacuum does it later.
		_, _ = s.sql.ExecContext(ctx, "ANALYZE "+table+planned[table])
	}
}

// wrote notes how many rows a statement has written to a table.
func (tx *Tx) wrote(table string, rows int) {
	if tx.written == nil {
		tx.written = make(map[string]int)
	}
	tx.written[table] += rows
}
