package pull

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// appearedPerBatch is how many people are read whole at a time.
const appearedPerBatch = 100

// readAppeared reads whole, by id, whom the round has found existing while the pull's
// last word was not "exists": a user with the direct groups, a group with the members. A
// delta tells of a newcomer's or a returning one's attributes, not of all their edges.
func (w *round) readAppeared(ctx context.Context) error {
	reads, can := w.source.(Presence)
	if !can {
		return nil
	}
	for chunk := range slices.Chunk(distinct(w.changes.users), appearedPerBatch) {
		readings, err := reads.ReadUsers(ctx, chunk)
		if err != nil {
			return fmt.Errorf("read users who have appeared: %w", err)
		}
		if err := w.inTx(ctx, func(tx desk) error { return w.hearAppearedUsers(tx, readings) }); err != nil {
			return err
		}
	}
	return w.readAppearedGroups(ctx, reads)
}

func distinct(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (w *round) hearAppearedUsers(tx desk, readings []UserReading) error {
	for _, r := range readings {
		if err := w.settleUsers(tx, w.asTaken([]models.SourceUser{r.User}), w.look(r.SentAt, true)); err != nil {
			return err
		}
		if r.User.Existence != models.Exists || r.GroupsAt.IsZero() {
			continue
		}
		if err := w.hearDirectGroups(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// hearDirectGroups hears all direct groups of one user, as asked by id.
func (w *round) hearDirectGroups(tx desk, r UserReading) error {
	known, err := tx.EndsByObjectID(append(slices.Clone(r.Groups), r.User.ObjectID))
	if err != nil {
		return err
	}
	member, is := known[r.User.ObjectID]
	if !is {
		return nil // waits for a name
	}
	look := w.look(r.GroupsAt, true)
	in := make(map[string]bool, len(r.Groups))
	for _, objectID := range r.Groups {
		if group, is := known[objectID]; is && group.Kind == models.GroupMember {
			in[group.ID] = true
		}
	}
	stored, err := tx.EdgesOfMember(member.ID)
	if err != nil {
		return err
	}
	var steps []reconcile.EdgeStep
	for _, edge := range stored {
		says := models.Out
		if in[edge.GroupID] {
			says = models.In
		} else if edge.PullSays != models.In {
			continue
		}
		delete(in, edge.GroupID)
		steps = append(steps, reconcile.EdgeStep{Before: &edge, After: reconcile.HearPullEdge(edge, says, look)})
	}
	for _, groupID := range slices.Sorted(maps.Keys(in)) {
		edge := models.Membership{DirectoryID: w.directory.ID, GroupID: groupID, MemberID: member.ID, MemberKind: member.Kind}
		steps = append(steps, reconcile.EdgeStep{After: reconcile.HearPullEdge(edge, models.In, look)})
	}
	return w.settleEdgesOfMany(tx, steps)
}

// settleEdgesOfMany settles edges of several groups, group by group.
func (w *round) settleEdgesOfMany(tx desk, steps []reconcile.EdgeStep) error {
	byGroup := make(map[string][]reconcile.EdgeStep)
	for _, s := range steps {
		byGroup[s.After.GroupID] = append(byGroup[s.After.GroupID], s)
	}
	groups, err := tx.GroupsForUpdate(slices.Sorted(maps.Keys(byGroup)))
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := w.settleChangedEdges(tx, g, byGroup[g.ID]); err != nil {
			return err
		}
	}
	return nil
}

// readAppearedGroups reads groups whole, first their attributes and then their lists, so
// that a group inside another that has appeared too is known.
func (w *round) readAppearedGroups(ctx context.Context, reads Presence) error {
	var lists []objectID
	if err := w.addParents(ctx); err != nil {
		return err
	}
	for _, id := range distinct(w.changes.groups) {
		reading, err := reads.ReadGroup(ctx, id)
		if err != nil {
			return fmt.Errorf("read a group that has appeared: %w", err)
		}
		look := w.look(reading.SentAt, true)
		own := reading.Group
		own.Members = nil
		if err := w.inTx(ctx, func(tx desk) error {
			return w.settleGroups(tx, []groupReading{{own, look}})
		}); err != nil {
			return err
		}
		if !reading.Complete {
			continue
		}
		parsed, err := parseObjectID(id)
		if err != nil {
			return err
		}
		if err := w.spool.add(parsed, reading.Group.Members, look.At); err != nil {
			return err
		}
		lists = append(lists, parsed)
	}
	for chunk := range slices.Chunk(lists, groupsPerBatch) {
		if err := w.decideLists(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// addParents adds the groups that a group which has come back was in: that it was gone was
// a look at those edges too, and they are told nowhere else.
func (w *round) addParents(ctx context.Context) error {
	var parents []string
	err := w.inTx(ctx, func(tx desk) error {
		parents = parents[:0]
		known, err := tx.EndsByObjectID(distinct(w.changes.groups))
		if err != nil {
			return err
		}
		var ids []string
		for _, end := range known {
			edges, err := tx.EdgesOfMember(end.ID)
			if err != nil {
				return err
			}
			for _, edge := range edges {
				ids = append(ids, edge.GroupID)
			}
		}
		ends, err := tx.Ends(distinct(ids))
		for _, end := range ends {
			if end.PullSays == models.Exists {
				parents = append(parents, string(end.ObjectID))
			}
		}
		return err
	})
	w.changes.groups = append(w.changes.groups, parents...)
	return err
}
