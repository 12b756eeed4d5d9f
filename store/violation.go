package store

import (
	"errors"
	"strings"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// violatedIndex names the unique index that a write ran into: by its name on
// PostgreSQL, by its last column ("users.user_name_key") on SQLite, which tells no more.
func violatedIndex(err error) (string, bool) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return pg.ConstraintName, true
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		_, columns, _ := strings.Cut(lite.Error(), "failed: ")
		columns, _, _ = strings.Cut(columns, " (")
		last := columns[strings.LastIndexByte(columns, ' ')+1:]
		return last, true
	}
	return "", false
}

// namesNoDirectory tells whether a write ran into the only kind of foreign key that we
// have: its directory is not there, or was deleted a moment ago.
func namesNoDirectory(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23503"
	}
	var lite *gosqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}
