package pull

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// Groups are decided in batches, so that many small ones share their statements and
// one huge one stands alone.
const (
	groupsPerBatch = 200
	edgesPerBatch  = 5000
)

// decideMembers decides the lists that the round has gathered. A list that reads as
// before costs nothing but its group's share of one look-up.
func (w *round) decideMembers(ctx context.Context) error {
	for batch := range slices.Chunk(w.spool.order, groupsPerBatch) {
		changed, err := w.changedLists(ctx, batch)
		if err != nil {
			return err
		}
		for len(changed) > 0 {
			n := w.fitting(changed)
			if err := w.decideLists(ctx, changed[:n]); err != nil {
				return err
			}
			changed = changed[n:]
		}
	}
	return nil
}

// fitting is how many groups go into one transaction: at least one.
func (w *round) fitting(groups []objectID) int {
	edges := 0
	for i, id := range groups {
		edges += w.spool.groups[id].count
		if i > 0 && edges > edgesPerBatch {
			return i
		}
	}
	return len(groups)
}

// changedLists leaves out the groups whose list reads as before.
func (w *round) changedLists(ctx context.Context, batch []objectID) ([]objectID, error) {
	var changed []objectID
	err := w.inTx(ctx, func(tx *store.Tx) error {
		changed = changed[:0]
		ids := make([]string, len(batch))
		for i, id := range batch {
			ids[i] = id.String()
		}
		known, err := tx.GroupReadings(ids)
		if err != nil {
			return err
		}
		for i, id := range batch {
			l, gathered := w.spool.groups[id]
			if !gathered {
				continue // gone in the middle of the round
			}
			w.run.Counts.Memberships.Read += l.count
			if known[ids[i]].MembersHash != l.fingerprint() {
				changed = append(changed, id)
			}
		}
		return nil
	})
	return changed, err
}

// decideLists decides some groups' complete lists in one transaction.
func (w *round) decideLists(ctx context.Context, ids []objectID) error {
	lists := make(map[string]map[string]models.MemberKind, len(ids))
	objectIDs := make(map[string]bool)
	for _, id := range ids {
		members, err := w.spool.members(id)
		if err != nil {
			return err
		}
		lists[id.String()] = members
		objectIDs[id.String()] = true
		for member := range members {
			objectIDs[member] = true
		}
	}
	return w.inTx(ctx, func(tx *store.Tx) error {
		groups, err := w.groupsToDecide(tx, slices.Sorted(maps.Keys(lists)))
		if err != nil {
			return err
		}
		known, err := w.knownEnds(tx, groups, slices.Sorted(maps.Keys(objectIDs)))
		if err != nil {
			return err
		}
		for _, g := range groups {
			l := w.spool.groups[mustParse(g.EntraObjectID)]
			if err := w.decideList(tx, g, lists[string(g.EntraObjectID)], l, known); err != nil {
				return err
			}
		}
		return nil
	})
}

// mustParse reads an object id that has been parsed before.
func mustParse(id models.Optional) objectID {
	parsed, _ := parseObjectID(string(id))
	return parsed
}

// groupsToDecide reads and locks the groups with these object ids; in a dry run, also
// those that it would have created.
func (w *round) groupsToDecide(tx *store.Tx, objectIDs []string) ([]models.Group, error) {
	groups, err := tx.PulledGroupCandidates(objectIDs, nil)
	if err != nil || !w.run.DryRun {
		return groups, err
	}
	stored := make(map[string]int, len(groups))
	for i, g := range groups {
		stored[g.ID] = i
	}
	for _, id := range objectIDs {
		planned, ok := w.plan[id]
		if !ok || planned.group == nil {
			continue
		}
		if i, has := stored[planned.group.ID]; has {
			groups[i] = *planned.group
		} else {
			groups = append(groups, *planned.group)
		}
	}
	return groups, nil
}

// ends is what a batch of groups needs to know of members, and the edges as stored.
type ends struct {
	byObjectID map[string]models.End
	byID       map[string]models.End
	edges      map[string][]models.Membership // by group id
}

