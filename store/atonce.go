package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"scimbridge/migrations"
)

// AtOnce runs f for a change that holds nobody else's record: mostly a newcomer. What f
// writes is kept until its end, and then goes to the database in one piece, all or
// nothing, without a transaction that would be waited for at its begin, at each step and
// at its end. Unique indexes keep equal newcomers apart, as they do in InTx.
//
// As soon as f asks for anything, or its newcomer meets an equal one, f runs again in a
// transaction.
func (s *Store) AtOnce(ctx context.Context, directoryID string, f func(*Tx) error) error {
	tx := &Tx{store: s, db: s.refusing(ctx), directoryID: directoryID, kept: &kept{}}
	err := f(tx)
	if err == nil {
		err = s.write(ctx, tx.kept.statements)
	}
	if _, taken := violatedIndex(err); taken || errors.Is(err, errNotItsTurn) || isCollision(err) {
		return s.InTx(ctx, directoryID, f)
	}
	if err == nil {
		s.grown(ctx, tx.written)
	}
	return toDomain(endedBy(ctx, err))
}

// kept is what a Tx of AtOnce is to write.
type kept struct{ statements []statement }

// statement is SQL as a driver takes it.
type statement struct {
	sql  string
	args []any
}

// create inserts rows: at once, or when f has ended.
func create[T any](tx *Tx, table string, rows []T, width int) error {
	if tx.kept == nil {
		return tx.db.Table(table).CreateInBatches(rows, tx.rows(width)).Error
	}
	if len(rows) > tx.rows(width) {
		return errNotItsTurn
	}
	statement, err := insertion(tx, table, rows)
	tx.kept.statements = append(tx.kept.statements, statement)
	return err
}

// write sends statements that take effect together or not at all.
func (s *Store) write(ctx context.Context, statements []statement) error {
	if len(statements) == 0 {
		return nil
	}
	if s.dialect == migrations.SQLite {
		return s.commits.write(ctx, s, statements)
	}
	if s.trace != nil {
		s.trace(statementsTogether(statements))
	}
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return err
	}
	err = onDriver(conn, func(conn *pgx.Conn) error { return writeTogether(ctx, conn, statements) })
	return errors.Join(err, conn.Close())
}

// writeTogether lets PostgreSQL take all of it as one transaction: statements that are
// sent before it is asked for an answer are one, unless they say otherwise.
func writeTogether(ctx context.Context, conn *pgx.Conn, statements []statement) error {
	var batch pgx.Batch
	for _, s := range statements {
		batch.Queue(s.sql, s.args...)
	}
	return conn.SendBatch(ctx, &batch).Close()
}

// refusing is a database that answers nothing: what AtOnce cannot do.
func (s *Store) refusing(ctx context.Context) *gorm.DB {
	db := s.db.Session(&gorm.Session{NewDB: true, Context: ctx})
	db.Statement.ConnPool = refused{}
	return db
}

// refused implements gorm.ConnPool.
type refused struct{}

func (refused) PrepareContext(context.Context, string) (*sql.Stmt, error) { return nil, errNotItsTurn }

func (refused) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, errNotItsTurn
}

func (refused) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, errNotItsTurn
}

// QueryRowContext has no way to answer an error; nothing of ours asks for a single row.
func (refused) QueryRowContext(context.Context, string, ...any) *sql.Row { return nil }
