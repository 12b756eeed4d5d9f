package main

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

// recordings is how often a request is recorded anew if something else was heard
// meanwhile.
const recordings = 5

// record writes down the SQL of a request as a script. The markers begin at from.
func (b *bench) record(ctx context.Context, d database, t tenancy, want int, from marker, request func(marker) []byte) (script, error) {
	var s script
	err := b.overhear(ctx, d, t, want, func(said func([]byte) ([]statement, error)) error {
		return d.do(ctx, func(conn *pgx.Conn) error {
			var err error
			for try := range marker(recordings) {
				first := from + 2*try + 1
				one, failed := said(request(first))
				other, alsoFailed := said(request(first + 1))
				if err := errors.Join(failed, alsoFailed); err != nil {
					return err
				}
				if s, err = writeScript(ctx, conn, first, first+1, one, other); err == nil {
					return nil
				}
			}
			return err
		})
	}, request(from))
	return s, err
}

// countStatements tells how many statements a request takes: the least of several
// times, since a bridge has tasks of its own too.
func (b *bench) countStatements(ctx context.Context, d database, t tenancy, want int, request []byte) (int, error) {
	var counts []int
	err := b.overhear(ctx, d, t, want, func(said func([]byte) ([]statement, error)) error {
		for range recordings {
			heard, err := said(request)
			if err != nil {
				return err
			}
			counts = append(counts, len(heard))
		}
		return nil
	}, request)
	if err != nil {
		return 0, err
	}
	return slices.Min(counts), nil
}

// overhear sends requests by a second bridge on the same database, which speaks to it
// through a wiretap. The first one only warms up.
func (b *bench) overhear(ctx context.Context, d database, t tenancy, want int, f func(said func(request []byte) ([]statement, error)) error, first []byte) (err error) {
	w, tapped, err := tap(d.url)
	if err != nil {
		return err
	}
	defer w.close()
	p, err := b.startBridge(ctx, tapped, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	c, err := dial(ctx, t.on(p))
	if err != nil {
		return err
	}
	defer c.close()
	said := func(request []byte) ([]statement, error) {
		return w.during(func() error {
			_, err := c.send(request, want, false)
			return err
		})
	}
	if _, err := said(first); err != nil {
		return err
	}
	return f(said)
}