func (w *round) knownEnds(tx *store.Tx, groups []models.Group, objectIDs []string) (ends, error) {
	known := ends{byID: make(map[string]models.End), edges: make(map[string][]models.Membership)}
	var err error
	if known.byObjectID, err = tx.EndsByObjectID(objectIDs); err != nil {
		return known, err
	}
	for _, id := range objectIDs {
		if planned, ok := w.plan[id]; ok {
			known.byObjectID[id] = planned.end
		}
	}
	for _, end := range known.byObjectID {
		known.byID[end.ID] = end
	}
	groupIDs := make([]string, len(groups))
	for i, g := range groups {
		groupIDs[i] = g.ID
	}
	stored, err := tx.EdgesOfGroups(groupIDs)
	if err != nil {
		return known, err
	}
	var others []string
	for _, edge := range stored {
		known.edges[edge.GroupID] = append(known.edges[edge.GroupID], edge)
		if _, has := known.byID[edge.MemberID]; !has {
			others = append(others, edge.MemberID)
		}
	}
	slices.Sort(others)
	rest, err := tx.Ends(slices.Compact(others))
	maps.Copy(known.byID, rest)
	return known, err
}

// decideList hears a group's complete list: a look at every edge to a member whom the
// pull can know, whether the list names it or not.
func (w *round) decideList(tx *store.Tx, g models.Group, members map[string]models.MemberKind, l *list, known ends) error {
	if g.PullSays != models.Exists {
		return nil
	}
	before := g
	look := models.Look{At: l.at}
	g.PullMembersAt = l.at
	steps, complete := hearList(g, members, look, known)
	for i := range steps {
		steps[i].After = reconcile.MergeEdge(steps[i].After, reconcile.EndsOf(g.End(), known.byID[steps[i].After.MemberID]), w.rules())
	}
	steps = slices.DeleteFunc(steps, func(s reconcile.EdgeStep) bool { return !s.Changed() })
	g.PullMembersHash = 0
	if complete {
		g.PullMembersHash = l.fingerprint()
	}
	if len(steps) == 0 && g.PullMembersHash == before.PullMembersHash {
		return nil // nothing new: the completed round is the look
	}
	added, ended := w.countEdges(steps)
	if added+ended > 0 {
		g.Version++
		g.UpdatedAt = w.at
	}
	if err := reconcile.ApplyGroups(w.writer(tx), []reconcile.GroupStep{{Before: &before, After: g}}, w.origin()); err != nil {
		return err
	}
	return reconcile.ApplyEdges(w.writer(tx), g.ID, steps, w.origin())
}

// hearList records the pull's words on a group's edges. complete is false if the list
// names somebody whom the bridge does not know (yet): then it is decided again in the
// next round, even if it reads the same.
func hearList(g models.Group, members map[string]models.MemberKind, look models.Look, known ends) (steps []reconcile.EdgeStep, complete bool) {
	complete = true
	listed := make(map[string]models.End, len(members))
	for objectID := range members {
		end, has := known.byObjectID[objectID]
		if !has || end.PullSays != models.Exists {
			complete = false
			continue
		}
		listed[end.ID] = end
	}
	for _, edge := range known.edges[g.ID] {
		step := reconcile.EdgeStep{Before: &edge, After: edge}
		member := known.byID[edge.MemberID]
		_, in := listed[edge.MemberID]
		delete(listed, edge.MemberID)
		switch {
		case in:
			step.After = reconcile.HearPullEdge(edge, models.In, look)
		case edge.PullSays == models.In && member.PullSays == models.Exists:
			step.After = reconcile.HearPullEdge(edge, models.Out, look)
		}
		steps = append(steps, step)
	}
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		edge := models.Membership{DirectoryID: g.DirectoryID, GroupID: g.ID, MemberID: id, MemberKind: listed[id].Kind}
		steps = append(steps, reconcile.EdgeStep{After: reconcile.HearPullEdge(edge, models.In, look)})
	}
	return steps, complete
}
