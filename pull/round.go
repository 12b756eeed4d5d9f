package pull

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// round is one complete read of the source and what becomes of it.
type round struct {
	*Runner
	run       models.SyncRun
	directory models.Directory
	source    Source
	settings  models.GraphSettings // by which source was opened
	state     models.PullState
	// at is the round's look time: no look of the round is earlier.
	at models.Instant
	// ahead is how far the database's clock is ahead of the local one.
	ahead time.Duration
	// savedAt is when the progress was last saved, by the local clock.
	savedAt time.Time

	spool *spool
	// seenUsers and seenGroups are whom the round has seen: true if they exist, false
	// if they are soft-deleted.
	seenUsers  map[objectID]bool
	seenGroups map[objectID]bool
	// namesakes are groups that are decided once all names of the round are known.
	namesakes namesakes
	// revisit are records that the pull sees again, or for the first time, with edges
	// that may be decided otherwise once the round is complete.
	revisit []string
	// emptiness and emptiedGroups are what the guard doubts beside the numbers.
	emptiness     *emptiness
	emptiedGroups []string
	// judged is what an incremental round of a scope has yet to judge. unsure is set where
	// Graph did not tell enough to: then the next round is full.
	judged judged
	unsure bool
	// excluded and vanished are groups of the scope, as this round has found them.
	excluded, vanished []string
	// isFirst is set where the pull had never read anybody when the run began.
	isFirst bool
	// leftOut is set once somebody has been read whom the scope leaves out.
	leftOut bool
	// isLook is true for a look at one person, outside of any run.
	isLook bool
	// isComplete is set once everything has been read, asked for and decided.
	isComplete bool
	// reportConflicts is set once names that are still taken are conflicts of this run.
	reportConflicts bool
	// changes are what an incremental round has told and decides at its end.
	changes changes
	// ledger is what a dry run has planned so far; nil in any other run.
	ledger *ledger
}

// round performs a run: it answers the run as it ended, stored if it succeeded.
func (r *Runner) round(ctx context.Context, run models.SyncRun) (models.SyncRun, error) {
	w := &round{
		Runner: r, run: run,
		seenUsers: make(map[objectID]bool), seenGroups: make(map[objectID]bool),
		namesakes: newNamesakes(), emptiness: newEmptiness(),
	}
	err := w.perform(ctx)
	return w.run, err
}

func (w *round) perform(ctx context.Context) (err error) {
	if err := w.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	defer w.noteUsage()
	links, steps, err := w.readRound(ctx)
	if err != nil {
		return err
	}
	for _, step := range append(steps, w.mergeAnew, w.passGuard, w.retryNames) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := w.complete(ctx, links); err != nil {
		return err
	}
	w.learnEnd(ctx)
	return nil
}

// step is one part of a round.
type step = func(context.Context) error

// readingsPerRun is how often a run begins to read anew because the source forgot its
// links on the way.
const readingsPerRun = 3

// readRound reads what has changed where that is enough, else everything, and answers
// what is to be decided from it.
func (w *round) readRound(ctx context.Context) (deltaLinks, []step, error) {
	if w.incremental() {
		links, err := w.readIncrement(ctx)
		if !isExpired(err) && !errors.Is(err, errScopeMoved) {
			return links, []step{w.settleNamesakes, w.readAppeared, w.applyMemberChanges}, err
		}
		w.Log.InfoContext(ctx, "reading what has changed is not enough; this round reads everything", "reason", err)
	}
	var links deltaLinks
	var err error
	for range readingsPerRun {
		if err = w.beginFull(); err != nil {
			return links, nil, err
		}
		if links, err = w.read(ctx); !isExpired(err) {
			return links, []step{w.refuseEmptiness, w.settleNamesakes, w.confirmMissing, w.withdrawOmitted, w.decideMembers}, err
		}
	}
	return links, nil, &SourceError{
		Code: "links_expired", Message: "Microsoft Graph forgot the pages of its listing while they were read, again and again",
		Hint: "this passes by itself; the run is tried again", Passing: true, Err: err,
	}
}

// beginFull forgets what an earlier reading of this run has gathered.
func (w *round) beginFull() error {
	w.run.Full = true
	w.emptiness = newEmptiness()
	w.emptiness.limit = w.directory.Settings.Guard.Users.Max
	w.changes, w.judged, w.unsure = changes{}, judged{}, false
	w.namesakes = newNamesakes()
	if w.ledger != nil {
		w.ledger.keepsNew = false
	}
	clear(w.seenUsers)
	clear(w.seenGroups)
	w.run.Counts.Users.Read, w.run.Counts.Groups.Read = 0, 0
	gathered := w.spool
	var err error
	w.spool, err = newSpool(w.SpoolDir)
	return errors.Join(err, gathered.Close())
}

