package store

import (
	"context"
	"database/sql"
	"slices"

	"gorm.io/gorm"

	"scimbridge/models"
	"scimbridge/scim/filter"
)

// Query asks for a page of visible records. Without an order they come in that of their
// ids, which is the order in which they came.
type Query[T any] struct {
	Searchable
	Filter filter.Expression // bound to the schema; nil is everything
	Order  *Order
	// Matcher makes the check for the part of the filter that SQL cannot decide. It
	// may refuse with an error what it cannot decide either.
	Matcher func(rest filter.Expression) (matches func(*T) bool, err error)
	// Pushed restricts to records for which push vouches.
	Pushed bool
	Limit  int // 0: the total only
	Start  int // from 0; for index pages
	// ByCursor reads the page behind From, or before it if Back; without From the
	// first. Total is what the first page counted.
	ByCursor bool
	From     *Position
	Back     bool
	Total    int
}

// Page is one answer: records, and how many there are in all.
type Page[T any] struct {
	Total       int
	Records     []T
	First, Last Position
	// More tells, of a page by cursor, whether there is another in the same direction.
	More bool
}

// ListUsers reads a page of users.
func (s *Store) ListUsers(ctx context.Context, q Query[models.User]) (Page[models.User], error) {
	return listing[models.User]{s, userRecords(s.dialect, q.Searchable), q, "user", func(u *models.User) string { return u.ID }}.page(ctx)
}

// ListGroups reads a page of groups.
func (s *Store) ListGroups(ctx context.Context, q Query[models.Group]) (Page[models.Group], error) {
	return listing[models.Group]{s, groupRecords(s.dialect, q.Searchable), q, "group", func(g *models.Group) string { return g.ID }}.page(ctx)
}

// listing is one list request.
type listing[T any] struct {
	store   *Store
	records records
	query   Query[T]
	kind    string // in living_counts
	id      func(*T) string
}

// row is a record with what it is sorted by.
type row[T any] struct {
	Record  T `gorm:"embedded"`
	SortKey sql.NullString
}

// reader reads the rows that SQL lets through.
type reader[T any] struct {
	rows    func() *gorm.DB
	sorting sorting
	where   condition
	table   string
}

func (l listing[T]) page(ctx context.Context) (Page[T], error) {
	r := l.reader(ctx)
	if r.where.exact() {
		return l.exactly(ctx, r)
	}
	matches, err := l.query.Matcher(r.where.rest)
	if err != nil {
		return Page[T]{}, err
	}
	return l.sift(r, matches)
}

func (l listing[T]) reader(ctx context.Context) reader[T] {
	r := reader[T]{
		sorting: l.records.sorting(l.query.Order),
		where:   l.records.scope().compile(l.query.Filter),
		table:   l.records.table,
	}
	r.rows = func() *gorm.DB {
		rows := l.store.db.WithContext(ctx).Table(r.table).
			Where(r.table+".directory_id = ? AND "+r.table+".living", l.query.DirectoryID).
			Where(r.where.sql, r.where.args...)
		if l.query.Pushed {
			rows = rows.Where("push_says = ?", models.Exists)
		}
		return rows
	}
	return r
}

// read reads rows behind a position, or before it.
func (r reader[T]) read(from *Position, back bool, limit int) *gorm.DB {
	key := r.sorting.selected()
	rows := r.rows().Select(r.table+".*, "+key.sql, key.args...).Order(r.sorting.by(back)).Limit(limit)
	if from != nil {
		beyond := r.sorting.beyond(*from, back)
		rows = rows.Where(beyond.sql, beyond.args...)
	}
	return rows
}

// exactly lets the database do all of it.
func (l listing[T]) exactly(ctx context.Context, r reader[T]) (Page[T], error) {
	q := l.query
	var rows []row[T]
	if q.Limit > 0 {
		limit, offset := q.Limit, q.Start
		if q.ByCursor {
			limit, offset = q.Limit+1, 0 // one more tells whether there are more
		}
		if err := r.read(q.From, q.Back, limit).Offset(offset).Find(&rows).Error; err != nil {
			return Page[T]{}, err
		}
	}
	page := l.cut(r, rows)
	var err error
	page.Total, err = l.total(ctx, r, len(rows))
	return page, err
}

// cut takes the page out of what was read.
func (l listing[T]) cut(r reader[T], rows []row[T]) Page[T] {
	page := Page[T]{More: len(rows) > l.query.Limit}
	if page.More {
		rows = rows[:l.query.Limit]
	}
	if l.query.Back {
		slices.Reverse(rows)
	}
	page.Records = make([]T, len(rows))
	for i := range rows {
		page.Records[i] = rows[i].Record
	}
	if n := len(rows); n > 0 {
		page.First, page.Last = l.position(r, rows[0]), l.position(r, rows[n-1])
	}
	return page
}

func (l listing[T]) position(r reader[T], at row[T]) Position {
	return r.sorting.position(l.id(&at.Record), at.SortKey)
}

// total is how many records there are in all. Nobody counts for a later page by cursor,
// where the page itself tells, or where nothing is filtered.
func (l listing[T]) total(ctx context.Context, r reader[T], found int) (int, error) {
	q := l.query
	switch {
	case q.ByCursor && q.From != nil:
		return q.Total, nil
	case q.Limit > 0 && found <= q.Limit && q.ByCursor:
		return found, nil
	case q.Limit > 0 && found < q.Limit && (found > 0 || q.Start == 0):
		return q.Start + found, nil
	case q.Filter == nil && !q.Pushed:
		return l.store.living(ctx, q.DirectoryID, l.kind)
	}
	var total int64
	err := r.rows().Count(&total).Error
	return int(total), err
}

// living is how many records of a kind there are, from the counts that the database keeps
// with every write.
func (s *Store) living(ctx context.Context, directoryID, kind string) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Raw("SELECT COALESCE(sum(n), 0) FROM living_counts WHERE directory_id = ? AND kind = ?", directoryID, kind).Scan(&n).Error
	return int(n), err
}
