package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"scimbridge/models"
	"scimbridge/store"
)

func TestWhichFaultsOfTheDatabaseMayPass(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{&pgconn.PgError{Code: "57P01"}, true},
		{&pgconn.PgError{Code: "08006"}, true},
		{&pgconn.PgError{Code: "40001"}, true},
		{&pgconn.PgError{Code: "53300"}, true},
		{&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, true},
		{driver.ErrBadConn, true},
		{pgconn.ErrConnClosed, true},
		{&pgconn.PgError{Code: "23505"}, false},
		{&pgconn.PgError{Code: "23505", ConstraintName: "memberships_pkey"}, true}, // others hear of the same edges
		{&pgconn.PgError{Code: "42703"}, false},
		{&pgconn.PgError{}, false},
		{models.ErrNotFound, false},
		{context.Canceled, false},
	} {
		if got := store.Passing(fmt.Errorf("update users: %w", tc.err)); got != tc.want {
			t.Errorf("%v passes: %v", tc.err, got)
		}
	}
}
