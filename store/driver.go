package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// onDriver runs f on the driver's own connection, which may be in a transaction. A panic
// goes on once Raw has let go: Raw would close the connection first, and to close waits for
// the transaction, which waits for f.
func onDriver(conn *sql.Conn, f func(*pgx.Conn) error) error {
	var panicked any
	err := conn.Raw(func(driver any) error {
		defer func() { panicked = recover() }()
		return f(driver.(*stdlib.Conn).Conn())
	})
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// endedBy says of an error whether its context is the cause. Drivers tell what they met
// first: that they were interrupted, or that the connection has been closed.
func endedBy(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}
