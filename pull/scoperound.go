package pull

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"scimbridge/models"
)

// An incremental round of a scope hears what has changed of the records that are in it,
// and judges by small reads who may have come or gone. The groups of the scope are those
// that the pull last saw as "exists", the excluded ones are kept with the pull's state:
// as long as no group enters or leaves either, the direct groups of a person tell.

// errScopeMoved means that reading what has changed is not enough, or costs more than the
// scope does: groups have come or gone. The round starts over and reads the scope whole.
var errScopeMoved = errors.New("the groups of the scope have changed")

// judged is what an incremental round is to judge of the scope.
type judged struct {
	// users may have come or gone; comers have been put into a group of the scope, leavers
	// taken out of one.
	users, comers, leavers []string
	// groups are changed ones that are not in the scope, as far as is known.
	groups []string
}

// weighScope sorts out a page of changed groups: it notes whom to judge, and answers what
// the round is to hear.
func (w *round) weighScope(ctx context.Context, page Page[models.SourceGroup]) (Page[models.SourceGroup], error) {
	if !w.scoped() {
		return page, nil
	}
	scope := w.scopeOf()
	var heard []models.SourceGroup
	found := w.judged
	err := w.inTx(ctx, func(tx desk) error {
		heard, found = nil, w.judged
		ids := make([]string, len(page.Items))
		for i, g := range page.Items {
			ids[i] = g.ObjectID
		}
		existing, err := tx.ExistingGroups(ids)
		if err != nil {
			return err
		}
		for _, g := range page.Items {
			isHeard, err := found.weigh(g, scope, existing[g.ObjectID])
			if err != nil {
				return err
			}
			if isHeard {
				heard = append(heard, g)
			}
		}
		return nil
	})
	w.judged, page.Items = found, heard
	return page, err
}

// scopeView is what a round knows of the scope's groups.
type scopeView struct {
	inGroups        bool // the scope is one of groups
	named, excluded map[string]bool
}

func (w *round) scopeOf() scopeView {
	s := w.directory.Settings.Scope
	return scopeView{
		inGroups: s.Kind == "groups", excluded: setOf(w.state.Excluded),
		named: setOf(slices.Concat(s.IncludeGroups, s.ExcludeGroups)),
	}
}

// weigh notes what follows from a changed group, and tells whether it is to be heard.
func (j *judged) weigh(g models.SourceGroup, scope scopeView, isIn bool) (isHeard bool, err error) {
	gone := g.Existence != models.Exists
	switch {
	case scope.excluded[g.ObjectID]:
		if gone || hasOthersThanUsers(g) {
			return false, errScopeMoved
		}
		j.users = appendMembers(j.users, g, func(models.SourceMember) bool { return true })
		return false, nil
	case isIn && scope.inGroups:
		if gone || hasOthersThanUsers(g) {
			return false, errScopeMoved
		}
		j.leavers = appendMembers(j.leavers, g, func(m models.SourceMember) bool { return m.Removed })
		j.comers = appendMembers(j.comers, g, func(m models.SourceMember) bool { return !m.Removed })
		return true, nil
	case isIn || gone:
		return true, nil
	case scope.named[g.ObjectID]:
		return false, errScopeMoved // it had vanished
	}
	j.groups = append(j.groups, g.ObjectID)
	return !scope.inGroups, nil
}

// hasOthersThanUsers tells whether a change of members is, or may be, one of groups: of
// what has been removed the kind need not be told.
func hasOthersThanUsers(g models.SourceGroup) bool {
	return slices.ContainsFunc(g.Members, func(m models.SourceMember) bool {
		return m.Kind == models.GroupMember || m.Kind == models.OtherMember && m.Removed
	})
}

func appendMembers(ids []string, g models.SourceGroup, which func(models.SourceMember) bool) []string {
	for _, m := range g.Members {
		if m.Kind == models.UserMember && which(m) {
			ids = append(ids, m.ObjectID)
		}
	}
	return ids
}

// judgeScope judges, at the end of an incremental reading, who has come and who has gone.
func (w *round) judgeScope(ctx context.Context) error {
	if !w.scoped() {
		return nil
	}
	scoper, reads := w.source.(Scoper), w.source.(Presence)
	users, err := w.usersToJudge(ctx)
	if err != nil {
		return err
	}
	w.changes.users = nil // they are heard here
	groups := distinct(w.judged.groups)
	costly, err := w.costsMoreThanTheScope(ctx, len(users), len(groups))
	switch {
	case err != nil:
		return err
	case costly:
		return errScopeMoved
	}
	if err := w.refuseMovedGroups(ctx, scoper, groups); err != nil {
		return err
	}
	for chunk := range slices.Chunk(users, appearedPerBatch) {
		readings, err := reads.ReadUsers(ctx, chunk)
		if err != nil {
			return fmt.Errorf("read users who may have come into scope or left it: %w", err)
		}
		if err := w.inTx(ctx, func(tx desk) error { return w.hearJudged(tx, readings) }); err != nil {
			return err
		}
	}
	return nil
}

// usersToJudge are those of whom the deltas alone do not tell: who exists and was not
// known to, who was put into or taken out of an excluded group, and who has lost the last
// group of the scope.
func (w *round) usersToJudge(ctx context.Context) ([]string, error) {
	ids := slices.Concat(w.changes.users, w.judged.users)
	err := w.inTx(ctx, func(tx desk) error {
		known, err := tx.ExistingUsers(distinct(w.judged.comers))
		if err != nil {
			return err
		}
		for _, id := range w.judged.comers {
			if !known[id] {
				ids = append(ids, id)
			}
		}
		staying, err := w.staying(tx, distinct(w.judged.leavers))
		for _, id := range w.judged.leavers {
			if !staying[id] {
				ids = append(ids, id)
			}
		}
		return err
	})
	return distinct(ids), err
}