func (w *round) prepare(ctx context.Context) error {
	var err error
	if w.directory, err = w.Store.Directory(ctx, w.run.DirectoryID); err != nil {
		return err
	}
	if w.state, err = w.Store.PullState(ctx, w.run.DirectoryID); err != nil {
		return err
	}
	if w.state.RoundAt == 0 {
		pulled, err := w.Store.CountPulledUsers(ctx, w.run.DirectoryID)
		if err != nil {
			return err
		}
		w.isFirst = pulled == 0
	}
	if w.source, w.settings, err = w.open(ctx, w.directory); err != nil {
		return err
	}
	if w.at, err = w.Store.Now(ctx); err != nil {
		return err
	}
	// Asked for after the database's clock, the local one makes looks a little early,
	// never late: a push at the same moment wins.
	w.ahead = w.at.Time().Sub(w.Now())
	w.run.RoundAt, w.run.Full = w.at, true
	w.run.Counts = w.countsToContinue()
	if w.run.DryRun {
		if w.ledger, err = newLedger(w.SpoolDir); err != nil {
			return err
		}
	}
	if w.spool, err = newSpool(w.SpoolDir); err != nil {
		return errors.Join(err, w.close())
	}
	return nil
}

// close removes the round's files.
func (w *round) close() (err error) {
	if w.spool != nil {
		err = w.spool.Close()
	}
	if w.ledger != nil {
		err = errors.Join(err, w.ledger.Close())
	}
	return err
}

// countsToContinue are those of an earlier attempt at this run, whose changes stand,
// without what it read and what waits. A dry run begins anew.
func (w *round) countsToContinue() models.Counts {
	if w.run.DryRun {
		return models.Counts{}
	}
	counts := w.run.Counts
	counts.Users.Read, counts.Groups.Read, counts.Memberships.Read = 0, 0, 0
	counts.Users.Conflicts, counts.Groups.Conflicts = 0, 0
	return counts
}

// deltaLinks are where the next round goes on.
type deltaLinks struct{ users, groups string }

// read hears every page of a fresh delta round. Users come first, so that the members
// of groups are known when groups are decided.
func (w *round) read(ctx context.Context) (deltaLinks, error) {
	var links deltaLinks
	if w.run.DryRun {
		if err := w.inTx(ctx, func(tx desk) error { return tx.(planned).DropItems(w.run) }); err != nil {
			return links, err
		}
	}
	if w.scoped() {
		return w.readScope(ctx)
	}
	w.estimate(ctx, models.Losses{})
	var err error
	if links.users, err = pages(ctx, w.source.UsersDelta, w.hearUsers); err != nil {
		return links, fmt.Errorf("read users: %w", err)
	}
	// A fresh delta round leaves out who is soft-deleted.
	if _, err = pages(ctx, w.source.DeletedUsers, w.hearUsers); err != nil {
		return links, fmt.Errorf("read deleted users: %w", err)
	}
	if links.groups, err = pages(ctx, w.source.GroupsDelta, w.hearGroups); err != nil {
		return links, fmt.Errorf("read groups: %w", err)
	}
	return links, nil
}

// refuseEmptiness fails a round that found nobody where there were people: a tenant
// does not empty overnight, a permission does vanish so.
func (w *round) refuseEmptiness(ctx context.Context) error {
	if w.directory.Settings.Scope.Kind == "groups" {
		return nil // a scope may be empty; the guard weighs who would be lost by it
	}
	if w.leftOut {
		return nil // Graph did answer with people
	}
	for _, exists := range w.seenUsers {
		if exists {
			return nil
		}
	}
	known, err := w.Store.CountPulledUsers(ctx, w.directory.ID)
	if err != nil || known == 0 {
		return err
	}
	return &SourceError{
		Code:    "empty_answer",
		Message: fmt.Sprintf("Microsoft Graph answered with no users at all, where there were %d", known),
		Hint:    "check the application's permissions (User.Read.All) and its admin consent; nothing has been removed",
	}
}

