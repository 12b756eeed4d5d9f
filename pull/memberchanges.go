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
func (c *changes) note(groups []models.SourceGroup, look models.Look) {
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
				of[m.ObjectID] = memberChange{models.Out, look}
			default:
				of[m.ObjectID] = memberChange{models.In, look}
			}
		}
	}
}

// applyMemberChanges hears what the round told of single edges.
func (w *round) applyMemberChanges(ctx context.Context) error {
	for _, groupID := range w.changes.groups {
		delete(w.changes.members, groupID) // it has been read whole since
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(w.changes.members)), groupsPerBatch) {
		if err := w.inTx(ctx, func(tx desk) error { return w.applyChangesOf(tx, chunk) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *round) applyChangesOf(tx desk, groupIDs []string) error {
	groups, err := tx.PulledGroupCandidates(groupIDs, nil)
	if err != nil {
		return err
	}
	for _, g := range groups {
		changes := w.changes.members[string(g.EntraObjectID)]
		if g.PullSays != models.Exists || len(changes) == 0 {
			continue
		}
		steps, err := changedEdges(tx, g, changes)
		if err != nil {
			return err
		}
		if err := w.settleChangedEdges(tx, g, steps); err != nil {
			return err
		}
	}
	return nil
}

// changedEdges hears the changes of one group. Members whom the bridge does not know are
// passed over: they are read whole when they appear. An edge to one who is gone is kept as
// a word; it shows when they come back, and their groups have been read again.
func changedEdges(tx desk, g models.Group, changes map[string]memberChange) ([]reconcile.EdgeStep, error) {
	ends, err := tx.EndsByObjectID(slices.Sorted(maps.Keys(changes)))
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(ends))
	for _, end := range ends {
		ids = append(ids, end.ID)
	}
	slices.Sort(ids)
	stored, err := tx.EdgesOfGroup(g.ID, ids)
	if err != nil {
		return nil, err
	}
	byMember := make(map[string]models.Membership, len(stored))
	for _, edge := range stored {
		byMember[edge.MemberID] = edge
	}
	var steps []reconcile.EdgeStep
	for _, objectID := range slices.Sorted(maps.Keys(changes)) {
		end, known := ends[objectID]
		if !known {
			continue
		}
		step := reconcile.EdgeStep{After: models.Membership{
			DirectoryID: g.DirectoryID, GroupID: g.ID, MemberID: end.ID, MemberKind: end.Kind,
		}}
		if edge, has := byMember[end.ID]; has {
			step = reconcile.EdgeStep{Before: &edge, After: edge}
		}
		step.After = reconcile.HearPullEdge(step.After, changes[objectID].says, changes[objectID].look)
		steps = append(steps, step)
	}
	return steps, nil
}

// settleChangedEdges merges and writes edges of one group of which single looks told. The
// fingerprint of its list is not known any more.
func (w *round) settleChangedEdges(tx desk, g models.Group, steps []reconcile.EdgeStep) error {
	settled, err := reconcile.SettleEdges(tx, steps, w.rules(), w.origin())
	if err != nil || len(settled) == 0 {
		return err
	}
	if err := w.noteDrift(tx, outweighed(settled)); err != nil {
		return err
	}
	before := g
	g.PullMembersHash = 0
	if added, ended := w.countEdges(settled); added+ended > 0 {
		g.Version++
		g.UpdatedAt = w.at
	}
	if g.Version == before.Version && g.PullMembersHash == before.PullMembersHash {
		return nil
	}
	return reconcile.ApplyGroups(tx, []reconcile.GroupStep{{Before: &before, After: g}}, w.origin())
}
