package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// worthCopying is how many rows are at least worth a COPY.
const worthCopying = 50

// insert writes new rows: many of them by PostgreSQL's COPY, which takes them in while the
// later ones are still made into text, and binds no parameters.
func insert[T any](tx *Tx, table string, rows []T, width int) error {
	switch {
	case len(rows) == 0:
		return nil
	case tx.copies(len(rows)):
		return copyIn(tx, table, rows)
	}
	return create(tx, table, rows, width)
}

// copies tells whether so many new rows go by COPY.
func (tx *Tx) copies(rows int) bool { return tx.conn != nil && rows >= worthCopying }

// copyIn implements insert for PostgreSQL.
func copyIn[T any](tx *Tx, table string, rows []T) error {
	columns, err := columnsOf[T](tx.db)
	if err != nil {
		return err
	}
	statement := "COPY " + table + " " + columns.list + " FROM STDIN"
	tx.store.traced(statement)
	source := &copySource[T]{ctx: tx.Context(), columns: columns, rows: rows}
	return onDriver(tx.conn, func(conn *pgx.Conn) error {
		_, err := conn.PgConn().CopyFrom(source.ctx, source, statement)
		return err
	})
}

// copySource is the text of a COPY: a line for each row, made when it is read.
type copySource[T any] struct {
	ctx     context.Context
	columns columns
	rows    []T
	text    []byte // of rows, as far as it has not been read
	buffer  []byte
}

// Read implements io.Reader.
func (s *copySource[T]) Read(into []byte) (n int, err error) {
	for n < len(into) {
		if len(s.text) == 0 {
			if len(s.rows) == 0 {
				break
			}
			if s.text, err = s.columns.appendRow(s.ctx, s.buffer[:0], reflect.ValueOf(&s.rows[0]).Elem()); err != nil {
				return n, err
			}
			s.buffer, s.rows = s.text, s.rows[1:]
		}
		copied := copy(into[n:], s.text)
		n, s.text = n+copied, s.text[copied:]
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (c columns) appendRow(ctx context.Context, text []byte, row reflect.Value) ([]byte, error) {
	for i, field := range c.given {
		if i > 0 {
			text = append(text, '\t')
		}
		value, err := valueIn(ctx, field, row)
		if err != nil {
			return nil, err
		}
		if text, err = appendCopied(text, value); err != nil {
			return nil, fmt.Errorf("column %s: %w", field.DBName, err)
		}
	}
	return append(text, '\n'), nil
}

// appendCopied writes a value in the text format of COPY.
func appendCopied(text []byte, value driver.Value) ([]byte, error) {
	switch value := value.(type) {
	case nil:
		return append(text, `\N`...), nil
	case string:
		return appendEscaped(text, value), nil
	case int64:
		return strconv.AppendInt(text, value, 10), nil
	case bool:
		return strconv.AppendBool(text, value), nil
	}
	return nil, fmt.Errorf("a %T has no place in a COPY", value)
}

// appendEscaped keeps a text's own tabs, ends of lines and backslashes apart from those of
// the format.
func appendEscaped(text []byte, value string) []byte {
	for {
		i := strings.IndexAny(value, "\\\t\n\r")
		if i < 0 {
			return append(text, value...)
		}
		text = append(append(text, value[:i]...), '\\', escapes[value[i]])
		value = value[i+1:]
	}
}

var escapes = map[byte]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r'}
