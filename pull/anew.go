package pull

import (
	"context"
	"reflect"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// recordsPerBatch is how many records are merged anew in one transaction.
const recordsPerBatch = 500

// retryNames settles the userNames that were taken when their record was heard. Swaps
// over several pages come out here; whoever still waits is a conflict of the run.
func (w *round) retryNames(ctx context.Context) error {
	if w.run.DryRun {
		return nil
	}
	w.reportConflicts = true
	defer func() { w.reportConflicts = false }()
	return w.inTx(ctx, func(tx *store.Tx) error {
		waiting, err := tx.WaitingUsers()
		if err != nil || len(waiting) == 0 {
			return err
		}
		return w.remergeUsers(tx, waiting, w.rules())
	})
}

// mergeAnew merges what push has changed since the last round: a completed round is a
// look at everything, so an older push may now be outweighed, though nothing was read
// differently. Only what has changed since is merged; a quiet night writes nothing.
func (w *round) mergeAnew(ctx context.Context) error {
	since := models.Look{At: w.state.RoundAt}.Counts(models.Instant(w.directory.Settings.Settle.Microseconds()))
	for _, step := range []func(context.Context, models.Instant) error{
		w.remergePushedUsers, w.remergePushedGroups, w.remergePushedEdges,
	} {
		if err := step(ctx, since); err != nil {
			return err
		}
	}
	return w.remergeRevisited(ctx)
}

func (w *round) remergePushedUsers(ctx context.Context, since models.Instant) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx *store.Tx) error {
			users, err := tx.UsersPushedSince(since, after, recordsPerBatch)
			if err != nil || len(users) == 0 {
				return err
			}
			last, more = users[len(users)-1].ID, len(users) == recordsPerBatch
			return w.remergeUsers(tx, users, w.completedRules())
		})
		return last, more, err
	})
}

// walk calls f with the last key of the batch before, until there is no more.
func walk(f func(after string) (last string, more bool, err error)) error {
	after := ""
	for {
		last, more, err := f(after)
		if err != nil || !more {
			return err
		}
		after = last
	}
}

// remergeUsers merges users whose words are as they were.
func (w *round) remergeUsers(tx *store.Tx, users []models.User, rules reconcile.Rules) error {
	before := make([]*models.User, len(users))
	for i := range users {
		before[i] = &users[i]
	}
	return w.writeUsers(tx, before, slices.Clone(users), nil, rules)
}

func (w *round) remergePushedGroups(ctx context.Context, since models.Instant) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx *store.Tx) error {
			groups, err := tx.GroupsPushedSince(since, after, recordsPerBatch)
			if err != nil || len(groups) == 0 {
				return err
			}
			last, more = groups[len(groups)-1].ID, len(groups) == recordsPerBatch
			before := make([]*models.Group, len(groups))
			for i := range groups {
				before[i] = &groups[i]
				if groups[i].PushMembersAt > since {
					w.revisit = append(w.revisit, groups[i].ID) // push gave the whole list
				}
			}
			return w.writeGroups(tx, reconcile.PlanGroups(before, slices.Clone(groups), w.completedRules(), w.at))
		})
		return last, more, err
	})
}

func (w *round) remergePushedEdges(ctx context.Context, since models.Instant) error {
	var after models.Membership
	for {
		var edges []models.Membership
		err := w.inTx(ctx, func(tx *store.Tx) error {
			var err error
			if edges, err = tx.EdgesPushedSince(since, after, recordsPerBatch); err != nil || len(edges) == 0 {
				return err
			}
			return w.remergeEdges(tx, edges)
		})
		if err != nil || len(edges) < recordsPerBatch {
			return err
		}
		after = edges[len(edges)-1]
	}
}

// remergeRevisited merges the edges of records that the pull has come to know, or to
// know again, in this round.
func (w *round) remergeRevisited(ctx context.Context) error {
	slices.Sort(w.revisit)
	ids := slices.Compact(w.revisit)
	for chunk := range slices.Chunk(ids, recordsPerBatch) {
		if err := w.inTx(ctx, func(tx *store.Tx) error {
			edges, err := tx.EdgesOfRecords(chunk)
			if err != nil {
				return err
			}
			return w.remergeEdges(tx, edges)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *round) remergeEdges(tx *store.Tx, edges []models.Membership) error {
	changed, err := reconcile.RemergeEdges(w.writer(tx), edges, w.completedRules(), w.origin())
	w.countEdges(changed)
	return err
}

// unchanged tells whether a step leaves a user's row as it is.
func unchanged(s reconcile.UserStep) bool {
	return s.Before != nil && reflect.DeepEqual(*s.Before, s.After)
}

// unchangedGroup tells whether a step leaves a group's row as it is.
func unchangedGroup(s reconcile.GroupStep) bool {
	return s.Before != nil && reflect.DeepEqual(*s.Before, s.After)
}
