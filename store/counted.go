package store

import (
	"context"
	"slices"

	"scimbridge/migrations"
)

// living is how many records of a kind there are, from the counts that the database keeps
// with every write.
func (s *Store) living(ctx context.Context, directoryID, kind string) (int, error) {
	return s.count(ctx, sqlf("SELECT %s", livingCount(directoryID, kind)))
}

func livingCount(directoryID, kind string) fragment {
	return sqlf("(SELECT CAST(COALESCE(sum(n), 0) AS bigint) FROM living_counts WHERE directory_id = %s AND kind = %s)",
		argument(directoryID), argument(kind))
}

// count asks for one number.
func (s *Store) count(ctx context.Context, asked fragment) (int, error) {
	var n int
	err := s.ask(ctx, question{asked, func(scan func(...any) error) error { return scan(&n) }})
	return n, err
}

// farIn is from where on it pays to know how many there are before a page is read.
const farIn = 100

// maybeNearEnd tells of a page that may be nearer to the end of the list than to its
// beginning, where all that is living is listed by id: how many that are is known.
func (l listing[T, P]) maybeNearEnd() bool {
	q := l.query
	return q.Filter == nil && !q.Pushed && q.Order == nil && !q.ByCursor && q.Limit > 0 && q.Start >= farIn
}

// fromNearerEnd reads a page forward or backward, so that never more than half of the
// records are skipped, and the last page costs what the first does.
func (l listing[T, P]) fromNearerEnd(r reader[T, P]) (Page[T], error) {
	q := l.query
	total, err := l.store.living(r.ctx, q.DirectoryID, l.kind)
	if err != nil {
		return Page[T]{}, err
	}
	asked, back := l.window(r), q.Start > total/2
	if back {
		asked = l.backward(r)
	}
	rows, err := r.read(asked)
	if back {
		slices.Reverse(rows)
	}
	page := l.cut(r, rows)
	page.Total = total
	return page, err
}

// backward asks for the page from the end. It counts once more in the same statement: one
// who comes meanwhile must not shift the page, for then it would leave somebody out.
func (l listing[T, P]) backward(r reader[T, P]) fragment {
	q := l.query
	left := sqlf("%s - %s", livingCount(q.DirectoryID, l.kind), bigint(q.Start))
	limit := sqlf("%s(%s(%s, %s), 0)", raw(l.store.greatest()), raw(l.store.least()), left, bigint(q.Limit))
	skip := sqlf("%s(%s - %s, 0)", raw(l.store.greatest()), left, bigint(q.Limit))
	return r.rows(nil, true, limit, skip)
}

// bigint is a number that is one in every context.
func bigint(n int) fragment { return sqlf("CAST(%s AS bigint)", argument(n)) }

func (s *Store) greatest() string {
	if s.dialect == migrations.SQLite {
		return "max"
	}
	return "greatest"
}

func (s *Store) least() string {
	if s.dialect == migrations.SQLite {
		return "min"
	}
	return "least"
}
