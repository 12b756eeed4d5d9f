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
	w := &round{Runner: r, emptiness: newEmptiness()}
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
	page, err := w.source.ConfirmUsers(ctx, []string{objectID})
	if err != nil {
		return err
	}
	return r.Store.InTx(ctx, directoryID, func(tx *store.Tx) error {
		return w.hearLook(tx, page)
	})
}

// hearLook hears users of whom nobody but one asked: nothing waits for a guard here.
func (w *round) hearLook(tx *store.Tx, page Page[models.SourceUser]) error {
	page.Items = w.asTaken(page.Items)
	candidates, err := userCandidates(tx, page.Items)
	if err != nil {
		return err
	}
	batch := newUserBatch(candidates)
	wasOutside := make(map[string]bool)
	for _, u := range candidates {
		wasOutside[string(u.EntraObjectID)] = u.PullSays == models.OutOfScope
	}
	for _, said := range page.Items {
		if wasOutside[said.ObjectID] && said.Existence == models.Exists { // the scope is a round's to judge
			said = outside(said)
		}
		batch.hear(w, said, w.look(page.SentAt, true), tx.NewID)
	}
	rules := reconcile.Rules{Settle: w.directory.Settings.Settle, RoundAt: w.state.RoundAt}
	names, err := tx.NameHolders(wantedNames(batch.after))
	if err != nil {
		return err
	}
	steps := append(batch.yields, reconcile.PlanUsers(batch.before, batch.after, names, rules, w.at)...)
	return reconcile.ApplyUsers(tx, steps, reconcile.Origin{By: models.Pull, ID: "look", At: w.at})
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
