package pull

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// ending is a run that ends a path: it withdraws what the path vouches for. It goes
// through the directory twice: first on paper, so that the guard can weigh what would be
// lost, then, if nothing speaks against it or an admin has approved, for good. Until then
// all words stand as they are, and pushes and pulls go on.
type ending struct {
	*round
	path models.Path
	// desk makes of a transaction what the pass writes on.
	desk func(desk) desk
	// planning is set during the pass that counts and lists.
	planning bool
	// values counts the users who would lose a value, by its path.
	values map[string]int
}

// endPath performs a run that ends a path, or what was decided about it.
func (r *Runner) endPath(ctx context.Context, run models.SyncRun, path models.Path) (models.SyncRun, error) {
	e := &ending{
		round: &round{Runner: r, run: run, emptiness: newEmptiness(), isComplete: true},
		path:  path, desk: func(d desk) desk { return d }, values: make(map[string]int),
	}
	err := e.perform(ctx)
	return e.run, err
}

func (e *ending) perform(ctx context.Context) error {
	var err error
	if e.directory, err = e.Store.Directory(ctx, e.run.DirectoryID); err != nil {
		return err
	}
	if e.state, err = e.Store.PullState(ctx, e.run.DirectoryID); err != nil {
		return err
	}
	if e.at, err = e.Store.Now(ctx); err != nil {
		return err
	}
	if err := e.refuseInUse(ctx); err != nil {
		return err
	}
	if e.run.Decision == nil {
		if err := e.plan(ctx); err != nil {
			return err
		}
	}
	if decision := e.run.Decision; decision != nil && decision.Approve {
		if err := e.withdraw(ctx); err != nil {
			return err
		}
	}
	return e.ended(ctx)
}

// refuseInUse: who sets Graph up again, or switches push on, calls the end of that path
// off.
func (e *ending) refuseInUse(ctx context.Context) error {
	inUse := e.path == models.Push && !e.directory.Settings.Push.Off
	if e.path == models.Pull {
		_, err := e.Store.GraphSettings(ctx, e.directory.ID)
		if inUse = err == nil; err != nil && !errors.Is(err, models.ErrNotFound) {
			return err
		}
	}
	if !inUse || e.run.DryRun {
		return nil
	}
	return &SourceError{
		Code: "path_in_use", Message: fmt.Sprintf("the %s is in use, so nothing of it is withdrawn", e.path),
		Hint: "remove the Graph settings, or switch push off, before ending the path",
	}
}

// plan goes through the directory on paper: counts and items are those of the end. If
// nothing speaks against it, it is decided. A second attempt plans anew.
func (e *ending) plan(ctx context.Context) error {
	e.run.Counts, e.planning = models.Counts{}, true
	defer func() { e.planning = false }()
	e.desk = func(d desk) desk { return paper{d} }
	if err := e.inTx(ctx, func(d desk) error { return tableOf(d).DropItems(e.run) }); err != nil {
		return err
	}
	if err := e.walkAll(ctx, everyKind); err != nil {
		return err
	}
	lost := models.Losses{Users: e.run.Counts.Users.Removed, Groups: e.run.Counts.Groups.Removed, Memberships: e.run.Counts.Memberships.Removed}
	var total models.Losses
	if err := e.inTx(ctx, func(d desk) error {
		var err error
		total, err = d.Totals()
		return err
	}); err != nil {
		return err
	}
	e.run.Doubts = append(e.lostValues(), reasons(reconcile.Doubts(e.directory.Settings.Guard, lost, total, nil))...)
	if e.run.DryRun || len(e.run.Doubts) > 0 {
		return nil
	}
	// A process that takes over carries this on, and does not plan what is left of it.
	e.run.Decision = &models.Decision{Approve: true}
	return e.inTx(ctx, func(d desk) error { return tableOf(d).NoteDecision(e.run) })
}

