package pull

import (
	"context"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// mergeAnew merges what push has changed since the last round: a completed round is a
// look at everything, so an older push may now be outweighed, though nothing was read
// differently. Only what has changed since is merged; a quiet night writes nothing.
func (w *round) mergeAnew(ctx context.Context) error {
	w.isComplete = true
	settle := max(w.directory.Settings.Settle, w.state.Settle) // it may have been longer then
	since := models.Look{At: w.state.RoundAt}.Counts(models.Instant(settle.Microseconds()))
	for _, step := range []func(context.Context, models.Instant) error{
		w.remergePushedUsers, w.remergePushedGroups, w.remergePushedEdges,
	} {
		if err := step(ctx, since); err != nil {
			return err
		}
	}
	return w.remergeRevisited(ctx)
}

// retryNames settles the userNames that were taken when their record was heard. Swaps
// over several pages come out here; whoever still waits is a conflict of the run.
func (w *round) retryNames(ctx context.Context) error {
	w.reportConflicts = true
	defer func() { w.reportConflicts = false }()
	return w.inTx(ctx, func(tx desk) error {
		waiting, err := tx.WaitingUsers()
		if err != nil || len(waiting) == 0 {
			return err
		}
		return w.remergeUsers(tx, waiting)
	})
}

func (w *round) remergePushedUsers(ctx context.Context, since models.Instant) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx desk) error {
			users, err := tx.UsersPushedSince(since, after, w.batch())
			if err != nil || len(users) == 0 {
				return err
			}
			last, more = users[len(users)-1].ID, len(users) == w.batch()
			for _, u := range users {
				if u.PushGoneAt > since {
					w.revisit = append(w.revisit, u.ID) // push looked at all its edges
				}
			}
			return w.remergeUsers(tx, users)
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
func (w *round) remergeUsers(tx desk, users []models.User) error {
	before := make([]*models.User, len(users))
	for i := range users {
		before[i] = &users[i]
	}
	return w.writeUsers(tx, before, slices.Clone(users), nil, w.completedRules())
}

func (w *round) remergePushedGroups(ctx context.Context, since models.Instant) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx desk) error {
			groups, err := tx.GroupsPushedSince(since, after, w.batch())
			if err != nil || len(groups) == 0 {
				return err
			}
			last, more = groups[len(groups)-1].ID, len(groups) == w.batch()
			before := make([]*models.Group, len(groups))
			for i := range groups {
				before[i] = &groups[i]
				if max(groups[i].PushMembersAt, groups[i].PushGoneAt) > since {
					w.revisit = append(w.revisit, groups[i].ID) // push gave the whole list, or ended it
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
		err := w.inTx(ctx, func(tx desk) error {
			var err error
			if edges, err = tx.EdgesPushedSince(since, after, w.edgeBatch()); err != nil || len(edges) == 0 {
				return err
			}
			return w.remergeEdges(tx, edges)
		})
		if err != nil || len(edges) < w.edgeBatch() {
			return err
		}
		after = edges[len(edges)-1]
	}
}

// revisitEdges: the edges of a record that the pull comes to know, or to know again, may
// be decided otherwise once the round is complete. Those of one that was gone are merged
// at once: "gone" was a look at all of them.
func (w *round) revisitEdges(tx desk, id string, returned, seenAnew bool) error {
	if returned || seenAnew {
		w.revisit = append(w.revisit, id)
	}
	if !returned {
		return nil
	}
	changed, err := reconcile.RemergeEdgesOf(tx, id, w.rules(), w.origin())
	w.countEdges(changed)
	return err
}

// remergeRevisited merges the edges of records to revisit, also of those that an earlier
// attempt or a run that failed has come to know since the last completed round.
func (w *round) remergeRevisited(ctx context.Context) error {
	if err := walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx desk) error {
			ids, err := tx.PushedSeenSince(w.state.RoundAt, after, w.batch())
			if len(ids) > 0 {
				last, more = ids[len(ids)-1], len(ids) == w.batch()
			}
			w.revisit = append(w.revisit, ids...)
			return err
		})
		return last, more, err
	}); err != nil {
		return err
	}
	slices.Sort(w.revisit)
	ids := slices.Compact(w.revisit)
	for chunk := range slices.Chunk(ids, w.batch()) {
		if err := w.inTx(ctx, func(tx desk) error {
			ends, err := tx.Ends(chunk)
			if err != nil {
				return err
			}
			living := slices.DeleteFunc(slices.Clone(chunk), func(id string) bool {
				return !ends[id].Living && ends[id].PullSays != models.SoftDeleted // their edges are hidden
			})
			edges, err := tx.EdgesOfRecords(living)
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

func (w *round) remergeEdges(tx desk, edges []models.Membership) error {
	changed, err := reconcile.RemergeEdges(tx, edges, w.completedRules(), w.origin())
	if err != nil {
		return err
	}
	w.countEdges(changed)
	return w.noteDrift(tx, outweighed(changed))
}
