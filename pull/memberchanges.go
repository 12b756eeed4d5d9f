package pull

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// changes is what an incremental round has told and is decided at its end.
type changes struct {
	// users and groups have appeared: they are read whole.
	users, groups []string
	// members are changes of groups that the pull knew before, by group and member.
	members map[string]map[string]memberChange
}

// memberChange is the last that a round told of one edge.
type memberChange struct {
	says models.Said
	look models.Look
}

// note remembers changes of members. What is told twice counts as told last.
func (c *changes) note(groups []groupReading) {
	for _, g := range groups {
		if g.Existence != models.Exists || len(g.Members) == 0 {
			continue
		}
		if c.members == nil {
			c.members = make(map[string]map[string]memberChange)
		}
		of := c.members[g.ObjectID]
		if of == nil {
			of = make(map[string]memberChange)
			c.members[g.ObjectID] = of
		}
		for _, m := range g.Members {
			switch {
			case m.Kind == models.OtherMember && !m.Removed:
			case m.Removed:
				of[m.ObjectID] = memberChange{models.Out, g.look}
			default:
				of[m.ObjectID] = memberChange{models.In, g.look}
			}
		}
	}
}

// changedGroupsPerBatch bounds a transaction: most groups have a change or two.
const changedGroupsPerBatch = 1000

// applyMemberChanges hears what the round told of single edges.
func (w *round) applyMemberChanges(ctx context.Context) error {
	for _, groupID := range w.changes.groups {
		delete(w.changes.members, groupID) // it has been read whole since
	}
	ids := slices.Sorted(maps.Keys(w.changes.members))
	for len(ids) > 0 {
		n := fitting(ids[:min(len(ids), changedGroupsPerBatch)], func(id string) int { return len(w.changes.members[id]) })
		if err := w.inTx(ctx, func(tx desk) error { return w.applyChangesOf(tx, ids[:n]) }); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (w *round) applyChangesOf(tx desk, groupIDs []string) error {
	groups, err := tx.PulledGroupCandidates(groupIDs, nil)
	if err != nil {
		return err
	}
	groups = slices.DeleteFunc(groups, func(g models.Group) bool { return g.PullSays != models.Exists })
	steps, ends, err := w.changedEdges(tx, groups)
	if err != nil {
		return err
	}
	settled, err := reconcile.SettleEdgesBetween(tx, steps, ends, w.rules(), w.origin())
	if err != nil {
		return err
	}
	return w.noteChangedEdges(tx, groups, settled)
}

// changedEdges hears the changes of some groups. Members whom the bridge does not know are
// passed over: they are read whole when they appear. An edge to one who is gone is kept as
// a word; it shows when they come back, and their groups have been read again. It answers
// the ends too, by their ids.
func (w *round) changedEdges(tx desk, groups []models.Group) ([]reconcile.EdgeStep, map[string]models.End, error) {
	members := make(map[string]bool)
	for _, g := range groups {
		for objectID := range w.changes.members[string(g.EntraObjectID)] {
			members[objectID] = true
		}
	}
	objectIDs := slices.Sorted(maps.Keys(members))
	known, err := tx.EndsByObjectID(objectIDs, objectIDs) // of who has left, Graph does not tell the kind
	if err != nil {
		return nil, nil, err
	}
	ends := make(map[string]models.End, len(known)+len(groups))
	var edges []models.Membership
	var heard []memberChange
	for _, g := range groups {
		ends[g.ID] = g.End()
		changes := w.changes.members[string(g.EntraObjectID)]
		for _, objectID := range slices.Sorted(maps.Keys(changes)) {
			if end, is := known[objectID]; is {
				ends[end.ID] = end
				edges = append(edges, models.Membership{DirectoryID: g.DirectoryID, GroupID: g.ID, MemberID: end.ID, MemberKind: end.Kind})
				heard = append(heard, changes[objectID])
			}
		}
	}
	stored, err := storedEdges(tx, edges)
	if err != nil {
		return nil, nil, err
	}
	steps := make([]reconcile.EdgeStep, len(edges))
	for i, edge := range edges {
		if before, has := stored[keyOf(edge)]; has {
			steps[i].Before, edge = &before, before
		}
		steps[i].After = reconcile.HearPullEdge(edge, heard[i].says, heard[i].look)
	}
	return steps, ends, nil
}

// storedEdges reads edges as they are stored, present or not.
func storedEdges(tx desk, edges []models.Membership) (map[edgeKey]models.Membership, error) {
	stored, err := tx.EdgesBetween(edges)
	byKey := make(map[edgeKey]models.Membership, len(stored))
	for _, edge := range stored {
		byKey[keyOf(edge)] = edge
	}
	return byKey, err
}

// noteChangedEdges notes edges of which single looks told and that have been written, of
// some groups. The fingerprints of their lists are not known any more.
func (w *round) noteChangedEdges(tx desk, groups []models.Group, settled []reconcile.EdgeStep) error {
	if len(settled) == 0 {
		return nil
	}
	if err := w.noteDrift(tx, outweighed(settled)); err != nil {
		return err
	}
	byGroup := make(map[string][]reconcile.EdgeStep)
	for _, s := range settled {
		byGroup[s.After.GroupID] = append(byGroup[s.After.GroupID], s)
	}
	var touched []models.Group
	for _, before := range groups {
		after := w.withoutPrint(before, byGroup[before.ID])
		if after.Version != before.Version || after.PullMembersHash != before.PullMembersHash {
			touched = append(touched, after)
		}
	}
	return reconcile.ApplyNotedLists(tx, touched)
}

// withoutPrint is a group after changes of its edges.
func (w *round) withoutPrint(g models.Group, settled []reconcile.EdgeStep) models.Group {
	if len(settled) == 0 {
		return g
	}
	g.PullMembersHash = 0
	if added, ended := w.countEdges(settled); added+ended > 0 {
		g.Version++
		g.UpdatedAt = w.at
	}
	return g
}
