package pull

import (
	"context"
	"fmt"
	"slices"

	"scimbridge/models"
)

// Sizes of the search for records that a complete round did not show.
const (
	knownPerLookup  = 5000
	missingPerAsked = 100
)

// confirmMissing asks by id for everybody whom the pull knew and a complete round did
// not show. Absence from a list is no word; only the answer to this is.
func (w *round) confirmMissing(ctx context.Context) error {
	if err := w.missing(ctx, w.Store.PulledUserIDs, w.seenUsers, func(ids []string) error {
		page, err := w.source.ConfirmUsers(ctx, ids)
		if err != nil {
			return fmt.Errorf("ask for missing users by id: %w", err)
		}
		return w.hearMissing(ctx, w.outOfScope(page))
	}); err != nil {
		return err
	}
	return w.missing(ctx, w.Store.PulledGroupIDs, w.seenGroups, func(ids []string) error {
		page, err := w.source.ConfirmGroups(ctx, ids)
		if err != nil {
			return fmt.Errorf("ask for missing groups by id: %w", err)
		}
		return w.confirmGroups(ctx, page)
	})
}

// confirmGroups hears groups that were asked for by id. Whether they exist is all that
// is believed here: the answer has no members, and the next round reads them whole.
func (w *round) confirmGroups(ctx context.Context, page Page[models.SourceGroup]) error {
	for _, g := range page.Items {
		if err := note(w.seenGroups, g.ObjectID, g.Existence); err != nil {
			return err
		}
	}
	if w.scoped() {
		if err := w.inTx(ctx, func(tx desk) error { return w.settleGroupsOutOfScope(tx, page) }); err != nil {
			return err
		}
	}
	gone := slices.DeleteFunc(slices.Clone(page.Items), func(g models.SourceGroup) bool { return g.Existence != models.Gone })
	if len(gone) == 0 {
		return nil
	}
	return w.inTx(ctx, func(tx desk) error {
		return w.settleGroups(tx, w.readAt(gone, w.look(page.SentAt, true)))
	})
}

// missing walks through the ids that the pull knows, and asks for those not seen.
func (w *round) missing(ctx context.Context, known func(ctx context.Context, directoryID, after string, limit int) ([]string, error), seen map[objectID]bool, ask func([]string) error) error {
	var missing []string
	after := ""
	for {
		ids, err := known(ctx, w.directory.ID, after, knownPerLookup)
		if err != nil {
			return err
		}
		for _, text := range ids {
			id, err := parseObjectID(text)
			if err != nil {
				return err
			}
			if _, shown := seen[id]; !shown {
				missing = append(missing, text)
			}
		}
		if len(ids) < knownPerLookup {
			break
		}
		after = ids[len(ids)-1]
	}
	for chunk := range slices.Chunk(missing, missingPerAsked) {
		if err := ask(chunk); err != nil {
			return err
		}
	}
	return nil
}
