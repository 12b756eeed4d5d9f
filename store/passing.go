package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"
)

// Passing tells whether a fault of the database may be gone by the next try: the way to it
// was lost, it restarts, it has no room at the moment, or a transaction gave way to others.
func Passing(err error) bool {
	if isCollision(err) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return passingState(pg.Code)
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errNotItsTurn)
}

// passingState reads a SQLSTATE (PostgreSQL's manual, appendix A).
func passingState(code string) bool {
	switch code {
	case "57P01", "57P02", "57P03": // shut down, crashed, starting
		return true
	}
	switch code[:min(2, len(code))] {
	case "08", "40", "53": // connection, rollback, resources
		return true
	}
	return false
}
