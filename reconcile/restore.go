package reconcile

import (
	"fmt"

	"scimbridge/models"
)

// RestoreEdgesOf brings back, by words of an admin said at a time, the edges that a record
// had when it was removed: those that would be there had nobody said that it is gone. The
// record has been brought back already.
func RestoreEdgesOf(tx EdgeTx, id string, at models.Instant, r Rules, from Origin) ([]EdgeStep, error) {
	edges, err := edgesOf(tx, id)
	if err != nil {
		return nil, err
	}
	steps := make([]EdgeStep, len(edges))
	for i := range edges {
		steps[i] = EdgeStep{Before: &edges[i], After: edges[i]}
	}
	ends, err := endsOf(tx, steps)
	if err != nil {
		return nil, err
	}
	for i, edge := range edges {
		whole := EndsOf(unremoved(ends[edge.GroupID], id), unremoved(ends[edge.MemberID], id))
		if EdgeOverruled(edge, whole) == models.Unsaid && MergeEdge(edge, whole, r).Present {
			steps[i].After = OverruleEdge(edge, models.In, at)
		}
	}
	return SettleEdges(tx, steps, r, from)
}

// unremoved is an end as if it had never been gone: the record that comes back, or another
// that lives although push has deleted it.
func unremoved(end models.End, id string) models.End {
	if end.ID == id || end.Living && end.PushSays == models.Gone {
		end.PushGoneAt, end.PullGoneAt = 0, 0
	}
	return end
}

// WithdrawEdgesOf withdraws the words that brought a record's edges back with it.
func WithdrawEdgesOf(tx EdgeTx, id string, at models.Instant, r Rules, from Origin) ([]EdgeStep, error) {
	edges, err := edgesOf(tx, id)
	if err != nil {
		return nil, err
	}
	steps := make([]EdgeStep, len(edges))
	for i := range edges {
		steps[i] = EdgeStep{Before: &edges[i], After: edges[i]}
		if at != 0 && edges[i].AdminSays == models.In && edges[i].AdminAt == at {
			steps[i].After = OverruleEdge(edges[i], models.Unsaid, at)
		}
	}
	return SettleEdges(tx, steps, r, from)
}

// edgesOf reads all edges of a record, upward and downward.
func edgesOf(tx EdgeTx, id string) ([]models.Membership, error) {
	above, err := tx.EdgesOfMember(id)
	if err != nil {
		return nil, fmt.Errorf("read the groups of %s: %w", id, err)
	}
	below, err := tx.EdgesOfGroup(id, nil)
	if err != nil {
		return nil, fmt.Errorf("read the members of %s: %w", id, err)
	}
	for _, edge := range below {
		if edge.MemberID != id { // it stands in both
			above = append(above, edge)
		}
	}
	return above, nil
}

// What a storm took is brought back by words of an admin, unless a path has said something
// since that makes it right: push has spoken of it again, or the pull has found it so.

// Taken is what a storm took of a user.
type Taken struct{ Removed, Deactivated bool }

// RestoreUser brings back somebody whom push has removed or deactivated. Nobody is let in
// whom the pull's last look found disabled or deleted.
func RestoreUser(u *models.User, taken Taken, at models.Instant) {
	if deletedInEntra(*u) || u.AdminSays == models.Gone {
		return
	}
	if taken.Removed && !u.Living && u.PushSays == models.Gone {
		Overrule(&u.Standing, models.Exists, at)
	}
	_, overruled := activeByAdmin(&u.Standing)
	if taken.Deactivated && !overruled && u.PushActive != nil && !*u.PushActive {
		active := true
		_ = OverruleActive(u, &active, at) // refused where the pull says otherwise
	}
}

// RestoreGroup brings back a group that push has removed.
func RestoreGroup(g *models.Group, at models.Instant) {
	if !g.Living && g.PushSays == models.Gone && g.PullSays != models.Gone && g.AdminSays == models.Unheard {
		Overrule(&g.Standing, models.Exists, at)
	}
}

// RestoreEdge brings back an edge that push ended at a time.
func RestoreEdge(m models.Membership, ends Ends, endedAt, at models.Instant, r Rules) models.Membership {
	pull := pullVerdict(m, ends, r)
	foundEnded := pull.said && !pull.in && pull.at > endedAt
	if m.Present || foundEnded || !ends.Group.Living || !ends.Member.Living || EdgeOverruled(m, ends) != models.Unsaid {
		return m
	}
	return OverruleEdge(m, models.In, at)
}
