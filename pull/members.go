package pull

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
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
		if err := w.decideAll(ctx, changed); err != nil {
			return err
		}
	}
	return nil
}

// decideAll decides lists in as few transactions as they fit into.
func (w *round) decideAll(ctx context.Context, groups []objectID) error {
	for len(groups) > 0 {
		n := fitting(groups, func(id objectID) int { return w.spool.groups[id].count })
		if err := w.decideLists(ctx, groups[:n]); err != nil {
			return err
		}
		groups = groups[n:]
	}
	return nil
}

// fitting is how many groups go into one transaction, by the edges of each: at least one.
func fitting[T any](groups []T, edgesOf func(T) int) int {
	edges := 0
	for i, g := range groups {
		edges += edgesOf(g)
		if i > 0 && edges > edgesPerBatch {
			return i
		}
	}
	return len(groups)
}

// changedLists leaves out the groups whose list reads as before.
func (w *round) changedLists(ctx context.Context, batch []objectID) ([]objectID, error) {
	prints := make(map[objectID]int64, len(batch))
	edges := 0
	for _, id := range batch {
		if w.spool.groups[id].dropped {
			continue
		}
		members, err := w.spool.members(id)
		if err != nil {
			return nil, err
		}
		edges += len(members)
		prints[id] = fingerprint(members, w.exists)
	}
	known, err := w.groupReadings(ctx, texts(batch))
	if err != nil {
		return nil, err
	}
	w.run.Counts.Memberships.Read += edges
	var changed []objectID
	for _, id := range batch {
		if print, whole := prints[id]; whole && known[id.String()].MembersHash != print {
			changed = append(changed, id)
		}
	}
	return changed, w.pass(ctx)
}

// exists tells whether the round has seen a member exist. Whoever is in the bin, or out
// of the application's sight, is not part of what tells two lists apart, so that a list
// with such a member does not look new every night.
func (w *round) exists(m member) bool {
	if m.kind == groupKind {
		return w.seenGroups[m.id]
	}
	return w.seenUsers[m.id]
}

