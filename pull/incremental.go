package pull

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"scimbridge/models"
)

// When an incremental round is not enough.
const (
	// deltaLife is how old delta links may be: Graph keeps them for 7 days, and one that
	// ends in the middle of a round helps nobody (fact sheet of Graph, section 2.5).
	deltaLife = 6 * 24 * time.Hour
	// roundsBetweenProofs is how many incremental rounds follow a full one: a full read
	// proves what the deltas have told.
	roundsBetweenProofs = 6
)

// incremental tells whether the round may read what has changed only.
func (w *round) incremental() bool {
	_, reads := w.source.(Presence)
	_, scopes := w.source.(Scoper)
	if !reads || w.scoped() && !scopes || w.run.Kind != models.IncrementalRun {
		return false
	}
	return w.state.UsersDelta != "" && w.state.GroupsDelta != "" &&
		w.state.Selection == w.selection() &&
		w.state.Rounds < roundsBetweenProofs &&
		w.at < w.state.DeltaAt.Add(deltaLife)
}

// selection is what the stored links, and the words of rounds before, depend on.
func (w *round) selection() string {
	whom := digest(w.directory.Settings.Scope)
	if s, tells := w.source.(Selector); tells {
		return s.Selection() + whom
	}
	return whom
}

// readIncrement hears what has changed since the stored links, and reads whole whom it
// finds existing while the pull's last word was not "exists" when the last round was
// completed: an attempt that broke off may have found them, and not their edges.
func (w *round) readIncrement(ctx context.Context) (deltaLinks, error) {
	w.run.Full, w.run.Expected = false, models.Expected{} // how much has changed nobody knows
	w.emptiness.limit = math.MaxInt                       // a few people say nothing of all
	w.excluded, w.vanished = w.state.Excluded, w.state.Vanished
	if w.ledger != nil {
		w.ledger.keepsNew = true
	}
	var links deltaLinks
	var err error
	if links.users, err = pagesFrom(ctx, w.state.UsersDelta, w.source.UsersDelta, w.hearChangedUsers); err != nil {
		return links, fmt.Errorf("read changed users: %w", err)
	}
	if links.groups, err = pagesFrom(ctx, w.state.GroupsDelta, w.source.GroupsDelta, w.hearChangedGroups); err != nil {
		return links, fmt.Errorf("read changed groups: %w", err)
	}
	if err = w.judgeScope(ctx); err != nil {
		return links, err
	}
	return links, w.reportVanished(ctx, w.vanished)
}

// hearChangedUsers hears a page of a later delta round.
func (w *round) hearChangedUsers(ctx context.Context, page Page[models.SourceUser]) error {
	page.Items = w.asTaken(page.Items)
	if err := noteUsers(w.seenUsers, page.Items); err != nil {
		return err
	}
	var appeared []string
	err := w.inTx(ctx, func(tx desk) error {
		w.run.Counts.Users.Read += len(page.Items)
		appeared = appeared[:0]
		existing, err := tx.UsersKnownAt(objectIDsOf(page.Items), w.state.RoundAt)
		if err != nil {
			return err
		}
		known := slices.DeleteFunc(slices.Clone(page.Items), func(u models.SourceUser) bool {
			isNew := appears(existing, u.ObjectID, u.Existence)
			if isNew {
				appeared = append(appeared, u.ObjectID)
			}
			return isNew
		})
		readings, err := tx.UserReadings(objectIDsOf(known))
		if err != nil {
			return err
		}
		news := changedUsers(known, readings)
		if len(news) == 0 {
			return nil
		}
		return w.settleUsers(tx, news, w.look(page.SentAt, false))
	})
	w.changes.users = append(w.changes.users, appeared...)
	return err
}

// appears tells whether somebody exists who did not: before, or as told a moment ago in the
// same page.
func appears(existing map[string]bool, id string, says models.Existence) bool {
	if says != models.Exists {
		delete(existing, id)
		return false
	}
	return !existing[id]
}

func objectIDsOf(users []models.SourceUser) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ObjectID
	}
	return ids
}

// hearChangedGroups hears a page of a later delta round: attributes now, members when
// everybody who has changed is known.
func (w *round) hearChangedGroups(ctx context.Context, page Page[models.SourceGroup]) error {
	page, err := w.weighScope(ctx, page)
	if err != nil {
		return err
	}
	before := len(w.seenGroups)
	for _, g := range page.Items {
		if err := note(w.seenGroups, g.ObjectID, g.Existence); err != nil {
			return err
		}
	}
	if err := w.namesakes.note(page.Items); err != nil {
		return err
	}
	var appeared []string
	err = w.inTx(ctx, func(tx desk) error {
		w.run.Counts.Groups.Read += max(0, len(w.seenGroups)-before)
		appeared = appeared[:0]
		existing, err := tx.GroupsKnownAt(groupIDsOf(page.Items), w.state.RoundAt)
		if err != nil {
			return err
		}
		known := page
		known.Items = slices.DeleteFunc(slices.Clone(page.Items), func(g models.SourceGroup) bool {
			isNew := appears(existing, g.ObjectID, g.Existence)
			if isNew {
				appeared = append(appeared, g.ObjectID)
			}
			return isNew || g.Existence == models.Exists && g.Values == nil // only members have changed
		})
		readings, err := tx.GroupReadings(groupIDsOf(known.Items))
		if err != nil {
			return err
		}
		news := w.changedGroups(known, readings)
		if len(news) == 0 {
			return nil
		}
		return w.settleGroups(tx, news)
	})
	w.changes.groups = append(w.changes.groups, appeared...)
	w.changes.note(w.readAt(page.Items, w.look(page.SentAt, false)))
	return err
}

// isExpired tells whether the source knows its links no more: the round starts over.
func isExpired(err error) bool { return errors.Is(err, ErrDeltaExpired) }
