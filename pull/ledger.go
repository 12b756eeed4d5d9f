package pull

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/store"
)

// ledger holds what a dry run would have written. Its rows lie in files, so that the
// plan of a first pull does not need the memory of a company.
type ledger struct {
	users  *rows[models.User]
	groups *rows[models.Group]
	// edges are those that the database has and the plan changes.
	edges map[edgeKey]models.Membership
	// added are new ones, by member. A full round decides an edge once, and does not keep
	// them; in an incremental one a newcomer is read with the groups, which tell of the
	// newcomer too.
	added    map[string][]models.Membership
	keepsNew bool
	// read are the stored edges that the transaction has read.
	read map[edgeKey]bool
	undo []func()
}

type edgeKey struct{ group, member string }

func keyOf(m models.Membership) edgeKey { return edgeKey{m.GroupID, m.MemberID} }

func newLedger(dir string) (*ledger, error) {
	l := &ledger{edges: make(map[edgeKey]models.Membership), read: make(map[edgeKey]bool), added: make(map[string][]models.Membership)}
	note := func(undo func()) { l.undo = append(l.undo, undo) }
	var usersErr, groupsErr error
	l.users, usersErr = newRows(dir, note, userRow)
	l.groups, groupsErr = newRows(dir, note, groupRow)
	if err := errors.Join(usersErr, groupsErr); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close removes the files.
func (l *ledger) Close() error { return errors.Join(l.users.Close(), l.groups.Close()) }

// begin starts a transaction. What one that runs again has written before is taken back.
func (l *ledger) begin() {
	for _, undo := range slices.Backward(l.undo) {
		undo()
	}
	l.commit()
}

func (l *ledger) commit() {
	l.undo = nil
	clear(l.read)
}

func userRow(u *models.User) row {
	return row{end: u.End(), key: string(u.UserNameKey), hash: u.PullHash, waiting: u.Waiting, held: u.Held}
}

func groupRow(g *models.Group) row {
	r := row{end: g.End(), hash: g.PullHash, membersHash: g.PullMembersHash, held: g.Held}
	if g.Living {
		r.key = g.DisplayNameKey
	}
	return r
}

func (l *ledger) putUsers(users []models.User, isNew bool) error {
	return putAll(l.users, users, isNew)
}

func (l *ledger) putGroups(groups []models.Group, isNew bool) error {
	return putAll(l.groups, groups, isNew)
}

func putAll[T any](to *rows[T], records []T, isNew bool) error {
	for i := range records {
		if err := to.put(&records[i], isNew); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) putEdges(edges []models.Membership) {
	for _, edge := range edges {
		key := keyOf(edge)
		if !l.read[key] {
			l.putNew(edge)
			continue
		}
		before, had := l.edges[key]
		l.undo = append(l.undo, func() {
			delete(l.edges, key)
			if had {
				l.edges[key] = before
			}
		})
		l.edges[key] = edge
	}
}

func (l *ledger) putNew(edge models.Membership) {
	if !l.keepsNew {
		return
	}
	before := l.added[edge.MemberID]
	l.undo = append(l.undo, func() { l.added[edge.MemberID] = before })
	same := func(other models.Membership) bool { return other.GroupID == edge.GroupID }
	l.added[edge.MemberID] = append(slices.DeleteFunc(slices.Clone(before), same), edge)
}

// newOf are the new edges of members to groups that are asked for.
func (l *ledger) newOf(members []string, isAsked func(edgeKey) bool) (edges []models.Membership) {
	for _, id := range members {
		for _, edge := range l.added[id] {
			if isAsked(keyOf(edge)) {
				edges = append(edges, edge)
			}
		}
	}
	return edges
}

// overEdges puts planned edges in the place of stored ones.
func (l *ledger) overEdges(stored []models.Membership) {
	for i, edge := range stored {
		key := keyOf(edge)
		l.read[key] = true
		if planned, is := l.edges[key]; is {
			stored[i] = planned
		}
	}
}

func (l *ledger) end(id string) (models.End, bool) {
	if row, is := l.users.row(id); is {
		return row.end, true
	}
	row, is := l.groups.row(id)
	return row.end, is
}

// isNew tells whether a record is in the plan only.
func (l *ledger) isNew(id string) bool {
	user, group := l.users.byID[id], l.groups.byID[id]
	return user != nil && user.isNew || group != nil && group.isNew
}

// waiting are those of the stored and the planned users who wait for a name.
func (l *ledger) waiting(stored []models.User) ([]models.User, error) {
	ids := make(map[string]bool)
	for id, row := range l.users.byID {
		if row.waiting {
			ids[id] = true
		}
	}
	users, err := l.users.asPlanned(stored)
	if err != nil {
		return nil, err
	}
	users = slices.DeleteFunc(users, func(u models.User) bool { return !u.Waiting })
	for _, u := range users {
		delete(ids, u.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		u, err := l.users.load(id)
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b models.User) int { return cmp.Compare(a.ID, b.ID) })
	return users, nil
}

// readUsers puts what has been planned of users over what was read of them before.
func (l *ledger) readUsers(known map[string]int64, objectIDs []string) {
	for _, id := range objectIDs {
		if row, is := l.users.byObjectID(id); is {
			delete(known, id)
			if settled(row) {
				known[id] = row.hash
			}
		}
	}
}

// readGroups does the same for groups.
func (l *ledger) readGroups(known map[string]store.GroupReading, objectIDs []string) {
	for _, id := range objectIDs {
		if row, is := l.groups.byObjectID(id); is {
			delete(known, id)
			if settled(row) {
				known[id] = store.GroupReading{PullHash: row.hash, MembersHash: row.membersHash}
			}
		}
	}
}

// settled is what the store asks of a reading: see store.UserReadings.
func settled(r row) bool { return r.end.Living || r.waiting || r.end.PullSays != models.Exists }
