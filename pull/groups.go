package pull

import (
	"context"
	"errors"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// groupReading is what one look told of a group.
type groupReading struct {
	models.SourceGroup
	look models.Look
}

func (w *round) readAt(groups []models.SourceGroup, look models.Look) []groupReading {
	read := make([]groupReading, len(groups))
	for i, g := range groups {
		read[i] = groupReading{g, w.lookAt(g.Existence, g.SentAt, look)}
	}
	return read
}

// hearGroups hears a page of a delta round: the groups' own attributes now, their
// members when the round is complete.
func (w *round) hearGroups(ctx context.Context, page Page[models.SourceGroup]) error {
	before := len(w.seenGroups)
	if err := w.gather(page); err != nil {
		return err
	}
	known, err := w.groupReadings(ctx, groupIDsOf(page.Items))
	if err != nil {
		return err
	}
	news := w.changedGroups(page, known)
	w.run.Counts.Groups.Read += len(w.seenGroups) - before // a group comes in several slices
	if len(news) == 0 {
		return w.pass(ctx)
	}
	return w.inTx(ctx, func(tx desk) error {
		candidates, err := groupCandidates(tx, news)
		if err != nil {
			return err
		}
		return w.settle(tx, w.namesakes.hold(news, candidates), candidates)
	})
}

// gather puts a page's slices of members into the spool, and notes whom the page shows.
func (w *round) gather(page Page[models.SourceGroup]) error {
	look := w.look(page.SentAt, false)
	for _, g := range page.Items {
		if err := note(w.seenGroups, g.ObjectID, g.Existence); err != nil {
			return err
		}
		id, err := parseObjectID(g.ObjectID)
		if err != nil {
			return err
		}
		if g.Existence == models.Gone {
			w.spool.drop(id)
		} else if err := w.spool.add(id, g.Members, w.lookAt(g.Existence, g.SentAt, look).At); err != nil {
			return err
		}
	}
	return w.namesakes.note(page.Items)
}

// changedGroups leaves out who reads as before, and further slices of the same group.
func (w *round) changedGroups(page Page[models.SourceGroup], known map[string]store.GroupReading) []groupReading {
	var news []groupReading
	for _, g := range w.readAt(page.Items, w.look(page.SentAt, false)) {
		hash := reconcile.HashGroup(g.SourceGroup)
		if reading, read := known[g.ObjectID]; read && reading.PullHash == hash {
			continue
		}
		reading := known[g.ObjectID]
		reading.PullHash = hash
		known[g.ObjectID] = reading
		news = append(news, g)
	}
	return news
}

func groupIDsOf(groups []models.SourceGroup) []string {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ObjectID
	}
	return ids
}

// groupReadings are what the pull has read of groups before.
func (w *round) groupReadings(ctx context.Context, ids []string) (map[string]store.GroupReading, error) {
	known, err := w.Store.GroupReadings(ctx, w.directory.ID, ids)
	if err == nil && w.ledger != nil {
		w.ledger.readGroups(known, ids)
	}
	return known, err
}

// settleGroups matches, hears, merges and writes a batch of groups' own attributes.
func (w *round) settleGroups(tx desk, said []groupReading) error {
	candidates, err := groupCandidates(tx, said)
	if err != nil {
		return err
	}
	return w.settle(tx, said, candidates)
}

func (w *round) settle(tx desk, said []groupReading, candidates []models.Group) error {
	batch := groupBatch{position: make(map[string]int, len(said))}
	for _, g := range said {
		key := nameKey(g.SourceGroup)
		if w.namesakes.several[key] {
			key = ""
		}
		batch.hear(w.directory.ID, groupsLike(candidates, g.ObjectID, key), g, key, tx.NewID)
	}
	for _, y := range batch.yields {
		w.changes.groups = append(w.changes.groups, string(y.Before.EntraObjectID))
	}
	return w.writeGroups(tx, append(batch.yields, reconcile.PlanGroups(batch.before, batch.after, w.rules(), w.at)...))
}

// groupCandidates reads whom a batch may mean.
func groupCandidates(tx desk, said []groupReading) ([]models.Group, error) {
	ids := make([]string, 0, len(said))
	names := make([]string, 0, len(said))
	for _, g := range said {
		ids = append(ids, g.ObjectID)
		if key := nameKey(g.SourceGroup); key != "" && g.Existence == models.Exists {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return tx.PulledGroupCandidates(ids, slices.Compact(names))
}

// groupBatch is a page's groups on their way: what they were, and what they became.
type groupBatch struct {
	before   []*models.Group
	after    []models.Group
	position map[string]int // object id to place in after
	yields   []reconcile.GroupStep
}

// hear adds one reading. A tombstone of a group unknown is nobody's.
func (b *groupBatch) hear(directoryID string, candidates []models.Group, said groupReading, name string, newID func() string) {
	if place, pending := b.position[said.ObjectID]; pending {
		b.after[place] = reconcile.HearPullGroup(b.after[place], said.SourceGroup, said.look)
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
	b.after = append(b.after, reconcile.HearPullGroup(current, said.SourceGroup, said.look))
}

// groupsLike are the candidates for one group: few, so that matching a page is not
// the square of it.
func groupsLike(candidates []models.Group, objectID, key string) []models.Group {
	var some []models.Group
	for _, g := range candidates {
		if string(g.EntraObjectID) == objectID || key != "" && g.DisplayNameKey == key {
			some = append(some, g)
		}
	}
	return some
}

// writeGroups writes planned steps, and counts them.
func (w *round) writeGroups(tx desk, steps []reconcile.GroupStep) error {
	if err := reconcile.ApplyGroups(tx, steps, w.origin()); err != nil {
		return err
	}
	var drift []models.Drift
	var back []string
	for _, s := range steps {
		count(&w.run.Counts.Groups, s.Action)
		drift = append(drift, reconcile.DriftOfGroup(s)...)
		if s.Before != nil && isBack(&s.Before.Standing, &s.After.Standing) {
			back = append(back, s.After.ID)
		}
		if s.Before == nil || !s.After.Living || s.After.Held {
			continue
		}
		if err := w.revisitEdges(tx, s.After.ID, !s.Before.Living, s.Before.PullSays != s.After.PullSays); err != nil {
			return err
		}
	}
	if err := errors.Join(w.noteDrift(tx, drift), w.forgetLists(tx, back)); err != nil {
		return err
	}
	return tx.AppendItems(w.groupItems(steps))
}
