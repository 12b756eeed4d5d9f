package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// quietTables are those that a pull with nothing changed leaves alone.
var quietTables = []string{"users", "groups", "memberships", "changes"}

// mark is a moment in the life of a database: its newest transaction, and how many rows its
// quiet tables had.
type mark struct {
	transaction int64
	rows        map[string]int64
}

// mark takes a transaction of its own.
func (d database) mark(ctx context.Context) (mark, error) {
	m := mark{rows: make(map[string]int64)}
	return m, d.do(ctx, func(conn *pgx.Conn) error {
		for _, table := range quietTables {
			var n int64
			if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return err
			}
			m.rows[table] = n
		}
		return conn.QueryRow(ctx, "SELECT txid_current()").Scan(&m.transaction)
	})
}

// written is what happened to a database since a mark.
type written struct {
	rows         int64 // inserted, updated or deleted in the quiet tables
	transactions int64 // that wrote or locked anything at all
}

// since counts row versions by the transaction that made them. PostgreSQL's own statistics
// come late, and not all at once.
func (d database) since(ctx context.Context, m mark) (written, error) {
	var w written
	return w, d.do(ctx, func(conn *pgx.Conn) error {
		var now int64
		if err := conn.QueryRow(ctx, "SELECT txid_current()").Scan(&now); err != nil {
			return err
		}
		w.transactions = now - m.transaction - 1
		for _, table := range quietTables {
			var fresh, left int64 // versions of after the mark, and of before
			err := conn.QueryRow(ctx, "SELECT count(*) FILTER (WHERE newer), count(*) FILTER (WHERE NOT newer) FROM (SELECT xmin::text::bigint > $1 AS newer FROM "+
				table+") t", m.transaction).Scan(&fresh, &left)
			if err != nil {
				return err
			}
			// An updated row is missing from the old and stands among the new.
			w.rows += max(fresh, m.rows[table]-left)
		}
		return nil
	})
}
