package pull

import (
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// desk is where a step of a run reads and writes: the transaction, or, in a dry run, the
// ledger before it. The steps cannot tell the two apart, and so a plan is exactly what
// the same run would do.
type desk interface {
	reconcile.EdgeTx

	UserReadings(objectIDs []string) (map[string]int64, error)
	UserCandidates(objectIDs, userNameKeys []string) ([]models.User, error)
	ExistingUsers(objectIDs []string) (map[string]bool, error)
	ExistingGroups(objectIDs []string) (map[string]bool, error)
	UsersKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error)
	GroupsKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error)
	GroupsForUpdate(ids []string) ([]models.Group, error)
	NameHolders(userNameKeys []string) (map[string]string, error)
	WaitingUsers() ([]models.User, error)
	UsersPushedSince(since models.Instant, after string, limit int) ([]models.User, error)
	UsersPulled(after string, limit int) ([]models.User, error)
	GroupsPulled(after string, limit int) ([]models.Group, error)
	ObjectIDs(ids []string) (map[string]string, error)

	GroupReadings(objectIDs []string) (map[string]store.GroupReading, error)
	PulledGroupCandidates(objectIDs, nameKeys []string) ([]models.Group, error)
	GroupsPushedSince(since models.Instant, after string, limit int) ([]models.Group, error)

	Held() (models.Losses, error)
	HeldLosses() (models.Losses, error)
	Totals() (models.Losses, error)
	TotalsUpTo(most models.Losses) (models.Losses, error)
	HeldUsers(after string, limit int) ([]models.User, error)
	HeldGroups(after string, limit int) ([]models.Group, error)
	HeldEdges(after models.Membership, limit int) ([]models.Membership, error)

	EndsByObjectID(users, groups []string) (map[string]models.End, error)
	EdgesOfGroups(groupIDs []string) ([]models.Membership, error)
	EdgesBetween(ends []models.Membership) ([]models.Membership, error)
	EdgesOfRecords(ids []string) ([]models.Membership, error)
	EdgesPushedSince(since models.Instant, after models.Membership, limit int) ([]models.Membership, error)
	PushedSeenSince(since models.Instant, after string, limit int) ([]string, error)

	AppendItems(items []models.Item) error
	AppendDrift(drift []models.Drift) error
	NewID() string
}

var (
	_ desk = (*store.Tx)(nil)
	_ desk = planned{}
)

// planned is the desk of a dry run: of the database it writes the run's items alone.
type planned struct {
	*store.Tx
	ledger *ledger
}

func (p planned) CreateUsers(users []models.User) error    { return p.ledger.putUsers(users, true) }
func (p planned) UpdateUsers(users []models.User) error    { return p.ledger.putUsers(users, false) }
func (p planned) FreeUserNames([]string) error             { return nil } // they get others at once
func (p planned) CreateGroups(groups []models.Group) error { return p.ledger.putGroups(groups, true) }
func (p planned) UpdateGroups(groups []models.Group) error { return p.ledger.putGroups(groups, false) }
func (p planned) AppendChanges([]models.Change) error      { return nil }

func (p planned) NoteLists(groups []models.Group) error { return p.ledger.putGroups(groups, false) }

func (p planned) ForgetLists(memberIDs []string) error {
	edges, err := p.EdgesOfRecords(memberIDs)
	if err != nil {
		return err
	}
	var groupIDs []string
	for _, e := range edges {
		if e.PullSays == models.In && slices.Contains(memberIDs, e.MemberID) {
			groupIDs = append(groupIDs, e.GroupID)
		}
	}
	groups, err := p.GroupsForUpdate(distinct(groupIDs))
	if err != nil {
		return err
	}
	for i := range groups {
		groups[i].PullMembersHash = 0
	}
	return p.ledger.putGroups(groups, false)
}

func (p planned) CreateMemberships(edges []models.Membership) error {
	p.ledger.putEdges(edges)
	return nil
}

func (p planned) UpdateMemberships(_, edges []models.Membership) error {
	p.ledger.putEdges(edges)
	return nil
}

func (p planned) UserReadings(objectIDs []string) (map[string]int64, error) {
	readings, err := p.Tx.UserReadings(objectIDs)
	p.ledger.readUsers(readings, objectIDs)
	return readings, err
}

func (p planned) UserCandidates(objectIDs, userNameKeys []string) ([]models.User, error) {
	stored, err := p.Tx.UserCandidates(objectIDs, userNameKeys)
	if err != nil {
		return nil, err
	}
	return p.ledger.users.candidates(stored, objectIDs, userNameKeys)
}

func (p planned) ExistingUsers(objectIDs []string) (map[string]bool, error) {
	existing, err := p.Tx.ExistingUsers(objectIDs)
	return overExisting(p.ledger.users, existing, objectIDs), err
}

func (p planned) ExistingGroups(objectIDs []string) (map[string]bool, error) {
	existing, err := p.Tx.ExistingGroups(objectIDs)
	return overExisting(p.ledger.groups, existing, objectIDs), err
}

func (p planned) UsersKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error) {
	known, err := p.Tx.UsersKnownAt(objectIDs, round)
	return overExisting(p.ledger.users, known, objectIDs), err
}

func (p planned) GroupsKnownAt(objectIDs []string, round models.Instant) (map[string]bool, error) {
	known, err := p.Tx.GroupsKnownAt(objectIDs, round)
	return overExisting(p.ledger.groups, known, objectIDs), err
}

func overExisting[T any](planned *rows[T], existing map[string]bool, objectIDs []string) map[string]bool {
	for _, objectID := range objectIDs {
		if row, is := planned.byObjectID(objectID); is {
			existing[objectID] = row.end.PullSays == models.Exists
		}
	}
	return existing
}

