package pull

import (
	"context"
	"fmt"
	"slices"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// hearUsers hears a page of a listing or of a delta round.
func (w *round) hearUsers(ctx context.Context, page Page[models.SourceUser]) error {
	return w.hearUsersAs(ctx, page, false)
}

// hearUsersAs hears a page; direct is true for reads by id.
func (w *round) hearUsersAs(ctx context.Context, page Page[models.SourceUser], direct bool) error {
	if err := note(w.seenUsers, page.Items, func(u models.SourceUser) (string, bool) {
		return u.ObjectID, u.Existence != models.Gone
	}); err != nil {
		return err
	}
	return w.inTx(ctx, func(tx *store.Tx) error {
		w.run.Counts.Users.Read += len(page.Items)
		news, err := w.changedUsers(tx, page.Items)
		if err != nil || len(news) == 0 {
			return err
		}
		return w.settleUsers(tx, news, w.look(page.SentAt, direct))
	})
}

// note remembers whom the round has seen.
func note[T any](seen map[objectID]struct{}, items []T, id func(T) (string, bool)) error {
	for _, item := range items {
		text, exists := id(item)
		parsed, err := parseObjectID(text)
		if err != nil {
			return fmt.Errorf("the source named a record without an object id: %w", err)
		}
		if exists {
			seen[parsed] = struct{}{}
		}
	}
	return nil
}

// changedUsers leaves out who reads as before: on a quiet night that is everybody.
func (w *round) changedUsers(tx *store.Tx, items []models.SourceUser) ([]models.SourceUser, error) {
	ids := make([]string, len(items))
	for i, u := range items {
		ids[i] = u.ObjectID
	}
	known, err := tx.UserReadings(ids)
	if err != nil {
		return nil, err
	}
	news := items[:0:0]
	for _, u := range items {
		if hash, read := known[u.ObjectID]; !read || hash != reconcile.HashUser(u) {
			news = append(news, u)
		}
	}
	return news, nil
}

// settleUsers matches, hears, merges and writes a batch.
func (w *round) settleUsers(tx *store.Tx, said []models.SourceUser, look models.Look) error {
	candidates, err := w.userCandidates(tx, said)
	if err != nil {
		return err
	}
	batch := newUserBatch(candidates)
	for _, s := range said {
		batch.hear(w, s, lookAt(s.Existence, look), tx.NewID)
	}
	return w.writeUsers(tx, batch.before, batch.after, batch.yields, w.rules())
}

// lookAt: a tombstone that says "gone" for good counts at once; everything else as the
// page does.
func lookAt(existence models.Existence, look models.Look) models.Look {
	if existence == models.Gone {
		look.Direct = true
	}
	return look
}

func (w *round) userCandidates(tx *store.Tx, said []models.SourceUser) ([]models.User, error) {
	ids := make([]string, 0, len(said))
	keys := make([]string, 0, len(said))
	for _, s := range said {
		ids = append(ids, s.ObjectID)
		if s.UserName != "" && s.Existence == models.Exists {
			keys = append(keys, models.Fold(s.UserName))
		}
	}
	slices.Sort(keys)
	return tx.UserCandidates(ids, slices.Compact(keys))
}

// userBatch is a page's users on their way: what they were, and what they became.
type userBatch struct {
	candidates []models.User
	byID       map[string]int // object id to candidate
	byName     map[string]int // folded userName to candidate
	before     []*models.User
	after      []models.User
	position   map[string]int // record id to place in after
	yields     []reconcile.UserStep
}

func newUserBatch(candidates []models.User) *userBatch {
	b := &userBatch{
		candidates: candidates,
		byID:       make(map[string]int), byName: make(map[string]int), position: make(map[string]int),
	}
	for i, u := range candidates {
		if u.EntraObjectID != "" {
			b.byID[string(u.EntraObjectID)] = i
		}
		if u.UserNameKey != "" {
			b.byName[string(u.UserNameKey)] = i
		}
	}
	return b
}

// hear adds one reading. A tombstone of someone unknown is nobody's.
func (b *userBatch) hear(w *round, said models.SourceUser, look models.Look, newID func() string) {
	record := b.find(said)
	if record == nil && said.Existence != models.Exists {
		return
	}
	place, pending := -1, false
	if record != nil {
		place, pending = b.placeOf(record.ID)
	}
	if !pending {
		place = len(b.after)
		if record == nil {
			b.before = append(b.before, nil)
			b.after = append(b.after, models.User{DirectoryID: w.directory.ID, ID: newID()})
		} else {
			b.before = append(b.before, record)
			b.after = append(b.after, *record)
		}
		b.position[b.after[place].ID] = place
		b.candidates = append(b.candidates, b.after[place])
		b.byID[said.ObjectID] = len(b.candidates) - 1
	}
	b.after[place] = reconcile.HearPullUser(b.after[place], said, look)
}

func (b *userBatch) placeOf(id string) (int, bool) {
	place, pending := b.position[id]
	return place, pending
}

// find asks reconcile which candidate a reading speaks of; a dead one that holds the
// object id of a living namesake gives it up.
func (b *userBatch) find(said models.SourceUser) *models.User {
	var some []models.User
	if i, known := b.byID[said.ObjectID]; known {
		some = append(some, b.candidates[i])
	}
	if said.Existence == models.Exists {
		if i, known := b.byName[models.Fold(said.UserName)]; known && (len(some) == 0 || some[0].ID != b.candidates[i].ID) {
			some = append(some, b.candidates[i])
		}
	}
	match := reconcile.MatchPulledUser(some, said.ObjectID, said.UserName)
	if match.Yields >= 0 {
		b.yields = append(b.yields, reconcile.Yield(some[match.Yields]))
	}
	if match.Record < 0 {
		return nil
	}
	return &some[match.Record]
}

// writeUsers plans a batch under given rules, writes it unless the run is dry, and
// counts it.
func (w *round) writeUsers(tx *store.Tx, before []*models.User, after []models.User, yields []reconcile.UserStep, rules reconcile.Rules) error {
	if err := w.resolveManagers(tx, &rules, after); err != nil {
		return err
	}
	names, err := tx.NameHolders(wantedNames(after))
	if err != nil {
		return err
	}
	steps := append(yields, reconcile.PlanUsers(before, after, names, rules, w.at)...)
	if !w.reportConflicts {
		for i := range steps {
			if steps[i].Action == models.Conflicted {
				steps[i].Action = "" // the name may be free by the end of the round
			}
		}
	}
	changed := slices.DeleteFunc(slices.Clone(steps), unchanged)
	if err := reconcile.ApplyUsers(w.writer(tx), changed, w.origin()); err != nil {
		return err
	}
	var back []string
	for _, s := range steps {
		w.countUser(s)
		w.plan.keep(w.run.DryRun, s.After.End())
		if s.Before != nil && s.After.Living && (!s.Before.Living || s.Before.PullSays != s.After.PullSays) {
			w.revisit = append(w.revisit, s.After.ID)
			if !s.Before.Living {
				back = append(back, s.After.ID)
			}
		}
	}
	for _, id := range back {
		if _, err := reconcile.RemergeEdgesOf(w.writer(tx), id, rules, w.origin()); err != nil {
			return err
		}
	}
	return tx.AppendItems(w.userItems(steps))
}

// wantedNames are the folded userNames that a batch may come to ask for.
func wantedNames(users []models.User) []string {
	var keys []string
	for _, u := range users {
		for _, words := range []models.Words{u.PushWords, u.PullWords} {
			if name, ok := words["userName"].Value.(string); ok {
				if key := models.Fold(name); key != string(u.UserNameKey) {
					keys = append(keys, key)
				}
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// resolveManagers looks up whom push names as manager, where the pull has named
// someone too: the one says a SCIM id, the other an object id.
func (w *round) resolveManagers(tx *store.Tx, rules *reconcile.Rules, users []models.User) error {
	var ids []string
	for _, u := range users {
		said, spoke := u.PushWords[models.ManagerPath]
		_, read := u.PullWords[models.ManagerPath]
		if id, ok := said.Value.(string); ok && spoke && read && !said.Agreed {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var err error
	rules.ObjectIDs, err = tx.ObjectIDs(ids)
	return err
}
