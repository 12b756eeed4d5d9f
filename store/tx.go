package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"scimbridge/migrations"
	"scimbridge/models"
)

// Tx is one transaction of one directory.
type Tx struct {
	store       *Store
	db          *gorm.DB
	conn        *sql.Conn // of PostgreSQL: what db works on
	directoryID string
	written     map[string]int // table to rows
	queued      queued
	kept        *kept // of AtOnce
	tookAway    bool  // a change of it is a loss
}

// TookAway tells whether the transaction has so far ended, removed or deactivated anything.
func (tx *Tx) TookAway() bool { return tx.tookAway }

// attempts is how often a transaction is tried that the database ended because another
// one stood in its way. All but the first wait for their turn.
const attempts = 8

// InTx runs f in one transaction of one directory. f must not call Graph or a webhook:
// a slow answer would hold the locks of every row touched so far. f may run again, so
// it must not change what lies outside but through what it assigns last.
func (s *Store) InTx(ctx context.Context, directoryID string, f func(*Tx) error) error {
	if s.dialect == migrations.SQLite {
		s.writer.Lock()
		defer s.writer.Unlock()
	}
	written, err := s.attempt(ctx, directoryID, f)
	if err == nil {
		s.grown(ctx, written)
	}
	return toDomain(endedBy(ctx, err))
}

// attempt runs f until no other transaction is in its way, and answers how many rows it
// wrote. When it returns the connection is back in the pool: who holds one must not wait
// for another.
func (s *Store) attempt(ctx context.Context, directoryID string, f func(*Tx) error) (written map[string]int, err error) {
	db, conn, err := s.connection(ctx)
	if err != nil {
		return nil, err
	}
	if conn != nil {
		defer func() {
			if closing := conn.Close(); err == nil {
				err = closing
			}
		}()
	}
	for n := range attempts {
		s.traced("BEGIN")
		err = db.Transaction(func(db *gorm.DB) error {
			tx := &Tx{store: s, db: db, conn: conn, directoryID: directoryID}
			if n > 0 {
				if err := tx.turn(); err != nil {
					return err
				}
			}
			err := f(tx)
			written = tx.written
			return err
		})
		s.traced("END")
		if !isCollision(err) && !errors.Is(err, errNotItsTurn) {
			break
		}
	}
	return written, err
}

// connection is what a transaction works on. On PostgreSQL it is one connection, taken by
// name, since COPY is beyond what GORM and database/sql can say.
func (s *Store) connection(ctx context.Context) (*gorm.DB, *sql.Conn, error) {
	if s.dialect == migrations.SQLite {
		return s.db.WithContext(ctx), nil, nil
	}
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	db := s.db.Session(&gorm.Session{NewDB: true, Context: ctx})
	db.Statement.ConnPool = conn
	return db, conn, nil
}

// traced tells of what GORM does not: where a transaction begins and ends.
func (s *Store) traced(sql string) {
	if s.trace != nil {
		s.trace(sql)
	}
}

// Now is the time of the database's clock.
func (tx *Tx) Now(ctx context.Context) (models.Instant, error) { return tx.store.clock(ctx, tx.db) }

// Context is that of whoever asked for the transaction.
func (tx *Tx) Context() context.Context { return tx.db.Statement.Context }

// NewID gives the id of a new record.
func (tx *Tx) NewID() string { return tx.store.newID() }

// SQL is the transaction beneath, so that a job can be enqueued with the change that
// calls for it.
func (tx *Tx) SQL() (*sql.Tx, error) {
	switch pool := tx.db.Statement.ConnPool.(type) {
	case *sql.Tx:
		return pool, nil
	case *gorm.PreparedStmtTX:
		if inner, ok := pool.Tx.(*sql.Tx); ok {
			return inner, nil
		}
	}
	return nil, fmt.Errorf("a transaction of %T has no *sql.Tx", tx.db.Statement.ConnPool)
}

// users, groups and memberships start every query, so that none can forget the directory.
func (tx *Tx) users() *gorm.DB {
	return tx.db.Model(&models.User{}).Where("directory_id = ?", tx.directoryID)
}

func (tx *Tx) groups() *gorm.DB {
	return tx.db.Model(&models.Group{}).Where("directory_id = ?", tx.directoryID)
}

func (tx *Tx) memberships() *gorm.DB {
	return tx.db.Model(&models.Membership{}).Where("directory_id = ?", tx.directoryID)
}

// forUpdate locks the rows that a read-modify-write reads, in the order of their ids. A
// row that refers to one of them can still be written: no key of theirs ever changes.
func forUpdate(db *gorm.DB) *gorm.DB {
	return db.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Order("id")
}

// isCollision tells whether a transaction ended in favour of another: deadlock (40P01),
// serialization failure (40001), or an edge that the other one was the first to hear of
// (23505) or has changed.
func isCollision(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return errors.Is(err, errOvertaken)
	}
	return pg.Code == "40P01" || pg.Code == "40001" || pg.Code == "23505" && pg.ConstraintName == "memberships_pkey"
}

// uniqueColumns names the attribute that each unique index guards.
var uniqueColumns = map[string]string{
	"users_user_name":  "userName",
	"users_object_id":  "externalId",
	"groups_object_id": "externalId",
	// SQLite names the columns instead of the index.
	"users.user_name_key":    "userName",
	"users.entra_object_id":  "externalId",
	"groups.entra_object_id": "externalId",
}

// toDomain turns a violated unique index into a conflict: two writers found the name
// free at once, and the other was first.
func toDomain(err error) error {
	if err == nil {
		return nil
	}
	if index, ok := violatedIndex(err); ok {
		if attribute, ours := uniqueColumns[index]; ours {
			return &models.ConflictError{Attribute: attribute, Reason: "another request has just taken it"}
		}
	}
	if errors.Is(err, gorm.ErrRecordNotFound) || namesNoDirectory(err) {
		return models.ErrNotFound
	}
	return err
}

func (tx *Tx) run(run models.SyncRun) *gorm.DB {
	return tx.db.Model(&models.SyncRun{}).Where("directory_id = ? AND id = ?", run.DirectoryID, run.ID)
}
