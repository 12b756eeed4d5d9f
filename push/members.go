package push

import (
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/scim"
	"scimbridge/store"
)

// memberWords is what a request says of a group's members in the end: its operations
// run in order, each on the result of the one before (RFC 7644 section 3.5.2).
type memberWords struct {
	says map[string]models.Said // by member id
	// complete is set where the request gives the whole list: then it is a look at
	// every edge that push can know.
	complete bool
}

func (w *memberWords) apply(change scim.MemberChange) {
	switch change.Op {
	case scim.ReplaceMembers, scim.RemoveAllMembers:
		w.complete = true
		w.says = nil
	}
	if w.says == nil {
		w.says = make(map[string]models.Said, len(change.Members))
	}
	says := models.In
	if change.Op == scim.RemoveMembers {
		says = models.Out
	}
	for _, m := range change.Members {
		if id, possible := models.ObjectID(m.Value); possible { // else it names nobody
			w.says[id] = says
		}
	}
}

// planMembers plans the edges that a request speaks of: its cost is that of the members
// named, whatever the size of the group, unless the request gives the whole list. Ids
// that name nobody are passed over: Entra may name a user who was deleted meanwhile,
// and one unknown id must not fail the others (fact sheet, section 11).
func (b *backend) planMembers(tx *store.Tx, group models.Group, before *models.Group, words memberWords, at models.Instant) ([]reconcile.EdgeStep, error) {
	if !words.complete && len(words.says) == 0 {
		return nil, nil
	}
	named := slices.Sorted(maps.Keys(words.says))
	read := named
	if words.complete {
		read = nil
	}
	edges, err := tx.EdgesOfGroup(group.ID, read)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]models.Membership, len(edges))
	ids := named
	for _, e := range edges {
		stored[e.MemberID] = e
		if _, spoken := words.says[e.MemberID]; !spoken {
			ids = append(ids, e.MemberID)
		}
	}
	ends, err := tx.Ends(ids)
	if err != nil {
		return nil, err
	}
	steps := make([]reconcile.EdgeStep, 0, len(ids))
	for _, id := range ids {
		if end, known := ends[id]; known && (canJoin(end) || words.says[id] != models.In) {
			step := b.hearMember(group, end, stored, words.says[id], at)
			if words.complete && words.says[id] == models.Unsaid && before != nil {
				step.After = reconcile.HearPushList(step.After, reconcile.EndsOf(before.End(), end), reconcile.EndsOf(group.End(), end))
			}
			steps = append(steps, b.planMember(group, end, step, words.says[id]))
		}
	}
	return steps, nil
}

// canJoin tells whether a record may be put into a group: one that answers show. That
// is a soft-deleted user too, whose edges are hidden until they are restored.
func canJoin(member models.End) bool {
	return member.Living || member.PullSays == models.SoftDeleted && member.PushSays != models.Gone
}

// hearMember records what is said of one edge. It is said after the member's last DELETE,
// which was a look at all its edges.
func (b *backend) hearMember(group models.Group, member models.End, stored map[string]models.Membership, says models.Said, at models.Instant) reconcile.EdgeStep {
	var step reconcile.EdgeStep
	if edge, known := stored[member.ID]; known {
		step.Before, step.After = &edge, edge
	} else {
		step.After = models.Membership{
			DirectoryID: group.DirectoryID, GroupID: group.ID,
			MemberID: member.ID, MemberKind: member.Kind,
		}
	}
	if says != models.Unsaid {
		step.After = reconcile.HearPushEdge(step.After, says, max(at, member.PushGoneAt))
	}
	return step
}

// planMember merges one edge.
func (b *backend) planMember(group models.Group, member models.End, step reconcile.EdgeStep, says models.Said) reconcile.EdgeStep {
	rules := b.rules
	if says != models.Unsaid || member.PushSays.Vouches() {
		rules.Guard = reconcile.ApplyLosses // push speaks of this edge: what it says never waits
	}
	return reconcile.PlanEdge(step.Before, step.After, reconcile.EndsOf(group.End(), member), rules)
}