// staying tells who of those who have left a group is in another one of the scope, by the
// edges that the pull has told.
func (w *round) staying(tx desk, leavers []string) (map[string]bool, error) {
	stays := make(map[string]bool)
	for _, members := range w.changes.members { // of groups that are heard
		for id, change := range members {
			if change.says == models.In {
				stays[id] = true
			}
		}
	}
	people, err := tx.EndsByObjectID(leavers, nil)
	if err != nil {
		return nil, err
	}
	objectIDs := make(map[string]string, len(people))
	var ids []string
	for objectID, end := range people {
		objectIDs[end.ID] = objectID
		ids = append(ids, end.ID)
	}
	slices.Sort(ids)
	edges, err := tx.EdgesOfRecords(ids)
	if err != nil {
		return nil, err
	}
	var groupIDs []string
	for _, e := range edges {
		groupIDs = append(groupIDs, e.GroupID)
	}
	groups, err := tx.Ends(distinct(groupIDs))
	for _, e := range edges {
		group, member := groups[e.GroupID], objectIDs[e.MemberID]
		if e.PullSays == models.In && group.PullSays == models.Exists &&
			w.changes.members[string(group.ObjectID)][member].says != models.Out {
			stays[member] = true
		}
	}
	return stays, err
}

// What one request reads: parts of a batch, and people of a list in each part.
const (
	partsPerRequest  = 20
	peoplePerRequest = 300
)

// costsMoreThanTheScope compares what judging asks of Graph with what reading a scope of
// groups whole does.
func (w *round) costsMoreThanTheScope(ctx context.Context, users, groups int) (bool, error) {
	if w.directory.Settings.Scope.Kind != "groups" {
		return false, nil
	}
	knownUsers, err := w.Store.CountPulledUsers(ctx, w.directory.ID)
	if err != nil {
		return false, err
	}
	knownGroups, err := w.Store.CountPulledGroups(ctx, w.directory.ID)
	judging := 2*requests(users, partsPerRequest) + requests(groups, partsPerRequest)
	reading := 2 + requests(2*(knownGroups+len(w.state.Excluded)), partsPerRequest) + requests(knownUsers, peoplePerRequest)
	return judging > reading, err
}

func requests(n, each int) int { return (n + each - 1) / each }

// refuseMovedGroups gives up if a changed group that was not in the scope is inside it, or
// inside what is excluded: one that was restored, of which its parent tells nothing.
func (w *round) refuseMovedGroups(ctx context.Context, scoper Scoper, groups []string) error {
	scope := w.scopeOf()
	for chunk := range slices.Chunk(groups, groupsPerBatch) {
		above, err := scoper.GroupsAbove(ctx, chunk)
		if err != nil {
			return fmt.Errorf("ask which groups changed ones are in: %w", err)
		}
		var parents []string
		for _, id := range chunk {
			of, told := above[id]
			if !told {
				return errScopeMoved // it comes or goes just now
			}
			parents = append(parents, of...)
		}
		if err := w.inTx(ctx, func(tx desk) error {
			existing, err := tx.ExistingGroups(distinct(parents))
			for _, id := range parents {
				if scope.excluded[id] || scope.inGroups && existing[id] {
					return errScopeMoved
				}
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// hearJudged hears people who were read with their direct groups, which tell whether they
// are in scope.
func (w *round) hearJudged(tx desk, readings []UserReading) error {
	scope := w.scopeOf()
	var all []string
	for _, r := range readings {
		all = append(all, r.Groups...)
	}
	existing, err := tx.ExistingGroups(distinct(all))
	if err != nil {
		return err
	}
	known, err := tx.ExistingUsers(objectIDsOfReadings(readings))
	if err != nil {
		return err
	}
	for _, r := range readings {
		switch {
		case r.User.Existence == models.Exists && r.GroupsAt.IsZero():
			w.unsure = true // not replicated yet
			if r.User.Enabled == nil || *r.User.Enabled {
				continue
			}
			// Nobody disabled stays active until the next round knows whether they are in
			// scope. Whom the pull knows are taken for what they were.
			if !known[r.User.ObjectID] {
				if err := w.hearDisabled(tx, r); err != nil {
					return err
				}
				continue
			}
		case r.User.Existence == models.Exists && !scope.holds(r.Groups, existing):
			r = UserReading{User: outside(r.User), SentAt: r.SentAt}
		}
		if err := w.hearAppearedUsers(tx, []UserReading{r}); err != nil {
			return err
		}
	}
	return nil
}

// hearDisabled hears that somebody is disabled of whom no more is known. Push may have
// brought them, and is found by the name too.
func (w *round) hearDisabled(tx desk, r UserReading) error {
	said := outside(r.User)
	said.UserName = w.keyed([]models.SourceUser{r.User})[0].UserName
	return w.settleUsers(tx, []models.SourceUser{said}, w.look(r.SentAt, true))
}

func objectIDsOfReadings(readings []UserReading) []string {
	ids := make([]string, len(readings))
	for i, r := range readings {
		ids[i] = r.User.ObjectID
	}
	return ids
}

// holds judges somebody by their direct groups; existing are those of the scope.
func (s scopeView) holds(groups []string, existing map[string]bool) bool {
	isIn := !s.inGroups
	for _, id := range groups {
		if s.excluded[id] {
			return false
		}
		isIn = isIn || existing[id]
	}
	return isIn
}
