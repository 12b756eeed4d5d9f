package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The tables of the merged truth, and those that tell of it: a pull writes all five.
var (
	truthTables = []string{"users", "groups", "memberships"}
	newsTables  = []string{"changes", "sync_run_items"}
)

// copied is how long rows took to copy, and how many they were.
type copied struct {
	took time.Duration
	rows map[string]int64
}

// copyAnew copies the rows of tables into empty ones with the same columns, indexes and
// references: what is left of a pull if only the writing counts.
func (b *bench) copyAnew(ctx context.Context, d database, tables []string) (copied, error) {
	done := copied{rows: make(map[string]int64)}
	err := d.do(ctx, func(conn *pgx.Conn) error {
		for _, table := range tables {
			file := filepath.Join(b.folder, table+".copy")
			if err := unload(ctx, conn, table, file); err != nil {
				return err
			}
			if err := emptyTwin(ctx, conn, table); err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
				return err
			}
			rows, took, err := reload(ctx, conn, table, file)
			if err != nil {
				return err
			}
			done.rows[table] = rows
			done.took += took
		}
		return nil
	})
	return done, err
}

func unload(ctx context.Context, conn *pgx.Conn, table, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := conn.PgConn().CopyTo(ctx, out, "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
		_ = out.Close()
		return fmt.Errorf("unload %s: %w", table, err)
	}
	return out.Close()
}

// emptyTwin makes twin_of_table.
func emptyTwin(ctx context.Context, conn *pgx.Conn, table string) error {
	for _, statement := range []string{
		"DROP TABLE IF EXISTS twin_of_" + table,
		"CREATE TABLE twin_of_" + table + " (LIKE " + table + " INCLUDING ALL)",
		"ALTER TABLE twin_of_" + table + " ADD FOREIGN KEY (directory_id) REFERENCES directories ON DELETE CASCADE",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func reload(ctx context.Context, conn *pgx.Conn, table, file string) (int64, time.Duration, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	started := time.Now()
	tag, err := conn.PgConn().CopyFrom(ctx, io.Reader(in), "COPY twin_of_"+table+" FROM STDIN (FORMAT binary)")
	if err != nil {
		return 0, 0, fmt.Errorf("copy %s: %w", table, err)
	}
	return tag.RowsAffected(), time.Since(started), nil
}

func (c copied) String() string {
	var parts []string
	for _, table := range append(append([]string{}, truthTables...), newsTables...) {
		if rows, has := c.rows[table]; has {
			parts = append(parts, number(int(rows))+" "+table)
		}
	}
	return strings.Join(parts, ", ")
}
