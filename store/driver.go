package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// onDriver runs f on the driver's own connection, which may be in a transaction.
//
// A panic of f goes on once Raw has let go: Raw would close the connection first, and to
// close waits for the transaction, which waits for f. A panic of Raw's own tells that the
// connection is closed: database/sql does so when a transaction's context ends, and Raw
// does not look whether it still has one.
func onDriver(conn *sql.Conn, f func(*pgx.Conn) error) (err error) {
	var began bool
	var panicked any
	defer func() {
		if !began && recover() != nil {
			err = sql.ErrConnDone
		}
	}()
	err = conn.Raw(func(driver any) error {
		began = true
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
