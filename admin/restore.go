package admin

import (
	"context"
	"errors"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

func (a *api) RestoreStorm(ctx context.Context, r RestoreStormRequestObject) (RestoreStormResponseObject, error) {
	storm, err := a.Store.Storm(ctx, r.Directory, r.Storm)
	if err != nil {
		return nil, err
	}
	covers := func(LossKind) bool { return true }
	if r.Body != nil && r.Body.Only != nil {
		covers = func(kind LossKind) bool { return slices.Contains(*r.Body.Only, kind) }
	}
	w := restoring{api: a, storm: storm, left: make(map[string]bool)}
	if err := w.begin(ctx, r.Body); err != nil {
		return nil, err
	}
	// Groups and users before the memberships between them.
	for _, step := range []struct {
		kind    LossKind
		restore func(context.Context) error
	}{
		{LossKindGroups, func(ctx context.Context) error { return w.each(ctx, "group", 50, w.restoreGroups) }},
		{LossKindUsers, func(ctx context.Context) error { return w.each(ctx, "user", 100, w.restoreUsers) }},
		{LossKindMemberships, func(ctx context.Context) error { return w.each(ctx, "memberships", 10, w.restoreMemberships) }},
	} {
		if !covers(step.kind) {
			continue
		}
		if err := step.restore(ctx); err != nil {
			return nil, err
		}
	}
	storm, err = w.done(ctx)
	return RestoreStorm200JSONResponse{Storm: showStorm(storm), Restored: w.restored, Left: w.stillLost()}, err
}

// restoring brings back what a storm took, page by page. Each page is a transaction; one
// that is cut short is repeated from the start, and finds done what is done.
type restoring struct {
	*api
	storm    models.Storm
	restored LossCounts
	left     map[string]bool // users and groups that stay lost: kind and id
	leftIn   int             // memberships that do
}

// begin tells the audit trail who restores what, before anything is brought back: a
// restoring that is cut short tells of no end.
func (w *restoring) begin(ctx context.Context, asked *StormRestore) error {
	return w.rule(ctx, w.storm.DirectoryID, func(rule ruling) error {
		what := act{directory: w.storm.DirectoryID, target: w.storm.ID}
		if asked != nil {
			what.after = asked
		}
		return w.toldRuling(ctx, rule, "storm.restoring", what)
	})
}

// each reads the storm's losses of one kind, so many at a time.
func (w *restoring) each(ctx context.Context, kind string, limit int, restore func(ruling, []models.Change) error) error {
	query := store.StormQuery{Kind: kind, Limit: limit}
	for {
		items, err := w.Store.StormItems(ctx, w.storm, query)
		if err != nil || len(items) == 0 {
			return err
		}
		before := *w
		if err := w.rule(ctx, w.storm.DirectoryID, func(rule ruling) error {
			w.restored, w.leftIn = before.restored, before.leftIn // a transaction may be tried again
			return restore(rule, items)
		}); err != nil {
			return err
		}
		last := items[len(items)-1]
		query.AfterAt, query.AfterSeq = last.At, last.Seq
	}
}

func (w *restoring) restoreUsers(rule ruling, items []models.Change) error {
	taken := make(map[string]reconcile.Taken)
	for _, item := range items {
		of := taken[item.RecordID]
		of.Removed = of.Removed || item.Action == models.Removed
		of.Deactivated = of.Deactivated || item.Action == models.Deactivated
		taken[item.RecordID] = of
	}
	users, err := rule.users(keysOf(taken))
	if err != nil {
		return err
	}
	again, err := w.takenAgain(rule, items)
	if err != nil {
		return err
	}
	for _, id := range keysOf(taken) {
		before, known := users[id]
		if !known {
			continue // erased
		}
		var nameTaken *models.ConflictError
		after, err := rule.user(before, func(u *models.User) error {
			if !again[loss{record: id}] {
				reconcile.RestoreUser(u, taken[id], rule.from.At)
			}
			return nil
		})
		if err != nil && !errors.As(err, &nameTaken) {
			return err
		}
		if after.Living && (!before.Living || after.Active && !before.Active) {
			w.restored.Users++
		}
		w.note("user", id, !after.Living || taken[id].Deactivated && !after.Active)
	}
	return nil
}

func (w *restoring) restoreGroups(rule ruling, items []models.Change) error {
	var ids []string
	for _, item := range items {
		ids = append(ids, item.RecordID)
	}
	groups, err := rule.groups(ids)
	if err != nil {
		return err
	}
	again, err := w.takenAgain(rule, items)
	if err != nil {
		return err
	}
	for _, id := range keysOf(groups) {
		before := groups[id]
		after, err := rule.group(before, func(g *models.Group) error {
			if !again[loss{record: id}] {
				reconcile.RestoreGroup(g, rule.from.At)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if after.Living && !before.Living {
			w.restored.Groups++
		}
		w.note("group", id, !after.Living)
	}
	return nil
}

// loss names what push took: a user or a group, or a member of a group.
type loss struct{ record, member string }

// takenAgain tells what of a page push has taken once more, after the storm, or after it was
// restored while it went on: it had given it back, and means it. That is not the storm's to
// restore.
func (w *restoring) takenAgain(rule ruling, items []models.Change) (map[loss]bool, error) {
	records := make(map[string]bool, len(items))
	for _, item := range items {
		records[item.RecordID] = true
	}
	losses, err := rule.tx.LossesSince(keysOf(records), w.storm.BeganAt-1)
	restored, again := make(map[loss]bool), make(map[loss]bool)
	for _, c := range losses {
		for _, l := range lossesOf(c) {
			switch {
			case c.At > w.storm.LastAt, c.At > w.storm.RestoredAt && restored[l]:
				again[l] = true
			case c.At <= w.storm.RestoredAt:
				restored[l] = true
			}
		}
	}
	return again, err
}

func lossesOf(c models.Change) []loss {
	if c.Kind != "memberships" {
		return []loss{{record: c.RecordID}}
	}
	var losses []loss
	for _, member := range endedMembers(c) {
		losses = append(losses, loss{c.RecordID, member})
	}
	return losses
}

func (w *restoring) note(kind, id string, lost bool) {
	delete(w.left, kind+id)
	if lost {
		w.left[kind+id] = true
	}
}

func (w *restoring) restoreMemberships(rule ruling, items []models.Change) error {
	again, err := w.takenAgain(rule, items)
	if err != nil {
		return err
	}
	for _, item := range items {
		groups, err := rule.groups([]string{item.RecordID}) // the lock of its edges
		if err != nil {
			return err
		}
		ids := endedMembers(item)
		ends, err := rule.tx.Ends(append(slices.Clone(ids), item.RecordID))
		if err != nil {
			return err
		}
		edges, err := rule.tx.EdgesOfGroup(item.RecordID, ids)
		if err != nil {
			return err
		}
		steps := make([]reconcile.EdgeStep, len(edges))
		for i, edge := range edges {
			between := reconcile.EndsOf(ends[item.RecordID], ends[edge.MemberID])
			steps[i] = reconcile.EdgeStep{Before: &edges[i], After: edge}
			if !again[loss{item.RecordID, edge.MemberID}] {
				steps[i].After = reconcile.RestoreEdge(edge, between, item.At, rule.from.At, rule.rules)
			}
		}
		settled, err := rule.membership(groups[item.RecordID], steps)
		if err != nil {
			return err
		}
		w.countEdges(edges, settled)
	}
	return nil
}

func (w *restoring) countEdges(edges []models.Membership, settled []reconcile.EdgeStep) {
	for _, step := range settled {
		if step.Added() {
			w.restored.Memberships++
			w.leftIn--
		}
	}
	for _, edge := range edges {
		if !edge.Present {
			w.leftIn++
		}
	}
}

func (w *restoring) stillLost() LossCounts {
	left := LossCounts{Memberships: w.leftIn}
	for key := range w.left {
		if key[:4] == "user" {
			left.Users++
		} else {
			left.Groups++
		}
	}
	return left
}

// done notes the restoring with the storm, in the feed and in the audit trail.
func (w *restoring) done(ctx context.Context) (models.Storm, error) {
	storm := w.storm
	err := w.rule(ctx, storm.DirectoryID, func(rule ruling) error {
		storm.RestoredAt = rule.from.At
		if err := rule.tx.RestoredStorm(storm.ID, storm.RestoredAt); err != nil {
			return err
		}
		if err := w.toldRuling(ctx, rule, "storm.restored", act{directory: storm.DirectoryID, target: storm.ID, after: w.restored}); err != nil {
			return err
		}
		if w.restored == (LossCounts{}) {
			return nil
		}
		return rule.tx.AppendChanges([]models.Change{{
			DirectoryID: storm.DirectoryID, At: rule.from.At, Kind: "storm", RecordID: storm.ID,
			Action: models.Restored, By: models.Admin, Origin: rule.from.ID,
			Detail: models.Attributes{"users": w.restored.Users, "groups": w.restored.Groups, "memberships": w.restored.Memberships},
		}})
	})
	return storm, err
}
