package pull

import (
	"cmp"
	"maps"
	"slices"

	"scimbridge/models"
)

// What a dry run holds lies in the database, where an earlier run held it, and in the
// ledger.

func (p planned) HeldUsers(after string, limit int) ([]models.User, error) {
	stored, err := p.Tx.HeldUsers(after, limit)
	if err != nil {
		return nil, err
	}
	return heldOf(p.ledger.users, stored, after, limit)
}

func (p planned) HeldGroups(after string, limit int) ([]models.Group, error) {
	stored, err := p.Tx.HeldGroups(after, limit)
	if err != nil {
		return nil, err
	}
	return heldOf(p.ledger.groups, stored, after, limit)
}

// heldOf adds the planned records that are held to the stored ones, by id after a given
// one, and leaves out those that the plan holds no more. A page may be shorter than its
// limit though there are more; the next one begins behind its last.
func heldOf[T any](planned *rows[T], stored []T, after string, limit int) ([]T, error) {
	ids := make(map[string]bool)
	end := ""
	for i := range stored {
		id := planned.rowOf(&stored[i]).end.ID
		ids[id], end = true, id
	}
	for id, row := range planned.byID {
		if row.held && id > after && (len(stored) < limit || id <= end) {
			ids[id] = true
		}
	}
	byID := make(map[string]T, len(stored))
	for _, record := range stored {
		byID[planned.rowOf(&record).end.ID] = record
	}
	held := make([]T, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		record := byID[id]
		if _, is := planned.byID[id]; is {
			var err error
			if record, err = planned.load(id); err != nil {
				return nil, err
			}
		}
		held = append(held, record)
	}
	return held, nil
}

// HeldEdges are those that the database has: an edge that only the plan has is no loss.
func (p planned) HeldEdges(after models.Membership, limit int) ([]models.Membership, error) {
	stored, err := p.asPlanned(p.Tx.HeldEdges(after, limit))
	if err != nil {
		return nil, err
	}
	has := make(map[edgeKey]bool, len(stored))
	var end models.Membership
	for _, edge := range stored {
		has[keyOf(edge)], end = true, edge
	}
	for key, edge := range p.ledger.edges {
		if edge.Held && !has[key] && compareEdges(edge, after) > 0 && (len(stored) < limit || compareEdges(edge, end) <= 0) {
			p.ledger.read[key] = true
			stored = append(stored, edge)
		}
	}
	slices.SortFunc(stored, compareEdges)
	return stored, nil
}

func compareEdges(a, b models.Membership) int {
	return cmp.Or(cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.MemberID, b.MemberID))
}

func (p planned) Held() (models.Losses, error) { return p.count(func(bool) bool { return true }) }

func (p planned) HeldLosses() (models.Losses, error) {
	return p.count(func(exists bool) bool { return !exists })
}

// count counts what is held, of records by whether the pull says that they exist.
func (p planned) count(counts func(exists bool) bool) (models.Losses, error) {
	const all = 1 << 30
	var n models.Losses
	users, err := p.HeldUsers("", all)
	if err != nil {
		return n, err
	}
	for _, u := range users {
		if u.Held && counts(u.PullSays == models.Exists) {
			n.Users++
		}
	}
	groups, err := p.HeldGroups("", all)
	if err != nil {
		return n, err
	}
	for _, g := range groups {
		if g.Held && counts(g.PullSays == models.Exists) {
			n.Groups++
		}
	}
	edges, err := p.HeldEdges(models.Membership{}, all)
	for _, e := range edges {
		if e.Held {
			n.Memberships++
		}
	}
	return n, err
}

// Totals are what the database has, and what the plan has created.
func (p planned) Totals() (models.Losses, error) {
	n, err := p.Tx.Totals()
	return p.withNew(n), err
}

// TotalsUpTo counts on by what the plan has created.
func (p planned) TotalsUpTo(most models.Losses) (models.Losses, error) {
	n, err := p.Tx.TotalsUpTo(most)
	return p.withNew(n), err
}

func (p planned) withNew(n models.Losses) models.Losses {
	for _, row := range p.ledger.users.byID {
		if row.isNew && row.end.Living {
			n.Users++
		}
	}
	for _, row := range p.ledger.groups.byID {
		if row.isNew && row.end.Living {
			n.Groups++
		}
	}
	return n
}
