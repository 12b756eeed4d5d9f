package store

import (
	"cmp"
	"slices"
	"strings"

	"scimbridge/migrations"
)

// GroupOf is a group that a user is in.
type GroupOf struct {
	UserID  string
	GroupID string
	Display string
	// Direct is false where the user is in it only through another group.
	Direct bool
}

// anyID is an id that PostgreSQL does not look at when it plans. Where it sees that a
// directory is a small one it finds its own plan for it so much better than one for all
// that it plans each time anew, the same again and for longer than to carry it out.
func (s *Store) anyID(id string) fragment {
	if s.dialect == migrations.SQLite {
		return argument(id)
	}
	return fragment{"(SELECT ?::uuid)", []any{id}}
}

// groupsOf asks for the groups of users, who are a list of arguments or a query. Loops
// among groups end it, since a user is followed into a group once, or twice if both
// directly and through another.
func (s *Store) groupsOf(directoryID string, users fragment, in *groupsFound) question {
	directory := s.anyID(directoryID)
	return question{
		sqlf(`
		WITH RECURSIVE up (user_id, group_id, display, direct) AS (
			SELECT m.member_id, m.group_id, g.display_name, true
			FROM memberships m `+s.livingGroup()+`
			WHERE m.directory_id = %s AND m.member_id IN %s AND m.present
			UNION
			SELECT up.user_id, m.group_id, g.display_name, false
			FROM up `+s.edgeUp()+" "+s.livingGroup()+`
		)
		SELECT user_id, group_id, display, direct FROM up`, directory, directory, users, directory, directory),
		in.take,
	}
}

// groupsFound are groups of users as the walk upward comes by them.
type groupsFound []GroupOf

func (f *groupsFound) take(scan func(...any) error) error {
	var g GroupOf
	err := scan(&g.UserID, &g.GroupID, &g.Display, &g.Direct)
	*f = append(*f, g)
	return err
}

// sorted leaves out where somebody is in a group indirectly as well. The database would
// take as long for it as for the walk.
func (f groupsFound) sorted() []GroupOf {
	slices.SortFunc(f, func(a, b GroupOf) int {
		return cmp.Or(strings.Compare(a.UserID, b.UserID), strings.Compare(a.GroupID, b.GroupID), first(a.Direct, b.Direct))
	})
	return slices.CompactFunc(f, func(a, b GroupOf) bool { return a.UserID == b.UserID && a.GroupID == b.GroupID })
}

// first compares so that what is true comes first.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// edgeUp joins the memberships m of a group of the table up.
//
// PostgreSQL takes the table that a recursion works on for ten times the size that it
// began with, and would rather read all memberships, and all groups, than look so many
// up; OFFSET 0 keeps it from joining them otherwise than one by one. SQLite knows no
// LATERAL, and does so by itself.
func (s *Store) edgeUp() string {
	if s.dialect == migrations.SQLite {
		return `JOIN memberships m ON m.directory_id = %s AND m.member_id = up.group_id AND m.present`
	}
	return `CROSS JOIN LATERAL (SELECT e.group_id FROM memberships e
				WHERE e.directory_id = %s AND e.member_id = up.group_id AND e.present OFFSET 0) m`
}

// livingGroup joins the group g of a membership m, if it is living.
func (s *Store) livingGroup() string {
	if s.dialect == migrations.SQLite {
		return `JOIN groups g ON g.directory_id = %s AND g.id = m.group_id AND g.living`
	}
	return `CROSS JOIN LATERAL (SELECT p.display_name FROM groups p
				WHERE p.directory_id = %s AND p.id = m.group_id AND p.living OFFSET 0) g`
}
