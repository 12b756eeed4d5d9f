package pull

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"scimbridge/internal/logging"
	"scimbridge/models"
	"scimbridge/store"
)

// Upkeep ends what has waited for too long and purges what has been kept for long enough,
// directory by directory. It is done once an hour, by one replica.
type Upkeep struct {
	Store *store.Store
	Log   *slog.Logger
	// KeepAudit is for how long audit events are kept; 0 is for ever.
	KeepAudit time.Duration
}

// directoriesPerLook is how many directories are listed at a time.
const directoriesPerLook = 100

// Once looks at every directory. A fault with one of them does not spare the others.
func (u *Upkeep) Once(ctx context.Context) error {
	var faults []error
	err := walk(func(after string) (last string, more bool, err error) {
		directories, err := u.Store.Directories(ctx, after, directoriesPerLook)
		if err != nil || len(directories) == 0 {
			return "", false, err
		}
		for _, d := range directories {
			if err := u.keep(logging.With(ctx, slog.String("directory", d.ID)), d); err != nil && !errors.Is(err, models.ErrNotFound) {
				faults = append(faults, err)
			}
		}
		return directories[len(directories)-1].ID, len(directories) == directoriesPerLook, ctx.Err()
	})
	return errors.Join(append(faults, err, u.purgeBridge(ctx))...)
}

func (u *Upkeep) keep(ctx context.Context, d models.Directory) error {
	now, err := u.Store.Now(ctx)
	if err != nil {
		return err
	}
	return errors.Join(u.expire(ctx, d, now), u.purge(ctx, d, now))
}

// expire ends held runs whose decision nobody has made in time. Nothing is lost by it,
// and nothing comes back: words and marks stay as they are.
func (u *Upkeep) expire(ctx context.Context, d models.Directory, now models.Instant) error {
	expired, err := u.Store.ExpireHeld(ctx, d.ID, now.Add(-d.Settings.Guard.Expires()), func(tx *store.Tx, run models.SyncRun) error {
		return tx.AppendAudit(ctx, models.AuditEvent{
			DirectoryID: models.Optional(d.ID), ActorKind: models.ByItself, ActorName: "bridge",
			Action: "sync-run.expired", TargetID: run.ID,
		})
	})
	for _, run := range expired {
		u.Log.WarnContext(ctx, "a held sync run has expired: nobody approved or rejected it in time; what it held stays as it was, and the next run holds anew what is still true",
			"run", run.ID, "after", d.Settings.Guard.Expires())
	}
	return err
}

// upkeepJob asks for the upkeep of all directories.
type upkeepJob struct{}

// Kind implements river.JobArgs.
func (upkeepJob) Kind() string { return "upkeep" }

const (
	upkeepQueue = "upkeep" // of its own, so that long runs do not delay it
	upkeepEvery = time.Hour
	upkeepTime  = 50 * time.Minute
)

// upkeepEveryHour has one replica, the one that leads the queue, ask for the upkeep.
func upkeepEveryHour() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(upkeepEvery), func() (river.JobArgs, *river.InsertOpts) {
		return upkeepJob{}, &river.InsertOpts{Queue: upkeepQueue, MaxAttempts: 1, UniqueOpts: once.UniqueOpts}
	}, &river.PeriodicJobOpts{ID: "upkeep", RunOnStart: true})
}

type upkeepWorker struct {
	river.WorkerDefaults[upkeepJob]
	upkeep *Upkeep
}

// Timeout implements river.Worker: what is left is done in the next hour.
func (w *upkeepWorker) Timeout(*river.Job[upkeepJob]) time.Duration { return upkeepTime }

// Work implements river.Worker. Nothing is tried again before the next hour.
func (w *upkeepWorker) Work(ctx context.Context, _ *river.Job[upkeepJob]) error {
	err := w.upkeep.Once(ctx)
	if err != nil && ctx.Err() == nil {
		w.upkeep.Log.ErrorContext(ctx, "the upkeep was not done as a whole; it is tried again in an hour", "error", err)
	}
	return err
}
