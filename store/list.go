package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"scimbridge/migrations"
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

// ListUsers reads a page of users, and what is around them; the groups only if they are
// wanted.
func (s *Store) ListUsers(ctx context.Context, q Query[ShownUser], groups bool) (Page[ShownUser], Around, error) {
	l := listing[ShownUser, *ShownUser]{store: s, records: userRecords(s.dialect, q.Searchable), columns: shownUsers, query: q, kind: "user"}
	var in found
	asked := false
	if s.canAskAround() && isLookUp(q.Filter) && q.Order == nil && !q.ByCursor {
		l.beside = func(page fragment) []question {
			asked = true
			return s.around(q.DirectoryID, page, groups, &in)
		}
	}
	page, err := l.page(ctx)
	if err != nil || asked {
		return page, in.around(), err
	}
	around, err := s.Around(ctx, q.DirectoryID, page.Records, groups)
	return page, around, err
}

// ListGroups reads a page of groups.
func (s *Store) ListGroups(ctx context.Context, q Query[ShownGroup]) (Page[ShownGroup], error) {
	return listing[ShownGroup, *ShownGroup]{store: s, records: groupRecords(s.dialect, q.Searchable), columns: shownGroups, query: q, kind: "group"}.page(ctx)
}

// shown is a record as a list reads it.
type shown[T any] interface {
	*T
	places() []any
	id() string
}

// listing is one list request.
type listing[T any, P shown[T]] struct {
	store   *Store
	records records
	columns string
	query   Query[T]
	kind    string // in living_counts
	// beside is asked together with a page whose filter SQL decides; it gets the query of
	// the page.
	beside func(page fragment) []question
}

// row is a record with what it is sorted by.
type row[T any] struct {
	Record  T
	SortKey sql.NullString
}

func (l listing[T, P]) page(ctx context.Context) (Page[T], error) {
	r := l.reader(ctx)
	if r.where.exact() {
		return l.exactly(r)
	}
	matches, err := l.query.Matcher(r.where.rest)
	if err != nil {
		return Page[T]{}, err
	}
	return l.sift(r, matches)
}

// reader reads the rows that SQL lets through.
type reader[T any, P shown[T]] struct {
	listing[T, P]
	ctx     context.Context
	sorting sorting
	where   condition
}

func (l listing[T, P]) reader(ctx context.Context) reader[T, P] {
	return reader[T, P]{listing: l, ctx: ctx, sorting: l.records.sorting(l.query.Order), where: l.records.scope().compile(l.query.Filter)}
}

// visible is the condition of a query's rows.
func (l listing[T, P]) visible(where condition) fragment {
	table := l.records.table
	all := sqlf(table+".directory_id = %s AND "+table+".living AND (%s)", argument(l.query.DirectoryID), where.fragment)
	if l.query.Pushed {
		all = sqlf("%s AND push_says = %s", all, argument(string(models.Exists)))
	}
	return all
}

// rows asks for rows behind a position, or before it.
func (r reader[T, P]) rows(from *Position, back bool, limit, skip fragment) fragment {
	table, where := r.records.table, r.visible(r.where)
	if from != nil {
		where = sqlf("%s AND %s", where, r.sorting.beyond(*from, back))
	}
	window := sqlf("ORDER BY "+r.sorting.by(back)+" LIMIT %s OFFSET %s", limit, skip)
	if r.sorting.key.sql == "" && skip.sql != nothing.sql {
		// Who is skipped is counted in an index: only the page's own rows are read.
		where = sqlf(table+".directory_id = %s AND "+table+".id IN (SELECT "+table+".id FROM "+table+" WHERE %s %s)",
			argument(r.query.DirectoryID), where, window)
		window = raw("ORDER BY " + r.sorting.by(back))
	}
	return sqlf("SELECT "+r.columns+", %s FROM "+table+" WHERE %s %s", r.sorting.selected(), where, window)
}

// read reads such rows.
func (r reader[T, P]) read(asked fragment, beside ...question) ([]row[T], error) {
	var rows []row[T]
	err := r.store.ask(r.ctx, append([]question{{asked, func(scan func(...any) error) error {
		var one row[T]
		err := scan(append(P(&one.Record).places(), &one.SortKey)...)
		rows = append(rows, one)
		return err
	}}}, beside...)...)
	return rows, err
}

// exactly lets the database do all of it.
func (l listing[T, P]) exactly(r reader[T, P]) (Page[T], error) {
	q := l.query
	if l.maybeNearEnd() {
		return l.fromNearerEnd(r)
	}
	var rows []row[T]
	if q.Limit > 0 {
		asked := l.window(r)
		var beside []question
		if l.beside != nil {
			beside = l.beside(asked)
		}
		var err error
		if rows, err = r.read(asked, beside...); err != nil {
			return Page[T]{}, err
		}
	}
	page := l.cut(r, rows)
	var err error
	page.Total, err = l.total(r, len(rows))
	return page, err
}

// atMost is a limit, written into the statement: PostgreSQL takes one that it does not
// know for a tenth of the table, and plans the statement anew each time, which takes as
// long as to look somebody up. The driver keeps a bounded number of statements. For SQLite
// all that were ever prepared are kept, and a client may ask for a thousand limits.
func (s *Store) atMost(rows int) fragment {
	if s.dialect == migrations.SQLite {
		return argument(rows)
	}
	return raw(strconv.Itoa(rows))
}

// window asks for the rows of the page.
func (l listing[T, P]) window(r reader[T, P]) fragment {
	q := l.query
	switch {
	case q.ByCursor:
		return r.rows(q.From, q.Back, l.store.atMost(q.Limit+1), nothing) // one more tells whether there are more
	case q.Start == 0:
		return r.rows(nil, false, l.store.atMost(q.Limit), nothing)
	}
	return r.rows(nil, false, l.store.atMost(q.Limit), argument(q.Start))
}

// cut takes the page out of what was read.
func (l listing[T, P]) cut(r reader[T, P], rows []row[T]) Page[T] {
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

func (l listing[T, P]) position(r reader[T, P], at row[T]) Position {
	return r.sorting.position(P(&at.Record).id(), at.SortKey)
}

// total is how many records there are in all. Nobody counts for a later page by cursor,
// where the page itself tells, or where nothing is filtered.
func (l listing[T, P]) total(r reader[T, P], found int) (int, error) {
	q := l.query
	switch {
	case q.ByCursor && q.From != nil:
		return q.Total, nil
	case q.Limit > 0 && found <= q.Limit && q.ByCursor:
		return found, nil
	case q.Limit > 0 && found < q.Limit && (found > 0 || q.Start == 0):
		return q.Start + found, nil
	case q.Filter == nil && !q.Pushed:
		return l.store.living(r.ctx, q.DirectoryID, l.kind)
	}
	return l.store.count(r.ctx, sqlf("SELECT count(*) FROM "+l.records.table+" WHERE %s", l.visible(r.where)))
}
