package pull

import (
	"context"
	"maps"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// hearGroups hears a page of a delta round: the groups' own attributes now, their
// members when the round is complete.
func (w *round) hearGroups(ctx context.Context, page Page[models.SourceGroup]) error {
	if err := w.gather(page); err != nil {
		return err
	}
	return w.hearGroupsAs(ctx, page, false)
}

// gather puts a page's slices of members into the spool.
func (w *round) gather(page Page[models.SourceGroup]) error {
	at := w.look(page.SentAt, false).At
	for _, g := range page.Items {
		id, err := parseObjectID(g.ObjectID)
		if err != nil {
			return err
		}
		if g.Existence == models.Gone {
			w.spool.drop(id)
			continue
		}
		if err := w.spool.add(id, g.Members, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *round) hearGroupsAs(ctx context.Context, page Page[models.SourceGroup], direct bool) error {
	before := len(w.seenGroups)
	if err := note(w.seenGroups, page.Items, func(g models.SourceGroup) (string, bool) {
		return g.ObjectID, g.Existence != models.Gone
	}); err != nil {
		return err
	}
	return w.inTx(ctx, func(tx *store.Tx) error {
		w.run.Counts.Groups.Read += len(w.seenGroups) - before // a group comes in several slices
		news, err := w.changedGroups(tx, page.Items)
		if err != nil || len(news) == 0 {
			return err
		}
		return w.settleGroups(tx, news, w.look(page.SentAt, direct))
	})
}

func (w *round) changedGroups(tx *store.Tx, items []models.SourceGroup) ([]models.SourceGroup, error) {
	ids := make([]string, len(items))
	for i, g := range items {
		ids[i] = g.ObjectID
	}
	known, err := tx.GroupReadings(ids)
	if err != nil {
		return nil, err
	}
	var news []models.SourceGroup
	told := make(map[string]int64, len(items))
	for _, g := range items {
		hash := reconcile.HashGroup(g)
		if told[g.ObjectID] == hash {
			continue // another slice of the same group
		}
		told[g.ObjectID] = hash
		if reading, read := known[g.ObjectID]; !read || reading.PullHash != hash {
			news = append(news, g)
		}
	}
	return news, nil
}

// settleGroups matches, hears, merges and writes a batch of groups' own attributes.
func (w *round) settleGroups(tx *store.Tx, said []models.SourceGroup, look models.Look) error {
	candidates, named, err := groupCandidates(tx, said)
	if err != nil {
		return err
	}
	var batch groupBatch
	batch.position = make(map[string]int, len(said))
	for _, g := range said {
		name, _ := g.Values["displayName"].(string)
		if named[models.Fold(name)] > 1 {
			name = "" // the second key counts only if there is exactly one on each side
		}
		batch.hear(w.directory.ID, groupsLike(candidates, g.ObjectID, name), g, name, lookAt(g.Existence, look), tx.NewID)
	}
	return w.writeGroups(tx, append(batch.yields, reconcile.PlanGroups(batch.before, batch.after, w.rules(), w.at)...))
}

// groupCandidates reads whom a batch may mean, and counts the names in the batch.
func groupCandidates(tx *store.Tx, said []models.SourceGroup) ([]models.Group, map[string]int, error) {
	ids := make([]string, 0, len(said))
	named := make(map[string]int, len(said))
	for _, g := range said {
		ids = append(ids, g.ObjectID)
		if name, ok := g.Values["displayName"].(string); ok && g.Existence == models.Exists {
			named[models.Fold(name)]++
		}
	}
	candidates, err := tx.PulledGroupCandidates(ids, slices.Sorted(maps.Keys(named)))
	return candidates, named, err
}

// groupBatch is a page's groups on their way: what they were, and what they became.
type groupBatch struct {
	before   []*models.Group
	after    []models.Group
	position map[string]int // object id to place in after
	yields   []reconcile.GroupStep
}

// hear adds one reading. A tombstone of a group unknown is nobody's.
func (b *groupBatch) hear(directoryID string, candidates []models.Group, said models.SourceGroup, name string, look models.Look, newID func() string) {
	if place, pending := b.position[said.ObjectID]; pending {
		b.after[place] = reconcile.HearPullGroup(b.after[place], said, look)
		return
	}
	match := reconcile.MatchPulledGroup(candidates, said.ObjectID, name)
	var record *models.Group
	var current models.Group
	switch {
	case match.Record >= 0:
		record, current = &candidates[match.Record], candidates[match.Record]
	case said.Existence == models.Exists:
		current = models.Group{DirectoryID: directoryID, ID: newID()}
	default:
		return
	}
	if match.Yields >= 0 {
		b.yields = append(b.yields, reconcile.YieldGroup(candidates[match.Yields]))
	}
	b.position[said.ObjectID] = len(b.after)
	b.before = append(b.before, record)
	b.after = append(b.after, reconcile.HearPullGroup(current, said, look))
}

// groupsLike are the candidates for one group: few, so that matching a page is not
// the square of it.
func groupsLike(candidates []models.Group, objectID, name string) []models.Group {
	key := models.Fold(name)
	var some []models.Group
	for _, g := range candidates {
		if string(g.EntraObjectID) == objectID || key != "" && g.DisplayNameKey == key {
			some = append(some, g)
		}
	}
	return some
}

// writeGroups writes planned steps unless the run is dry, and counts them.
func (w *round) writeGroups(tx *store.Tx, steps []reconcile.GroupStep) error {
	steps = slices.DeleteFunc(steps, unchangedGroup)
	if err := reconcile.ApplyGroups(w.writer(tx), steps, w.origin()); err != nil {
		return err
	}
	for _, s := range steps {
		count(&w.run.Counts.Groups, s.Action)
		if w.run.DryRun {
			w.plan.keep(true, s.After.End())
			w.plan.keepGroup(s.After)
		}
		if s.Before != nil && s.After.Living && (!s.Before.Living || s.Before.PullSays != s.After.PullSays) {
			w.revisit = append(w.revisit, s.After.ID)
		}
		if s.Before != nil && !s.Before.Living && s.After.Living {
			if _, err := reconcile.RemergeEdgesOf(w.writer(tx), s.After.ID, w.rules(), w.origin()); err != nil {
				return err
			}
		}
	}
	return tx.AppendItems(w.groupItems(steps))
}
