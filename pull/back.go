package pull

import (
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// isBack tells whether the pull finds a record existing that it had last found otherwise.
func isBack(before, after *models.Standing) bool {
	return before.PullSays != models.Unheard && before.PullSays != models.Exists && after.PullSays == models.Exists
}

// forgetLists has a full round decide the lists anew that had whoever is back. They may
// have left such a group while they were away: then its list reads as it did without them,
// and would be passed over.
func (w *round) forgetLists(tx desk, back []string) error {
	if !w.run.Full || len(back) == 0 {
		return nil // an incremental round reads whoever is back with all their groups
	}
	edges, err := tx.EdgesOfRecords(back)
	if err != nil {
		return err
	}
	var groupIDs []string
	for _, e := range edges {
		if e.PullSays == models.In && slices.Contains(back, e.MemberID) {
			groupIDs = append(groupIDs, e.GroupID)
		}
	}
	groups, err := tx.GroupsForUpdate(distinct(groupIDs))
	if err != nil {
		return err
	}
	var steps []reconcile.GroupStep
	for i, g := range groups {
		if g.PullMembersHash != 0 {
			g.PullMembersHash = 0
			steps = append(steps, reconcile.GroupStep{Before: &groups[i], After: g})
		}
	}
	return reconcile.ApplyGroups(tx, steps, w.origin())
}