func texts(ids []objectID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

// decideLists decides some groups' complete lists in one transaction.
func (w *round) decideLists(ctx context.Context, ids []objectID) error {
	lists := make(map[string][]member, len(ids))
	var all []member
	for _, id := range ids {
		members, err := w.spool.members(id)
		if err != nil {
			return err
		}
		lists[id.String()] = members
		all = append(all, members...)
	}
	users, groups := objectIDsByKind(all)
	return w.inTx(ctx, func(tx desk) error {
		holders, err := tx.PulledGroupCandidates(texts(ids), nil)
		if err != nil {
			return err
		}
		known, err := knownEnds(tx, holders, users, groups)
		if err != nil {
			return err
		}
		var read []models.Group
		var edges []reconcile.EdgeList
		for _, g := range holders {
			after, steps, err := w.decideList(tx, g, lists[string(g.EntraObjectID)], known)
			if err != nil {
				return err
			}
			if after != nil {
				read, edges = append(read, *after), append(edges, reconcile.EdgeList{GroupID: g.ID, Steps: steps})
			}
		}
		if err := reconcile.ApplyNotedLists(tx, read); err != nil {
			return err
		}
		return reconcile.ApplyLists(tx, edges, w.origin())
	})
}

// objectIDsByKind names each member once, in the order of their ids.
func objectIDsByKind(members []member) (users, groups []string) {
	slices.SortFunc(members, compareMembers)
	for _, m := range slices.Compact(members) {
		if m.kind == groupKind {
			groups = append(groups, m.id.String())
		} else {
			users = append(users, m.id.String())
		}
	}
	return users, groups
}

// ends is what a batch of groups needs to know of members, and the edges as stored.
type ends struct {
	byObjectID map[string]models.End
	byID       map[string]models.End
	edges      map[string][]models.Membership // by group id
}

func knownEnds(tx desk, holders []models.Group, users, groups []string) (ends, error) {
	known := ends{byID: make(map[string]models.End), edges: make(map[string][]models.Membership)}
	var err error
	if known.byObjectID, err = tx.EndsByObjectID(users, groups); err != nil {
		return known, err
	}
	for _, end := range known.byObjectID {
		known.byID[end.ID] = end
	}
	groupIDs := make([]string, len(holders))
	for i, g := range holders {
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
// pull can know, whether the list names it or not. It answers what must change; nil if
// nothing must.
func (w *round) decideList(tx desk, g models.Group, members []member, known ends) (*models.Group, []reconcile.EdgeStep, error) {
	if g.PullSays != models.Exists {
		return nil, nil, nil
	}
	before := g.PullMembersHash
	id, err := parseObjectID(string(g.EntraObjectID))
	if err != nil {
		return nil, nil, err
	}
	look := models.Look{At: w.spool.groups[id].at}
	g.PullMembersAt = look.At
	steps, complete := w.hearList(g, members, look, known)
	if present := presentIn(known.edges[g.ID]); reconcile.ReadsEmpty(len(members), present) {
		w.emptiedGroups = append(w.emptiedGroups, g.DisplayName)
	}
	for i, s := range steps {
		steps[i] = reconcile.PlanEdge(s.Before, s.After, reconcile.EndsOf(g.End(), known.byID[s.After.MemberID]), w.rules())
	}
	steps = slices.DeleteFunc(steps, func(s reconcile.EdgeStep) bool { return !s.Changed() })
	if err := w.noteDrift(tx, driftOfList(g, steps, known)); err != nil {
		return nil, nil, err
	}
	g.PullMembersHash = 0
	if complete && w.run.Full {
		g.PullMembersHash = fingerprint(members, w.exists)
	}
	if len(steps) == 0 && g.PullMembersHash == before {
		return nil, nil, nil // nothing new: the completed round is the look
	}
	if added, ended := w.countEdges(steps); added+ended > 0 {
		g.Version++
		g.UpdatedAt = w.at
	}
	return &g, steps, nil
}

// hearList records the pull's words on a group's edges. complete is false if the bridge
// does not know somebody whom the round has seen (yet), or if a look that is later than
// the round's has said otherwise of a member or an edge: then the list is decided again in
// the next round, even if it reads the same.
func (w *round) hearList(g models.Group, members []member, look models.Look, known ends) (steps []reconcile.EdgeStep, complete bool) {
	complete = true
	listed := make(map[string]models.MemberKind, len(members))
	for _, m := range members {
		end, has := known.byObjectID[m.id.String()]
		if !has || end.PullSays != models.Exists {
			complete = complete && !w.exists(m)
			continue
		}
		complete = complete && w.exists(m)
		listed[end.ID] = end.Kind
	}
	for _, edge := range known.edges[g.ID] {
		step := reconcile.EdgeStep{Before: &edge, After: edge}
		member := known.byID[edge.MemberID]
		_, in := listed[edge.MemberID]
		delete(listed, edge.MemberID)
		switch {
		case in:
			step.After = reconcile.HearPullEdge(edge, models.In, look)
			complete = complete && step.After.PullSays == models.In
		case edge.PullSays == models.In && member.PullSays == models.Exists:
			step.After = reconcile.HearPullEdge(edge, models.Out, look)
			complete = complete && step.After.PullSays == models.Out
		}
		steps = append(steps, step)
	}
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		edge := models.Membership{DirectoryID: g.DirectoryID, GroupID: g.ID, MemberID: id, MemberKind: listed[id]}
		steps = append(steps, reconcile.EdgeStep{After: reconcile.HearPullEdge(edge, models.In, look)})
	}
	return steps, complete
}

func presentIn(edges []models.Membership) int {
	n := 0
	for _, e := range edges {
		if e.Present {
			n++
		}
	}
	return n
}