func (e *ending) lostValues() []string {
	var texts []string
	for _, path := range slices.Sorted(maps.Keys(e.values)) {
		if n := e.values[path]; n > e.directory.Settings.Guard.Users.Max {
			texts = append(texts, fmt.Sprintf("%d users would lose %s, which only the %s has said", n, path, e.path))
		}
	}
	return texts
}

// withdrawals is how often the directory is gone through: a request that was on its way
// when push was switched off may still have spoken.
const withdrawals = 3

// withdraw does for good what was planned, judged by the words of this moment.
func (e *ending) withdraw(ctx context.Context) error {
	e.desk = func(d desk) desk { return d }
	for range withdrawals {
		if err := e.walkAll(ctx, e.run.Decision.Covers); err != nil {
			return err
		}
		if left, err := e.left(ctx); err != nil || !covered(left, e.run.Decision) {
			return err
		}
	}
	return nil
}

// left counts what the path still vouches for.
func (e *ending) left(ctx context.Context) (models.Losses, error) {
	var left models.Losses
	err := e.inTx(ctx, func(d desk) error {
		var err error
		left, err = tableOf(d).StillSaid(e.path)
		return err
	})
	return left, err
}

// covered tells whether anything is left of the kinds that were decided.
func covered(left models.Losses, d *models.Decision) bool {
	return left.Users > 0 && d.Covers("users") || left.Groups > 0 && d.Covers("groups") || left.Memberships > 0 && d.Covers("memberships")
}

func (e *ending) walkAll(ctx context.Context, covers func(kind string) bool) error {
	end := reconcile.DenyEdge // what is denied by its ends is lost with them
	if covers("memberships") {
		end = reconcile.EndEdge
	}
	if err := e.endEdges(ctx, end); err != nil {
		return fmt.Errorf("withdraw the %s's word on memberships: %w", e.path, err)
	}
	for _, step := range []struct {
		kind string
		walk func(context.Context) error
	}{
		{"users", e.endUsers}, {"groups", e.endGroups},
	} {
		if !covers(step.kind) {
			continue
		}
		if err := step.walk(ctx); err != nil {
			return fmt.Errorf("withdraw the %s's word on %s: %w", e.path, step.kind, err)
		}
	}
	return nil
}

// endOfEdge withdraws a path's word on an edge, or a part of it.
type endOfEdge = func(m models.Membership, path models.Path, ends reconcile.Ends, r reconcile.Rules, at models.Instant) models.Membership

func (e *ending) endEdges(ctx context.Context, end endOfEdge) error {
	var after models.Membership
	for {
		var edges []models.Membership
		if err := e.inTx(ctx, func(d desk) error {
			var err error
			if edges, err = tableOf(d).EdgesSaid(e.path, after, e.edgeBatch()); err != nil || len(edges) == 0 {
				return err
			}
			ends, err := d.Ends(endsOfEdges(edges))
			if err != nil {
				return err
			}
			steps := make([]reconcile.EdgeStep, len(edges))
			for i := range edges {
				between := reconcile.EndsOf(ends[edges[i].GroupID], ends[edges[i].MemberID])
				steps[i] = reconcile.EdgeStep{Before: &edges[i], After: end(edges[i], e.path, between, e.ends(), e.at)}
			}
			settled, err := reconcile.SettleEdges(e.desk(d), steps, e.ends(), e.from())
			if e.planning {
				e.countEdges(settled)
			}
			return err
		}); err != nil || len(edges) < e.edgeBatch() {
			return err
		}
		after = edges[len(edges)-1]
	}
}

func endsOfEdges(edges []models.Membership) []string {
	var ids []string
	for _, m := range edges {
		ids = append(ids, m.GroupID, m.MemberID)
	}
	return distinct(ids)
}