// complete stores the end of the run and where the next round goes on, together.
func (w *round) complete(ctx context.Context, links deltaLinks) error {
	w.noteUsage()
	w.run.State = models.Succeeded
	if len(w.run.Doubts) > 0 && !w.run.DryRun {
		w.run.State = models.Held
	}
	ended, err := w.Store.EndRun(ctx, w.run, func(tx *store.Tx) error {
		if w.run.DryRun {
			return nil
		}
		if err := tx.SupersedeHeld(w.run, w.at); err != nil {
			return err
		}
		if w.unsure {
			links = deltaLinks{}
		}
		fullAt, rounds := w.at, 0
		if !w.run.Full {
			fullAt, rounds = w.state.FullAt, w.state.Rounds+1
		}
		return tx.SetPullState(models.PullState{
			DirectoryID: w.directory.ID,
			RoundAt:     w.at, FullAt: fullAt, DeltaAt: w.at, Rounds: rounds,
			UsersDelta: links.users, GroupsDelta: links.groups, Selection: w.selection(),
			Excluded: w.excluded, Vanished: w.vanished, Settle: w.directory.Settings.Settle,
		})
	})
	if err != nil {
		return err
	}
	w.run = ended
	return nil
}

// look is when a page was asked for, by the database's clock.
func (w *round) look(sentAt time.Time, direct bool) models.Look {
	return models.Look{At: max(w.at, models.At(sentAt.Add(w.ahead))), Direct: direct, Round: w.at}
}

// rules are those of the last completed round; that is this one, once it is.
func (w *round) rules() reconcile.Rules {
	if w.isLook {
		return reconcile.Rules{Settle: w.directory.Settings.Settle, RoundAt: w.state.RoundAt}
	}
	if w.isComplete {
		return w.completedRules()
	}
	return w.rulesAt(w.state.RoundAt)
}

// completedRules are those that hold once this round is a completed one.
func (w *round) completedRules() reconcile.Rules {
	return w.rulesAt(w.at)
}

// rulesAt: every loss waits for the guard.
func (w *round) rulesAt(roundAt models.Instant) reconcile.Rules {
	return reconcile.Rules{
		Settle: w.directory.Settings.Settle, RoundAt: roundAt,
		Guard: reconcile.HoldLosses, Emptied: w.emptiness.waits, Shown: w.emptiness.shown,
	}
}

func (w *round) origin() reconcile.Origin {
	if w.isLook {
		return reconcile.Origin{By: models.Pull, ID: "look", At: w.at}
	}
	return reconcile.Origin{By: models.Pull, ID: w.run.ID, At: w.at}
}

// nameRaces is how often a step is tried whose names or object ids a push takes at the
// same moment: in a pull, a taken name is a conflict that waits, never a failed run.
const nameRaces = 5

// inTx runs one step of the run: its lease is checked first, and its progress saved
// with what it did.
func (w *round) inTx(ctx context.Context, step func(desk) error) error {
	counts, revisit, emptied := w.run.Counts, len(w.revisit), len(w.emptiedGroups)
	restart := func() {
		w.run.Counts, w.revisit, w.emptiedGroups = counts, w.revisit[:revisit], w.emptiedGroups[:emptied]
	}
	var err error
	for range nameRaces {
		err = w.Store.InTx(ctx, w.directory.ID, func(tx *store.Tx) error {
			restart() // the step may run again
			if err := tx.HoldLease(w.run); err != nil {
				return err
			}
			if err := step(w.deskOf(tx)); err != nil {
				return err
			}
			w.noteUsage()
			return tx.SaveProgress(w.run)
		})
		if taken := (*models.ConflictError)(nil); !errors.As(err, &taken) {
			break
		}
	}
	switch {
	case err != nil:
		restart() // nothing of it stands
	default:
		w.savedAt = w.Now()
		if w.ledger != nil {
			w.ledger.commit()
		}
	}
	return err
}

// progressEvery is how long a run may go on without being seen to, and without seeing
// that it was cancelled.
const progressEvery = time.Second / 2

// pass goes by what reads as before: there is nothing to write, but for the progress now
// and then.
func (w *round) pass(ctx context.Context) error {
	if w.Now().Sub(w.savedAt) < progressEvery {
		return nil
	}
	return w.inTx(ctx, func(desk) error { return nil })
}

func (w *round) deskOf(tx *store.Tx) desk {
	if w.ledger == nil {
		return tx
	}
	w.ledger.begin()
	return planned{tx, w.ledger}
}

func (w *round) noteUsage() {
	if w.source == nil {
		return // an admin's decision is carried out, nothing is read
	}
	u := w.source.Usage()
	w.run.Usage = models.RunUsage{
		Requests: u.Requests, Throttled: u.Throttled, Units: u.Units,
		Bytes: u.Bytes, WaitedMS: u.Waited.Milliseconds(),
	}
}
