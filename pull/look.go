package pull

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"

	"scimbridge/internal/logging"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// LookAt asks Graph for one person by id and hears the answer at once, outside of any
// run. It is asked for when push says that somebody is active, while the pull last found
// them disabled: Entra's push is minutes old, the pull's reading may be a night old.
func (r *Runner) LookAt(ctx context.Context, directoryID, objectID string) error {
	ctx = logging.With(ctx, slog.String("directory", directoryID))
	w := &round{Runner: r, emptiness: newEmptiness(), isLook: true}
	var err error
	if w.directory, err = r.Store.Directory(ctx, directoryID); err != nil {
		return err
	}
	if w.directory.Mode != models.ProductionMode {
		return nil // in test mode the pull writes nothing
	}
	if w.state, err = r.Store.PullState(ctx, directoryID); err != nil {
		return err
	}
	if w.source, w.settings, err = r.open(ctx, w.directory); err != nil {
		return err
	}
	if w.at, err = r.Store.Now(ctx); err != nil {
		return err
	}
	w.ahead = w.at.Time().Sub(w.Now())
	reading, err := w.readOne(ctx, objectID)
	if err != nil {
		return err
	}
	return r.Store.InTx(ctx, directoryID, func(tx *store.Tx) error {
		return w.hearLook(tx, reading)
	})
}

// readOne reads one person by id: whole, with the direct groups, where the pull's last
// word was that they are not there.
func (w *round) readOne(ctx context.Context, objectID string) (UserReading, error) {
	var away bool
	if err := w.Store.InTx(ctx, w.directory.ID, func(tx *store.Tx) error {
		ends, err := tx.EndsByObjectID([]string{objectID}, nil)
		says := ends[objectID].PullSays
		away = says == models.SoftDeleted || says == models.Gone
		return err
	}); err != nil {
		return UserReading{}, err
	}
	if reads, can := w.source.(Presence); can && away {
		readings, err := reads.ReadUsers(ctx, []string{objectID})
		if err != nil {
			return UserReading{}, err
		}
		return readings[0], nil
	}
	page, err := w.source.ConfirmUsers(ctx, []string{objectID})
	if err != nil {
		return UserReading{}, err
	}
	return UserReading{User: page.Items[0], SentAt: page.SentAt}, nil
}

// hearLook hears a user of whom nobody but one asked: nothing waits for a guard here. Who
// was out of scope stays so, which is a round's to judge; of who was away the groups tell.
func (w *round) hearLook(tx *store.Tx, r UserReading) error {
	candidates, err := userCandidates(tx, []models.SourceUser{r.User})
	if err != nil {
		return err
	}
	wasOutside := false
	for _, u := range candidates {
		wasOutside = wasOutside || string(u.EntraObjectID) == r.User.ObjectID && u.PullSays == models.OutOfScope
	}
	isIn := !wasOutside
	if isIn && w.scoped() && !r.GroupsAt.IsZero() {
		existing, err := tx.ExistingGroups(r.Groups)
		if err != nil {
			return err
		}
		isIn = w.scopeOf().holds(r.Groups, existing)
	}
	said := r.User
	if said.Existence == models.Exists && !isIn {
		said = outside(said)
	}
	said = w.asTaken([]models.SourceUser{said})[0]
	batch := newUserBatch(candidates)
	batch.hear(w, said, w.look(r.SentAt, true), tx.NewID)
	names, err := tx.NameHolders(wantedNames(batch.after))
	if err != nil {
		return err
	}
	steps := append(batch.yields, reconcile.PlanUsers(batch.before, batch.after, names, w.rules(), w.at)...)
	if err := reconcile.ApplyUsers(tx, steps, w.origin()); err != nil {
		return err
	}
	if said.Existence != models.Exists || r.GroupsAt.IsZero() {
		return nil
	}
	return w.hearGroupsAbove(tx, said.ObjectID, r.Groups, r.GroupsAt)
}

// lookJob names a person to ask Graph for.
type lookJob struct {
	DirectoryID string `json:"directory_id"`
	ObjectID    string `json:"object_id"`
}

// Kind implements river.JobArgs.
func (lookJob) Kind() string { return "look" }

// Look has Graph asked for one person, once the transaction is over.
func (q *Queue) Look(ctx context.Context, tx *store.Tx, directoryID, objectID string) error {
	inner, err := tx.SQL()
	if err != nil {
		return err
	}
	_, err = q.client.InsertTx(ctx, inner, lookJob{directoryID, objectID}, &river.InsertOpts{MaxAttempts: lookTries})
	return err
}

// lookTries: what is missed so is read by the next round.
const lookTries = 3

type lookWorker struct {
	river.WorkerDefaults[lookJob]
	runner *Runner
}

// Work implements river.Worker. A fault that will not pass ends the job: the next run
// tells the admin of it.
func (w *lookWorker) Work(ctx context.Context, job *river.Job[lookJob]) error {
	err := w.runner.LookAt(ctx, job.Args.DirectoryID, job.Args.ObjectID)
	if err != nil && !passing(err) {
		w.runner.Log.WarnContext(ctx, "a person could not be looked up in Graph; the next run reads them", "error", err)
		return river.JobCancel(err)
	}
	return err
}
