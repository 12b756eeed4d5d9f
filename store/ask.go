package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"scimbridge/migrations"
)

// question is a statement that reads, and what becomes of each row of its answer. What
// every request asks is asked so, past GORM, which would take longer than the database.
type question struct {
	fragment
	row func(scan func(dest ...any) error) error
}

// ask puts questions that do not wait for each other's answers: PostgreSQL is told all of
// them at once and waited for once. The rows come in the order of the questions.
func (s *Store) ask(ctx context.Context, questions ...question) error {
	if s.dialect == migrations.SQLite {
		return endedBy(ctx, s.askInTurn(ctx, s.db.Statement.ConnPool, questions))
	}
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return err
	}
	return endedBy(ctx, errors.Join(s.askOn(ctx, conn, questions), conn.Close()))
}

// ask puts questions within a transaction.
func (tx *Tx) ask(questions ...question) error {
	if tx.conn == nil {
		return tx.store.askInTurn(tx.Context(), tx.db.Statement.ConnPool, questions)
	}
	return tx.store.askOn(tx.Context(), tx.conn, questions)
}

func (s *Store) askOn(ctx context.Context, conn *sql.Conn, questions []question) error {
	if s.trace != nil {
		statements := make([]statement, len(questions))
		for i, q := range questions {
			statements[i].sql = q.sql
		}
		s.trace(statementsTogether(statements))
	}
	return onDriver(conn, func(conn *pgx.Conn) error { return askTogether(ctx, conn, questions) })
}

// askTogether uses the driver's own pipeline, which database/sql has no word for.
func askTogether(ctx context.Context, conn *pgx.Conn, questions []question) error {
	var batch pgx.Batch
	for _, q := range questions {
		batch.Queue(numbered(q.sql), q.args...)
	}
	answers := conn.SendBatch(ctx, &batch)
	for _, q := range questions {
		rows, err := answers.Query()
		if err != nil {
			return errors.Join(err, answers.Close())
		}
		for rows.Next() {
			if err = q.row(rows.Scan); err != nil {
				break
			}
		}
		rows.Close()
		if err := errors.Join(err, rows.Err()); err != nil {
			return errors.Join(err, answers.Close())
		}
	}
	return answers.Close()
}

// statementsTogether is how the trace tells of them.
func statementsTogether(statements []statement) string {
	texts := make([]string, len(statements))
	for i, s := range statements {
		texts[i] = s.sql
	}
	return strings.Join(texts, ";\n")
}

// askInTurn uses the statements that GORM keeps prepared.
func (s *Store) askInTurn(ctx context.Context, pool gorm.ConnPool, questions []question) error {
	for _, q := range questions {
		s.traced(q.sql)
		rows, err := pool.QueryContext(ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		if err := eachRow(rows, q.row); err != nil {
			return err
		}
	}
	return nil
}

func eachRow(rows *sql.Rows, take func(scan func(dest ...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbered writes PostgreSQL's placeholders for ours. No statement holds a question mark
// otherwise: what clients write is an argument.
func numbered(sql string) string {
	if !strings.Contains(sql, "?") {
		return sql // it has been numbered before
	}
	var b strings.Builder
	b.Grow(len(sql) + 16)
	n := 0
	for {
		before, after, found := strings.Cut(sql, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		sql = after
	}
}

// oneOf is a list of arguments for IN, which may be empty.
func oneOf(values []string) fragment {
	if len(values) == 0 {
		return raw("(NULL)")
	}
	all := fragment{sql: "(?" + strings.Repeat(", ?", len(values)-1) + ")", args: make([]any, len(values))}
	for i, v := range values {
		all.args[i] = v
	}
	return all
}
