package store

import (
	"context"

	"gorm.io/gorm"

	"scimbridge/models"
	"scimbridge/scim/filter"
)

// Query asks for a page of visible records in the order of their ids, which is the
// order in which they came.
type Query[T any] struct {
	Filter filter.Expression // bound to the schema; nil is everything
	// Matcher makes the check for the part of the filter that SQL cannot decide. It
	// may refuse with an error what it cannot decide either.
	Matcher func(rest filter.Expression) (matches func(*T) bool, err error)
	// Pushed restricts to records for which push vouches.
	Pushed bool
	Start  int    // from 0
	After  string // an id; for cursor pages, instead of Start
	Limit  int    // 0: the total only
}

// Page is one answer: records, and how many there are in all.
type Page[T any] struct {
	Total   int
	Records []T
}

// ListUsers reads a page of users.
func (s *Store) ListUsers(ctx context.Context, directoryID string, q Query[models.User]) (Page[models.User], error) {
	return list(ctx, s, directoryID, q, userColumns, func(u *models.User) string { return u.ID })
}

// ListGroups reads a page of groups.
func (s *Store) ListGroups(ctx context.Context, directoryID string, q Query[models.Group]) (Page[models.Group], error) {
	return list(ctx, s, directoryID, q, groupColumns, func(g *models.Group) string { return g.ID })
}

func list[T any](ctx context.Context, s *Store, directoryID string, q Query[T], columns map[filter.AttributePath]column, id func(*T) string) (Page[T], error) {
	where := compile(q.Filter, columns)
	rows := func() *gorm.DB {
		query := s.db.WithContext(ctx).Model(new(T)).
			Where("directory_id = ? AND living", directoryID).
			Where(where.sql, where.args...)
		if q.Pushed {
			query = query.Where("push_says = ?", models.Exists)
		}
		return query
	}
	if !where.exact() {
		matches, err := q.Matcher(where.rest)
		if err != nil {
			return Page[T]{}, err
		}
		return sift(rows, q, matches, id)
	}
	return pageOf(rows, q)
}

// pageOf lets the database count, unless the page itself tells how many there are.
func pageOf[T any](rows func() *gorm.DB, q Query[T]) (Page[T], error) {
	var page Page[T]
	if q.Limit > 0 {
		query := rows().Order("id").Limit(q.Limit)
		if q.After != "" {
			query = query.Where("id > ?", q.After)
		} else {
			query = query.Offset(q.Start)
		}
		if err := query.Find(&page.Records).Error; err != nil {
			return page, err
		}
		if found := len(page.Records); q.After == "" && found < q.Limit && (found > 0 || q.Start == 0) {
			page.Total = q.Start + found
			return page, nil
		}
	}
	var total int64
	err := rows().Count(&total).Error
	page.Total = int(total)
	return page, err
}

// siftSize is how many rows are looked at in memory at a time.
const siftSize = 500

// sift reads all rows that SQL lets through, and asks matches for each.
func sift[T any](rows func() *gorm.DB, q Query[T], matches func(*T) bool, id func(*T) string) (Page[T], error) {
	var page Page[T]
	last := ""
	for {
		var some []T
		query := rows().Order("id").Limit(siftSize)
		if last != "" {
			query = query.Where("id > ?", last)
		}
		if err := query.Find(&some).Error; err != nil {
			return page, err
		}
		for i := range some {
			if !matches(&some[i]) {
				continue
			}
			wanted := page.Total >= q.Start
			if q.After != "" {
				wanted = id(&some[i]) > q.After
			}
			if wanted && len(page.Records) < q.Limit {
				page.Records = append(page.Records, some[i])
			}
			page.Total++
		}
		if len(some) < siftSize {
			return page, nil
		}
		last = id(&some[len(some)-1])
	}
}
