package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"scimbridge/models"
)

// ExplainUsers is how the database reads a page of users.
func (s *Store) ExplainUsers(ctx context.Context, q Query[models.User]) (string, error) {
	return explain[models.User](ctx, s, userRecords(s.dialect, q.Searchable), q)
}

// ExplainGroups is how the database reads a page of groups.
func (s *Store) ExplainGroups(ctx context.Context, q Query[models.Group]) (string, error) {
	return explain[models.Group](ctx, s, groupRecords(s.dialect, q.Searchable), q)
}

func explain[T any](ctx context.Context, s *Store, in records, q Query[T]) (string, error) {
	l := listing[T]{store: s, records: in, query: q}
	var rows []row[T]
	statement := l.reader(ctx).read(q.From, q.Back, q.Limit).Session(&gorm.Session{DryRun: true}).Find(&rows).Statement
	found, err := s.sql.QueryContext(ctx, "EXPLAIN "+statement.SQL.String(), statement.Vars...)
	if err != nil {
		return "", err
	}
	defer found.Close()
	var plan strings.Builder
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			return "", err
		}
		plan.WriteString(line + "\n")
	}
	return plan.String(), found.Err()
}
