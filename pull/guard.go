package pull

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// passGuard decides what becomes of the losses that the round has held: applied, if they
// are within the directory's limits; else the run is held, and an admin decides.
func (w *round) passGuard(ctx context.Context) error {
	if err := w.reviewHeldUsers(ctx); err != nil {
		return err
	}
	var held, lost, total models.Losses
	guard := w.directory.Settings.Guard
	if err := w.inTx(ctx, func(d desk) error {
		var err error
		if held, err = d.Held(); err != nil || held == (models.Losses{}) {
			return err
		}
		if lost, err = d.HeldLosses(); err != nil {
			return err
		}
		total, err = d.TotalsUpTo(reconcile.Enough(guard, lost))
		if err == nil && len(reconcile.Doubts(guard, lost, total, nil)) > 0 {
			total, err = d.Totals() // they are told with the doubt
		}
		return err
	}); err != nil || held == (models.Losses{}) {
		return err
	}
	doubts := reconcile.Doubts(guard, lost, total, w.emptiedGroups)
	w.run.Doubts = append(w.emptiness.doubts(), reasons(doubts)...)
	if len(w.run.Doubts) > 0 {
		return w.settleHeld(ctx, heldPlan, everyKind)
	}
	return w.settleHeld(ctx, heldApply, everyKind)
}

// reviewHeldUsers counts the values that wait, and lets go of those that somebody has
// shown since: it was no permission.
func (w *round) reviewHeldUsers(ctx context.Context) error {
	for _, look := range []func(d desk, held []models.User) error{
		func(_ desk, held []models.User) error { w.emptiness.review(held); return nil },
		w.remergeUsers,
	} {
		if err := w.heldUsers(ctx, look); err != nil {
			return err
		}
	}
	return nil
}

// heldUsers goes through the users of whom something waits.
func (w *round) heldUsers(ctx context.Context, look func(d desk, held []models.User) error) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(d desk) error {
			held, err := d.HeldUsers(after, w.batch())
			if err != nil || len(held) == 0 {
				return err
			}
			last, more = held[len(held)-1].ID, len(held) >= w.batch()
			return look(d, held)
		})
		return last, more, err
	})
}

func reasons(doubts []reconcile.Excess) []string {
	var texts []string
	for _, d := range doubts {
		texts = append(texts, d.Reason)
	}
	return texts
}

// heldFate is what is to be done with what is held.
type heldFate int

const (
	heldPlan   heldFate = iota // count and list what would be lost; it stays held
	heldApply                  // the guard has passed, or an admin has approved
	heldReject                 // an admin has rejected: it stays, by their word
)

func everyKind(string) bool { return true }

// settleHeld goes through everything that is held, kind by kind.
func (w *round) settleHeld(ctx context.Context, fate heldFate, covers func(kind string) bool) error {
	for _, step := range []struct {
		kind   string
		settle func(context.Context, heldFate) error
	}{
		{"users", w.settleHeldUsers}, {"groups", w.settleHeldGroups}, {"memberships", w.settleHeldEdges},
	} {
		if !covers(step.kind) {
			continue
		}
		if err := step.settle(ctx, fate); err != nil {
			return fmt.Errorf("settle held %s: %w", step.kind, err)
		}
	}
	return nil
}

// losing are the rules under which what is held is lost.
func (w *round) losing() reconcile.Rules {
	rules := w.completedRules()
	rules.Guard = reconcile.ApplyLosses
	return rules
}

func (w *round) settleHeldUsers(ctx context.Context, fate heldFate) error {
	return w.heldUsers(ctx, func(d desk, held []models.User) error {
		before, now := make([]*models.User, len(held)), slices.Clone(held)
		for i := range held {
			before[i] = &held[i]
			if fate == heldReject {
				reconcile.RejectUser(&now[i], w.at)
			}
		}
		return w.writeUsers(onPaper(d, fate), before, now, nil, w.losing())
	})
}

