package pull

import (
	"context"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// withdrawOmitted takes back, in the first round of another selection, what earlier
// rounds have said of attributes that the directory does not store any more: of everybody,
// also of those whom this round did not read.
func (w *round) withdrawOmitted(ctx context.Context) error {
	omits, tells := w.source.(Omitter)
	if !tells || w.state.Selection == w.selection() {
		return nil
	}
	users, groups := omits.Omitted()
	if len(users) > 0 {
		if err := w.withdrawOfUsers(ctx, users); err != nil {
			return err
		}
	}
	if len(groups) > 0 {
		return w.withdrawOfGroups(ctx, groups)
	}
	return nil
}

func (w *round) withdrawOfUsers(ctx context.Context, paths []string) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx desk) error {
			users, err := tx.UsersPulled(after, w.batch())
			if err != nil || len(users) == 0 {
				return err
			}
			last, more = users[len(users)-1].ID, len(users) == w.batch()
			var before []*models.User
			var now []models.User
			for i := range users {
				u := users[i]
				if reconcile.WithdrawPull(&u.Standing, paths) {
					before, now = append(before, &users[i]), append(now, u)
				}
			}
			return w.writeUsers(tx, before, now, nil, w.rules())
		})
		return last, more, err
	})
}

func (w *round) withdrawOfGroups(ctx context.Context, paths []string) error {
	return walk(func(after string) (last string, more bool, err error) {
		err = w.inTx(ctx, func(tx desk) error {
			groups, err := tx.GroupsPulled(after, w.batch())
			if err != nil || len(groups) == 0 {
				return err
			}
			last, more = groups[len(groups)-1].ID, len(groups) == w.batch()
			var before []*models.Group
			var now []models.Group
			for i := range groups {
				g := groups[i]
				if reconcile.WithdrawPull(&g.Standing, paths) {
					before, now = append(before, &groups[i]), append(now, g)
				}
			}
			return w.writeGroups(tx, reconcile.PlanGroups(before, now, w.rules(), w.at))
		})
		return last, more, err
	})
}
