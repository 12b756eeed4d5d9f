package store

import (
	"errors"

	"scimbridge/migrations"
)

// queued tells how a transaction stands to the others of its directory.
type queued struct {
	hasRow  bool // locks the one record that it is about
	hasTurn bool
}

// errNotItsTurn lets InTx begin again, with the turn taken first.
var errNotItsTurn = errors.New("a transaction that holds a record wants others")

// turn is asked for by a transaction that locks records besides the one it is about:
// those who have a name that it wants, or a page of the pull. There is one of them at a
// time in a directory, over all replicas, and it holds no record when its turn comes. So
// no two transactions wait for each other: one that holds a single record waits for none.
//
// The turn also keeps two groups from getting one name. No unique index can, because a
// pull may bring equal ones. On SQLite a transaction is alone anyway.
func (tx *Tx) turn() error {
	if !tx.needsTurn() {
		return nil
	}
	if tx.queued.hasRow {
		return errNotItsTurn
	}
	return tx.db.Exec("SELECT "+lockTurn, tx.takeTurn()).Error
}

// lockTurn waits for the turn of a key, and holds it until the end of the transaction.
const lockTurn = "pg_advisory_xact_lock(hashtextextended(?, 0))::text"

func (tx *Tx) needsTurn() bool {
	return !tx.queued.hasTurn && tx.store.dialect == migrations.PostgreSQL
}

// takeTurn is the key for lockTurn.
func (tx *Tx) takeTurn() string {
	tx.queued.hasTurn = true
	return "turn of " + tx.directoryID
}
