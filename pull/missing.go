package pull

import (
	"context"
	"fmt"
	"slices"

	"scimbridge/models"
	"scimbridge/store"
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
		w.run.Counts.Users.Read -= len(page.Items) // they are asked for, not listed
		return w.hearUsersAs(ctx, page, true)
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

// confirmGroups hears groups that were asked for by id. One that exists after all is
// read whole by the next round; it stays as it is until then.
func (w *round) confirmGroups(ctx context.Context, page Page[models.SourceGroup]) error {
	page.Items = slices.DeleteFunc(page.Items, func(g models.SourceGroup) bool { return g.Existence != models.Gone })
	if len(page.Items) == 0 {
		return nil
	}
	return w.inTx(ctx, func(tx *store.Tx) error {
		return w.settleGroups(tx, page.Items, w.look(page.SentAt, true))
	})
}

// missing walks through the ids that the pull knows, and asks for those not seen.
func (w *round) missing(ctx context.Context, known func(ctx context.Context, directoryID, after string, limit int) ([]string, error), seen map[objectID]struct{}, ask func([]string) error) error {
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
