package graph

import (
	"context"
	"maps"
	"slices"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
)

var _ pull.Scoper = (*source)(nil)

// ScopedGroups walks from the named groups inwards, one level after the other. The
// excluded ones come first: what is inside them is out, so the included ones need not
// be read beyond them, and no group is read twice.
func (s *source) ScopedGroups(ctx context.Context, include, exclude []string) (pull.ScopedGroups, error) {
	w := &walk{source: s, read: make(map[string]pull.GroupReading), ids: make(map[string]string)}
	excluded, err := w.inwards(ctx, distinct(exclude), nil)
	if err != nil {
		return pull.ScopedGroups{}, err
	}
	included, err := w.inwards(ctx, distinct(include), excluded)
	if err != nil {
		return pull.ScopedGroups{}, err
	}
	scope := pull.ScopedGroups{SentAt: w.first()}
	out := w.users(excluded)
	in := w.users(included)
	maps.DeleteFunc(in, func(id string, _ struct{}) bool { _, is := out[id]; return is })
	for _, id := range included.sorted() {
		if w.read[id].Group.Existence == models.Exists {
			scope.Groups = append(scope.Groups, w.read[id])
		}
	}
	scope.Users, scope.ExcludedUsers = in.sorted(), out.sorted()
	scope.ExcludedGroups = excluded.sorted()
	scope.Vanished, scope.Untold = w.unknown(distinct(slices.Concat(include, exclude)))
	return scope, nil
}

// GroupsAbove tells which groups some are directly in.
func (s *source) GroupsAbove(ctx context.Context, ids []string) (map[string][]string, error) {
	told, err := s.groupsAbove(ctx, "/groups/", readGroups, distinct(ids))
	if err != nil {
		return nil, err
	}
	above := make(map[string][]string, len(told))
	for id, groups := range told {
		above[id] = groups.ids
	}
	return above, nil
}

// idSet holds object ids.
type idSet map[string]struct{}

func (s idSet) has(id string) bool { _, is := s[id]; return is }
func (s idSet) sorted() []string   { return slices.Sorted(maps.Keys(s)) }

// walk is one reading of a scope.
type walk struct {
	*source
	read map[string]pull.GroupReading
	// ids holds each object id once: a person is a member of many groups.
	ids map[string]string
}

// inwards reads the groups from and all groups inside them, breadth first, and returns
// their ids. It goes by those of without; loops and diamonds end where a group is met
// again.
func (w *walk) inwards(ctx context.Context, from []string, without idSet) (idSet, error) {
	met := make(idSet)
	level := from
	for len(level) > 0 {
		level = slices.DeleteFunc(level, func(id string) bool { return met.has(id) || without.has(id) })
		readings, err := w.readGroups(ctx, level)
		if err != nil {
			return nil, err
		}
		next := make(idSet)
		for i, id := range level {
			met[id] = struct{}{}
			w.keep(readings[i])
			for _, m := range w.read[id].Group.Members {
				if m.Kind == models.GroupMember {
					next[m.ObjectID] = struct{}{}
				}
			}
		}
		level = next.sorted()
	}
	return met, nil
}

func (w *walk) keep(r pull.GroupReading) {
	for i, m := range r.Group.Members {
		id, known := w.ids[m.ObjectID]
		if !known {
			id = m.ObjectID
			w.ids[id] = id
		}
		r.Group.Members[i].ObjectID = id
	}
	w.read[r.Group.ObjectID] = r
}

// users are the people who are direct members of any of some groups.
func (w *walk) users(groups idSet) idSet {
	users := make(idSet)
	for id := range groups {
		for _, m := range w.read[id].Group.Members {
			if m.Kind == models.UserMember {
				users[m.ObjectID] = struct{}{}
			}
		}
	}
	return users
}

// unknown are the groups of whose members Graph did not tell: the named ones that it
// does not know, and the others. One that its parent's list names and that is not
// found by id was deleted while this was read, or is not replicated yet (section 2.7).
func (w *walk) unknown(named []string) (vanished, untold []string) {
	for _, id := range slices.Sorted(maps.Keys(w.read)) {
		r := w.read[id]
		_, isNamed := slices.BinarySearch(named, id)
		switch {
		case isNamed && r.Group.Existence == models.Gone:
			vanished = append(vanished, id)
		case !r.Complete:
			untold = append(untold, id)
		}
	}
	return vanished, untold
}

func (w *walk) first() (at time.Time) {
	for _, r := range w.read {
		at = earlier(at, r.SentAt)
	}
	return at
}
