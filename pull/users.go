package pull

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// hearUsers hears a page of a listing or of a delta round. Who reads as before is left
// out: on a quiet night that is everybody.
func (w *round) hearUsers(ctx context.Context, page Page[models.SourceUser]) error {
	before := len(w.seenUsers)
	page.Items = w.asTaken(page.Items)
	if err := noteUsers(w.seenUsers, page.Items); err != nil {
		return err
	}
	for _, u := range page.Items {
		w.emptiness.read(u.Values)
	}
	known, err := w.userReadings(ctx, objectIDsOf(page.Items))
	if err != nil {
		return err
	}
	news := changedUsers(page.Items, known)
	w.run.Counts.Users.Read += len(w.seenUsers) - before // whoever comes twice is one
	if len(news) == 0 {
		return w.pass(ctx)
	}
	return w.inTx(ctx, func(tx desk) error {
		return w.settleUsers(tx, news, w.look(page.SentAt, false))
	})
}

// hearMissing hears users who were asked for by id. All of them are news: a read by id
// counts at once, which the list that read the same did not.
func (w *round) hearMissing(ctx context.Context, page Page[models.SourceUser]) error {
	page.Items = w.asTaken(page.Items)
	if err := noteUsers(w.seenUsers, page.Items); err != nil {
		return err
	}
	return w.inTx(ctx, func(tx desk) error {
		return w.settleUsers(tx, page.Items, w.look(page.SentAt, true))
	})
}

// noteUsers remembers whom the round has seen.
func noteUsers(seen map[objectID]bool, items []models.SourceUser) error {
	for _, u := range items {
		if err := note(seen, u.ObjectID, u.Existence); err != nil {
			return err
		}
	}
	return nil
}

func note(seen map[objectID]bool, text string, says models.Existence) error {
	id, err := parseObjectID(text)
	if err != nil {
		return fmt.Errorf("the source named a record without an object id: %w", err)
	}
	if says == models.Gone {
		delete(seen, id)
	} else {
		seen[id] = says == models.Exists
	}
	return nil
}

// userReadings are what the pull has read of users before. Only a pull changes them, and
// there is one at a time: whoever has lost the lease learns it when it writes.
func (w *round) userReadings(ctx context.Context, ids []string) (known map[string]int64, err error) {
	if w.isFirst {
		known = make(map[string]int64, len(ids))
	} else if known, err = w.Store.UserReadings(ctx, w.directory.ID, ids); err != nil {
		return nil, err
	}
	if w.ledger != nil {
		w.ledger.readUsers(known, ids)
	}
	return known, nil
}

// changedUsers leaves out who reads as before. Somebody who comes twice is compared with
// what the first time told.
func changedUsers(items []models.SourceUser, known map[string]int64) []models.SourceUser {
	news := items[:0:0]
	for _, u := range items {
		u.Hash = reconcile.HashUser(u)
		if before, read := known[u.ObjectID]; read && before == u.Hash {
			continue
		}
		known[u.ObjectID] = u.Hash
		news = append(news, u)
	}
	return news
}

// settleUsers matches, hears, merges and writes a batch.
func (w *round) settleUsers(tx desk, said []models.SourceUser, look models.Look) error {
	candidates, err := userCandidates(tx, said)
	if err != nil {
		return err
	}
	batch := newUserBatch(candidates)
	for _, s := range said {
		batch.hear(w, s, w.lookAt(s.Existence, s.SentAt, look), tx.NewID)
	}
	for _, y := range batch.yields { // the edges of one who takes an object over are unknown
		w.changes.users = append(w.changes.users, string(y.Before.EntraObjectID))
	}
	return w.writeUsers(tx, batch.before, batch.after, batch.yields, w.rules())
}

// lookAt is the look of one reading of a page: the page's, but for when it was asked for,
// if that is known. A tombstone that says "gone" for good counts at once.
func (w *round) lookAt(existence models.Existence, sentAt time.Time, look models.Look) models.Look {
	if !sentAt.IsZero() {
		look.At = w.look(sentAt, look.Direct).At
	}
	if existence == models.Gone {
		look.Direct = true
	}
	return look
}

func userCandidates(tx desk, said []models.SourceUser) ([]models.User, error) {
	ids := make([]string, 0, len(said))
	keys := make([]string, 0, len(said))
	for _, s := range said {
		ids = append(ids, s.ObjectID)
		if s.UserName != "" && isNamed(s) {
			keys = append(keys, models.Fold(s.UserName))
		}
	}
	slices.Sort(keys)
	return tx.UserCandidates(ids, slices.Compact(keys))
}

