package pull

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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
		if err := w.hearGroupsAbove(tx, r.User.ObjectID, r.Groups, r.GroupsAt); err != nil {
			return err
		}
	}
	return nil
}

// hearGroupsAbove hears all groups that one user or group is directly in, as asked by id.
func (w *round) hearGroupsAbove(tx desk, memberID string, groups []string, sentAt time.Time) error {
	known, err := tx.EndsByObjectID([]string{memberID}, append(slices.Clone(groups), memberID))
	if err != nil {
		return err
	}
	member, is := known[memberID]
	if !is {
		return nil // waits for a name
	}
	look := w.look(sentAt, true)
	in := make(map[string]bool, len(groups))
	for _, objectID := range groups {
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

// settleEdgesOfMany settles edges of several groups.
func (w *round) settleEdgesOfMany(tx desk, steps []reconcile.EdgeStep) error {
	var ids []string
	for _, s := range steps {
		ids = append(ids, s.After.GroupID)
	}
	groups, err := tx.GroupsForUpdate(distinct(ids))
	if err != nil {
		return err
	}
	settled, err := reconcile.SettleEdges(tx, steps, w.rules(), w.origin())
	if err != nil {
		return err
	}
	return w.noteChangedEdges(tx, groups, settled)
}

// readAppearedGroups reads groups whole, first the attributes of all and then their lists
// and the groups that they are in: one may be inside another that has appeared too. Those
// above must be asked for: a parent's members are not told anew when a group comes back.
func (w *round) readAppearedGroups(ctx context.Context, reads Presence) error {
	var lists []objectID
	var children []GroupReading
	for chunk := range slices.Chunk(distinct(w.changes.groups), groupsPerRead) {
		readings, err := reads.ReadGroups(ctx, chunk)
		if err != nil {
			return fmt.Errorf("read groups that have appeared: %w", err)
		}
		if err := w.inTx(ctx, func(tx desk) error { return w.hearAppearedGroups(tx, readings) }); err != nil {
			return err
		}
		for _, r := range readings {
			if !r.ParentsAt.IsZero() && len(r.Parents) > 0 {
				children = append(children, GroupReading{Group: models.SourceGroup{ObjectID: r.Group.ObjectID}, Parents: r.Parents, ParentsAt: r.ParentsAt})
			}
			if !r.Complete {
				continue
			}
			id, err := parseObjectID(r.Group.ObjectID)
			if err != nil {
				return err
			}
			if err := w.spool.add(id, r.Group.Members, w.look(r.SentAt, true).At); err != nil {
				return err
			}
			lists = append(lists, id)
		}
	}
	for chunk := range slices.Chunk(lists, groupsPerBatch) {
		if err := w.decideAll(ctx, chunk); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(children, groupsPerBatch) {
		if err := w.inTx(ctx, func(tx desk) error { return w.hearParents(tx, chunk) }); err != nil {
			return err
		}
	}
	return nil
}

// groupsPerRead is how many groups are read whole at a time, with their members.
const groupsPerRead = 20

func (w *round) hearAppearedGroups(tx desk, readings []GroupReading) error {
	said := make([]groupReading, len(readings))
	for i, r := range readings {
		own := r.Group
		own.Members = nil
		said[i] = groupReading{own, w.look(r.SentAt, true)}
	}
	return w.settleGroups(tx, said)
}

func (w *round) hearParents(tx desk, children []GroupReading) error {
	for _, r := range children {
		if err := w.hearGroupsAbove(tx, r.Group.ObjectID, r.Parents, r.ParentsAt); err != nil {
			return err
		}
	}
	return nil
}