func (e *ending) endUsers(ctx context.Context) error {
	return walk(func(after string) (last string, more bool, err error) {
		values := maps.Clone(e.values)
		err = e.inTx(ctx, func(d desk) error {
			e.values = maps.Clone(values) // the step may run again
			users, err := tableOf(d).UsersSaid(e.path, after, e.batch())
			if err != nil || len(users) == 0 {
				return err
			}
			last, more = users[len(users)-1].ID, len(users) == e.batch()
			before, ended := make([]*models.User, len(users)), make([]models.User, len(users))
			for i := range users {
				before[i], ended[i] = &users[i], reconcile.EndUser(users[i], e.path)
			}
			return e.writeEnded(d, before, ended)
		})
		return last, more, err
	})
}

func (e *ending) writeEnded(d desk, before []*models.User, ended []models.User) error {
	rules := e.ends()
	if err := resolveManagers(d, &rules, ended); err != nil {
		return err
	}
	names, err := d.NameHolders(wantedNames(ended))
	if err != nil {
		return err
	}
	steps := reconcile.PlanUsers(before, ended, names, rules, e.at)
	if err := reconcile.ApplyUsers(e.desk(d), steps, e.from()); err != nil || !e.planning {
		return err
	}
	for _, s := range steps {
		count(&e.run.Counts.Users, s.Action)
		for _, path := range reconcile.LostValues(s) {
			e.values[path]++
		}
	}
	return d.AppendItems(e.userItems(steps))
}

func (e *ending) endGroups(ctx context.Context) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = e.inTx(ctx, func(d desk) error {
			groups, err := tableOf(d).GroupsSaid(e.path, after, e.batch())
			if err != nil || len(groups) == 0 {
				return err
			}
			last, more = groups[len(groups)-1].ID, len(groups) == e.batch()
			before, ended := make([]*models.Group, len(groups)), make([]models.Group, len(groups))
			for i := range groups {
				before[i], ended[i] = &groups[i], reconcile.EndGroup(groups[i], e.path)
			}
			steps := reconcile.PlanGroups(before, ended, e.ends(), e.at)
			if err := reconcile.ApplyGroups(e.desk(d), steps, e.from()); err != nil || !e.planning {
				return err
			}
			for _, s := range steps {
				count(&e.run.Counts.Groups, s.Action)
			}
			return d.AppendItems(e.groupItems(steps))
		})
		return last, more, err
	})
}

// ends are the rules of an end: what it withdraws has been weighed, and waits no more.
func (e *ending) ends() reconcile.Rules {
	return reconcile.Rules{Settle: e.directory.Settings.Settle, RoundAt: e.state.RoundAt, Guard: reconcile.ApplyLosses}
}

// from: it is an admin who ends a path.
func (e *ending) from() reconcile.Origin {
	return reconcile.Origin{By: models.Admin, ID: e.run.ID, At: e.at}
}

// tableOf is the transaction beneath a desk; an ending has no ledger.
func tableOf(d desk) *store.Tx { return d.(*store.Tx) }

// ended stores how the run ended.
func (e *ending) ended(ctx context.Context) error {
	var err error
	if e.run.State, err = e.outcome(ctx); err != nil {
		return err
	}
	if e.run.State == models.Held {
		e.run.Decision = nil
	}
	ended, err := e.Store.EndRun(ctx, e.run, func(tx *store.Tx) error {
		if e.run.DryRun {
			return nil
		}
		if err := tx.SupersedeHeld(e.run, e.at); err != nil || e.run.State == models.Rejected {
			return err
		}
		return tx.ForgetDeltaLinks() // whoever reads again reads everything
	})
	if err == nil {
		e.run = ended
	}
	return err
}

func (e *ending) outcome(ctx context.Context) (models.RunState, error) {
	switch decision := e.run.Decision; {
	case e.run.DryRun:
		return models.Succeeded, nil
	case decision == nil:
		return models.Held, nil
	case !decision.Approve:
		return models.Rejected, nil
	case len(decision.Only) == 0:
		return models.Succeeded, nil
	}
	left, err := e.left(ctx)
	if left != (models.Losses{}) {
		return models.Held, err // what was not approved waits on
	}
	return models.Succeeded, err
}
