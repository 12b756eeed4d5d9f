package store

import (
	"context"
	"strings"
)

// ExplainUsers is how the database reads a page of users.
func (s *Store) ExplainUsers(ctx context.Context, q Query[ShownUser]) (string, error) {
	return explain(ctx, listing[ShownUser, *ShownUser]{store: s, records: userRecords(s.dialect, q.Searchable), columns: shownUsers, query: q})
}

// ExplainGroups is how the database reads a page of groups.
func (s *Store) ExplainGroups(ctx context.Context, q Query[ShownGroup]) (string, error) {
	return explain(ctx, listing[ShownGroup, *ShownGroup]{store: s, records: groupRecords(s.dialect, q.Searchable), columns: shownGroups, query: q})
}

func explain[T any, P shown[T]](ctx context.Context, l listing[T, P]) (string, error) {
	asked := l.window(l.reader(ctx))
	var plan strings.Builder
	err := l.store.ask(ctx, question{sqlf("EXPLAIN %s", asked), func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		plan.WriteString(line + "\n")
		return err
	}})
	return plan.String(), err
}