func (p planned) GroupsForUpdate(ids []string) ([]models.Group, error) {
	stored, err := p.Tx.GroupsForUpdate(ids)
	if err != nil {
		return nil, err
	}
	groups, err := p.ledger.groups.asPlanned(stored)
	if err != nil {
		return nil, err
	}
	has := make(map[string]bool, len(groups))
	for _, g := range groups {
		has[g.ID] = true
	}
	for _, id := range ids {
		if row, is := p.ledger.groups.row(id); is && row.isNew && !has[id] {
			g, err := p.ledger.groups.load(id)
			if err != nil {
				return nil, err
			}
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func (p planned) NameHolders(userNameKeys []string) (map[string]string, error) {
	holders, err := p.Tx.NameHolders(userNameKeys)
	for _, key := range userNameKeys {
		if row, is := p.ledger.users.row(holders[key]); is && row.key != key {
			delete(holders, key)
		}
		for _, id := range p.ledger.users.named[key] {
			holders[key] = id
		}
	}
	return holders, err
}

func (p planned) WaitingUsers() ([]models.User, error) {
	stored, err := p.Tx.WaitingUsers()
	if err != nil {
		return nil, err
	}
	return p.ledger.waiting(stored)
}

func (p planned) UsersPushedSince(since models.Instant, after string, limit int) ([]models.User, error) {
	stored, err := p.Tx.UsersPushedSince(since, after, limit)
	if err != nil {
		return nil, err
	}
	return p.ledger.users.asPlanned(stored)
}

func (p planned) UsersPulled(after string, limit int) ([]models.User, error) {
	stored, err := p.Tx.UsersPulled(after, limit)
	if err != nil {
		return nil, err
	}
	return p.ledger.users.asPlanned(stored)
}

func (p planned) GroupsPulled(after string, limit int) ([]models.Group, error) {
	stored, err := p.Tx.GroupsPulled(after, limit)
	if err != nil {
		return nil, err
	}
	return p.ledger.groups.asPlanned(stored)
}

func (p planned) ObjectIDs(ids []string) (map[string]string, error) {
	objectIDs, err := p.Tx.ObjectIDs(ids)
	for _, id := range ids {
		if row, is := p.ledger.users.row(id); is && row.end.ObjectID != "" {
			objectIDs[id] = string(row.end.ObjectID)
		}
	}
	return objectIDs, err
}

func (p planned) GroupReadings(objectIDs []string) (map[string]store.GroupReading, error) {
	readings, err := p.Tx.GroupReadings(objectIDs)
	p.ledger.readGroups(readings, objectIDs)
	return readings, err
}

func (p planned) PulledGroupCandidates(objectIDs, nameKeys []string) ([]models.Group, error) {
	stored, err := p.Tx.PulledGroupCandidates(objectIDs, nameKeys)
	if err != nil {
		return nil, err
	}
	return p.ledger.groups.candidates(stored, objectIDs, nameKeys)
}

func (p planned) GroupsPushedSince(since models.Instant, after string, limit int) ([]models.Group, error) {
	stored, err := p.Tx.GroupsPushedSince(since, after, limit)
	if err != nil {
		return nil, err
	}
	return p.ledger.groups.asPlanned(stored)
}

func (p planned) Ends(ids []string) (map[string]models.End, error) {
	ends, err := p.Tx.Ends(ids)
	for _, id := range ids {
		if end, is := p.ledger.end(id); is {
			ends[id] = end
		}
	}
	return ends, err
}

func (p planned) EndsByObjectID(users, groups []string) (map[string]models.End, error) {
	ends, err := p.Tx.EndsByObjectID(users, groups)
	overEnds(p.ledger.users, ends, users)
	overEnds(p.ledger.groups, ends, groups)
	return ends, err
}

func overEnds[T any](planned *rows[T], ends map[string]models.End, objectIDs []string) {
	for _, objectID := range objectIDs {
		if row, is := planned.byObjectID(objectID); is {
			ends[objectID] = row.end
		}
	}
}

func (p planned) EdgesOfMember(id string) ([]models.Membership, error) {
	edges, err := p.asPlanned(p.Tx.EdgesOfMember(id))
	return append(edges, p.ledger.newOf([]string{id}, func(edgeKey) bool { return true })...), err
}

func (p planned) EdgesOfGroup(id string, members []string) ([]models.Membership, error) {
	return p.asPlanned(p.Tx.EdgesOfGroup(id, members))
}

func (p planned) EdgesOfGroups(ids []string) ([]models.Membership, error) {
	edges, err := p.asPlanned(p.Tx.EdgesOfGroups(ids))
	groups, members := setOf(ids), slices.Sorted(maps.Keys(p.ledger.added))
	return append(edges, p.ledger.newOf(members, func(k edgeKey) bool { return groups[k.group] })...), err
}

func (p planned) EdgesBetween(ends []models.Membership) ([]models.Membership, error) {
	edges, err := p.asPlanned(p.Tx.EdgesBetween(ends))
	asked := make(map[edgeKey]bool, len(ends))
	members := make([]string, len(ends))
	for i, edge := range ends {
		asked[keyOf(edge)], members[i] = true, edge.MemberID
	}
	return append(edges, p.ledger.newOf(distinct(members), func(k edgeKey) bool { return asked[k] })...), err
}

func (p planned) EdgesOfRecords(ids []string) ([]models.Membership, error) {
	return p.asPlanned(p.Tx.EdgesOfRecords(ids))
}

func (p planned) EdgesPushedSince(since models.Instant, after models.Membership, limit int) ([]models.Membership, error) {
	return p.asPlanned(p.Tx.EdgesPushedSince(since, after, limit))
}

func (p planned) asPlanned(stored []models.Membership, err error) ([]models.Membership, error) {
	p.ledger.overEdges(stored)
	return stored, err
}
