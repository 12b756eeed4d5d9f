package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	_ "scimbridge/store" // the driver "sqlite"
)

// sqliteShare is the share of bare one-row commits that creates reach.
const sqliteShare = 0.25

// sqlite measures durable creates against bare commits of one row into the same table
// with its indexes.
func (b *bench) sqlite(ctx context.Context) error {
	b.report.begin("POST /Users, SQLite (synchronous=FULL), 8 connections")
	path := filepath.Join(b.folder, "bench.db")
	ours, err := b.sqliteCreates(ctx, path)
	if err != nil {
		return err
	}
	bare, err := b.bareCommits(ctx, path)
	if err != nil {
		return err
	}
	us, limit := median(ours), median(bare)
	b.report.add(figure{"POST /Users", perSecond(us), "bare one-row commits " + perSecond(limit), us / limit, atLeast(us/limit, sqliteShare)})
	return nil
}

func (b *bench) sqliteCreates(ctx context.Context, path string) (rates []float64, err error) {
	p, err := b.startBridge(ctx, "sqlite://"+path, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	t, err := p.newTenancy(ctx)
	if err != nil {
		return nil, err
	}
	creates := &load{tenancy: t, want: http.StatusCreated, request: func(n int64) []byte {
		return t.createUser(ourMarkers + marker(n))
	}}
	for range b.rounds {
		rate, err := creates.round(ctx, b.round)
		if err != nil {
			return nil, err
		}
		rates = append(rates, rate)
	}
	return rates, nil
}

// bareCommits inserts copies of a row that the bridge has written, one a commit, over one
// connection: SQLite has one writer.
func (b *bench) bareCommits(ctx context.Context, path string) ([]float64, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	insert, row, err := rowToCopy(ctx, db)
	if err != nil {
		return nil, err
	}
	statement, err := db.PrepareContext(ctx, insert)
	if err != nil {
		return nil, err
	}
	defer statement.Close()
	var rates []float64
	next := marker(pgbenchMarkers)
	for range b.rounds {
		began, before := time.Now(), next
		for time.Since(began) < b.round {
			next++
			if _, err := statement.ExecContext(ctx, row.with(next)...); err != nil {
				return nil, fmt.Errorf("insert a row: %w", err)
			}
		}
		rates = append(rates, float64(next-before)/time.Since(began).Seconds())
	}
	return rates, nil
}

// sqliteRow is a row of users.
type sqliteRow struct {
	columns []string
	values  []any
}

// rowToCopy reads a row, and writes the statement that inserts one like it.
func rowToCopy(ctx context.Context, db *sql.DB) (string, sqliteRow, error) {
	var row sqliteRow
	rows, err := db.QueryContext(ctx, "SELECT * FROM users LIMIT 1")
	if err != nil {
		return "", row, err
	}
	defer rows.Close()
	if row.columns, err = rows.Columns(); err != nil {
		return "", row, err
	}
	row.values = make([]any, len(row.columns))
	places := make([]any, len(row.columns))
	for i := range places {
		places[i] = &row.values[i]
	}
	if !rows.Next() {
		return "", row, errors.New("the bridge has created nobody")
	}
	insert := "INSERT INTO users (" + strings.Join(row.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(row.columns)-1) + ")"
	return insert, row, errors.Join(rows.Scan(places...), rows.Err())
}

// with is the row of somebody else.
func (r sqliteRow) with(m marker) []any {
	values := append([]any{}, r.values...)
	for i, column := range r.columns {
		switch column {
		case "id":
			values[i] = userID(m)
		case "entra_object_id", "external_id":
			values[i] = objectIDPrefix + m.String()
		case "user_name", "user_name_key":
			values[i] = userName(m)
		}
	}
	return values
}