// userBatch is a page's users on their way: what they were, and what they became.
type userBatch struct {
	// candidates are the records as far as the page has been heard.
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

// hear adds one reading. A tombstone of someone unknown is nobody's. The same object
// may come twice in a page: the second reading finds what the first one made.
func (b *userBatch) hear(w *round, said models.SourceUser, look models.Look, newID func() string) {
	i := b.find(said)
	switch {
	case i >= 0 && staysOutside(b.candidates[i], said), i < 0 && said.Existence != models.Exists:
		return
	case i < 0:
		i = len(b.candidates)
		b.candidates = append(b.candidates, models.User{DirectoryID: w.directory.ID, ID: newID()})
		b.position[b.candidates[i].ID] = b.enter(nil, b.candidates[i])
	}
	record := b.candidates[i]
	place, pending := b.position[record.ID]
	if !pending {
		place = b.enter(&record, record)
		b.position[record.ID] = place
	}
	b.after[place] = reconcile.HearPullUser(b.after[place], said, look)
	b.candidates[i] = b.after[place]
	b.byID[said.ObjectID] = i
}

// isNamed tells whether a reading speaks of somebody by name too.
func isNamed(said models.SourceUser) bool {
	return said.Existence == models.Exists || said.Existence == models.OutOfScope
}

// staysOutside: somebody who was out of scope and is not here any more has not been
// deactivated by being deleted in Entra; there is nobody to deactivate.
func staysOutside(u models.User, said models.SourceUser) bool {
	return said.Existence == models.SoftDeleted && u.PullSays == models.OutOfScope && !u.Living
}

func (b *userBatch) enter(before *models.User, after models.User) (place int) {
	b.before, b.after = append(b.before, before), append(b.after, after)
	return len(b.after) - 1
}

// find asks reconcile which candidate a reading speaks of; -1 is somebody new. A dead
// one that holds the object id of a living namesake gives it up.
func (b *userBatch) find(said models.SourceUser) int {
	var some []models.User
	var places []int
	if i, known := b.byID[said.ObjectID]; known {
		some, places = append(some, b.candidates[i]), append(places, i)
		if _, pending := b.position[b.candidates[i].ID]; pending {
			return i // heard in this page
		}
	}
	if isNamed(said) {
		if i, known := b.byName[models.Fold(said.UserName)]; known && !slices.Contains(places, i) {
			some, places = append(some, b.candidates[i]), append(places, i)
		}
	}
	match := reconcile.MatchPulledUser(some, said.ObjectID, said.UserName)
	if match.Yields >= 0 {
		b.yields = append(b.yields, reconcile.Yield(some[match.Yields]))
	}
	if match.Record < 0 {
		return -1
	}
	return places[match.Record]
}

// writeUsers plans a batch under given rules, writes it, and counts it.
func (w *round) writeUsers(tx desk, before []*models.User, after []models.User, yields []reconcile.UserStep, rules reconcile.Rules) error {
	if err := resolveManagers(tx, &rules, after); err != nil {
		return err
	}
	names, err := tx.NameHolders(wantedNames(after))
	if err != nil {
		return err
	}
	steps := append(yields, reconcile.PlanUsers(before, after, names, rules, w.at)...)
	if !w.reportConflicts {
		for i := range steps {
			passOverConflict(&steps[i])
		}
	}
	if err := reconcile.ApplyUsers(tx, steps, w.origin()); err != nil {
		return err
	}
	var drift []models.Drift
	var back []string
	for _, s := range steps {
		count(&w.run.Counts.Users, s.Action)
		drift = append(drift, reconcile.DriftOfUser(s)...)
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
	return tx.AppendItems(w.userItems(steps))
}

// passOverConflict: the name may be free by the end of the round. What else has
// changed is told now.
func passOverConflict(s *reconcile.UserStep) {
	if s.Action != models.Conflicted {
		return
	}
	s.Action = ""
	if s.Before != nil && s.Before.Living && s.After.Version != s.Before.Version {
		s.Action = models.Updated
	}
	s.Conflict = ""
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
func resolveManagers(tx desk, rules *reconcile.Rules, users []models.User) error {
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
