package store

import (
	"context"
	"strings"

	"scimbridge/migrations"
)

// ExplainUsers is how the database reads a page of users.
func (s *Store) ExplainUsers(ctx context.Context, q Query[ShownUser]) (string, error) {
	return explain(ctx, listing[ShownUser, *ShownUser]{store: s, records: userRecords(s.dialect, q.Searchable), columns: shownUsers, query: q})
}

// ExplainGroups is how the database reads a page of groups.
func (s *Store) ExplainGroups(ctx context.Context, q Query[ShownGroup]) (string, error) {
	return explain(ctx, listing[ShownGroup, *ShownGroup]{store: s, records: groupRecords(s.dialect, q.Searchable), columns: shownGroups, query: q})
}

// ExplainFindings is how the database finds whom a user may have been before.
func (s *Store) ExplainFindings(ctx context.Context, directoryID string, q FindingQuery) (string, error) {
	return planOf(ctx, s, s.askFindings(directoryID, q, nil).fragment)
}

// ExplainGroupsOf is how the database finds the groups of users.
func (s *Store) ExplainGroupsOf(ctx context.Context, directoryID string, userIDs ...string) (string, error) {
	return planOf(ctx, s, s.groupsOf(directoryID, oneOf(userIDs), nil).fragment)
}

func explain[T any, P shown[T]](ctx context.Context, l listing[T, P]) (string, error) {
	return planOf(ctx, l.store, l.window(l.reader(ctx)))
}

func planOf(ctx context.Context, s *Store, asked fragment) (string, error) {
	var plan strings.Builder
	if s.dialect == migrations.SQLite {
		err := s.ask(ctx, question{sqlf("EXPLAIN QUERY PLAN %s", asked), func(scan func(...any) error) error {
			var id, parent, unused int
			var line string
			err := scan(&id, &parent, &unused, &line)
			plan.WriteString(line + "\n")
			return err
		}})
		return plan.String(), err
	}
	err := s.ask(ctx, question{sqlf("EXPLAIN %s", asked), func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		plan.WriteString(line + "\n")
		return err
	}})
	return plan.String(), err
}

// AskForOne asks for a row, and tells when it is there.
func (tx *Tx) AskForOne(told func()) error {
	return tx.ask(question{raw("SELECT 1"), func(scan func(...any) error) error {
		told()
		var one int
		return scan(&one)
	}})
}