func (w *round) settleHeldGroups(ctx context.Context, fate heldFate) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(d desk) error {
			held, err := d.HeldGroups(after, w.batch())
			if err != nil || len(held) == 0 {
				return err
			}
			last, more = held[len(held)-1].ID, len(held) >= w.batch()
			before, now := make([]*models.Group, len(held)), slices.Clone(held)
			for i := range held {
				before[i] = &held[i]
				if fate == heldReject {
					reconcile.Reject(&now[i].Standing, w.at)
				}
			}
			return w.writeGroups(onPaper(d, fate), reconcile.PlanGroups(before, now, w.losing(), w.at))
		})
		return last, more, err
	})
}

func (w *round) settleHeldEdges(ctx context.Context, fate heldFate) error {
	var after models.Membership
	for {
		var held []models.Membership
		if err := w.inTx(ctx, func(d desk) error {
			var err error
			if held, err = d.HeldEdges(after, w.edgeBatch()); err != nil || len(held) == 0 {
				return err
			}
			steps := make([]reconcile.EdgeStep, len(held))
			for i := range held {
				steps[i] = reconcile.EdgeStep{Before: &held[i], After: held[i]}
				if fate == heldReject {
					steps[i].After = reconcile.OverruleEdge(held[i], models.In, w.at)
				}
			}
			settled, err := reconcile.SettleEdges(onPaper(d, fate), steps, w.losing(), w.origin())
			w.countEdges(settled)
			return err
		}); err != nil || len(held) < w.edgeBatch() {
			return err
		}
		after = held[len(held)-1]
	}
}

// onPaper is a desk that writes no record while what is held is only counted and listed.
func onPaper(d desk, fate heldFate) desk {
	if fate == heldPlan {
		return paper{d}
	}
	return d
}

// paper reads like a desk, and writes items alone.
type paper struct{ desk }

func (paper) CreateUsers([]models.User) error                  { return nil }
func (paper) UpdateUsers([]models.User) error                  { return nil }
func (paper) FreeUserNames([]string) error                     { return nil }
func (paper) CreateGroups([]models.Group) error                { return nil }
func (paper) UpdateGroups([]models.Group) error                { return nil }
func (paper) NoteLists([]models.Group) error                   { return nil }
func (paper) CreateMemberships([]models.Membership) error      { return nil }
func (paper) UpdateMemberships(_, _ []models.Membership) error { return nil }
func (paper) AppendChanges([]models.Change) error              { return nil }

// emptiness watches which attributes a full round reads as empty on everybody: that is
// how a permission shows that has been lost. As many as the limit allows may be so
// without a doubt; from then on they wait.
type emptiness struct {
	limit int
	kept  map[string]bool // paths that somebody has a value for
	lost  map[string]int  // how many were emptied while nobody had shown a value yet
	held  map[string]int  // how many wait, also from an earlier round
}

func newEmptiness() *emptiness {
	return &emptiness{kept: make(map[string]bool), lost: make(map[string]int), held: make(map[string]int)}
}

// read notes which paths have values.
func (e *emptiness) read(values map[string]any) {
	for path, value := range values {
		if value != nil && !e.kept[path] {
			e.kept[path] = true
		}
	}
}

// shown tells whether somebody has a value for a path. An incremental round reads a few
// people and knows of none, so it lets nothing go that a full round holds.
func (e *emptiness) shown(path string) bool { return e.kept[path] }

// waits tells of a value that is read as empty whether it is to wait.
func (e *emptiness) waits(path string) bool {
	if e.kept[path] {
		return false
	}
	e.lost[path]++
	return e.lost[path] > e.limit
}

// review counts the values that wait and that nobody has shown.
func (e *emptiness) review(held []models.User) {
	for _, u := range held {
		for path := range u.HeldValues {
			if !e.kept[path] {
				e.held[path]++
			}
		}
	}
}

// doubts names the attributes that more people have lost than the limit allows.
func (e *emptiness) doubts() []string {
	var texts []string
	for _, path := range slices.Sorted(maps.Keys(e.held)) {
		texts = append(texts, fmt.Sprintf("%s reads empty on all users who had it, %d of them wait; has the application lost a permission?", path, e.held[path]))
	}
	return texts
}
