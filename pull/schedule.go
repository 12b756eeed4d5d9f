package pull

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"scimbridge/models"
	"scimbridge/store"
)

// Scheduler starts the nightly runs, and finds runs that nobody works on: those whose
// process died. Any number of replicas may have one; a run is stored once.
type Scheduler struct {
	Store *store.Store
	Queue interface {
		Request(ctx context.Context, run models.SyncRun) (models.SyncRun, error)
		Wake(ctx context.Context, run models.SyncRun) error
	}
	Log *slog.Logger
}

// Run works until ctx ends, at every tick.
func (s *Scheduler) Run(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks:
			if err := s.Tick(ctx, now); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "the schedule could not be kept; it is tried again shortly", "error", err)
			}
		}
	}
}

// Tick wakes runs whose lease has lapsed, requests those that are due at now, and warns
// of credentials that end.
func (s *Scheduler) Tick(ctx context.Context, now time.Time) error {
	waiting, err := s.Store.AbandonedRuns(ctx)
	if err != nil {
		return err
	}
	for _, run := range waiting {
		s.Log.WarnContext(ctx, "a sync run was abandoned by its process; waking another", "directory", run.DirectoryID, "run", run.ID)
		err = errors.Join(err, s.Queue.Wake(ctx, run))
	}
	return errors.Join(err, s.requestDue(ctx, now), s.warnOfEnds(ctx, now))
}

func (s *Scheduler) requestDue(ctx context.Context, now time.Time) error {
	planned, err := s.Store.PlannedDirectories(ctx)
	if err != nil {
		return err
	}
	for _, d := range planned {
		since := max(d.LastRequestedAt, d.Directory.CreatedAt)
		due, dueErr := Due(d.Directory, since.Time(), now)
		if dueErr != nil {
			err = errors.Join(err, dueErr)
			continue
		}
		if !due {
			continue
		}
		_, requestErr := s.Queue.Request(ctx, models.SyncRun{
			DirectoryID: d.Directory.ID,
			Kind:        models.IncrementalRun, // full where that is not enough
			DryRun:      d.Directory.Mode == models.TestMode,
			Trigger:     models.BySchedule,
		})
		var busy *models.BusyError
		if !errors.As(requestErr, &busy) {
			err = errors.Join(err, requestErr)
		}
	}
	return err
}

// Due tells whether a directory's scheduled time has come since its last run was asked
// for. A time that was missed while the server was down is made up once.
func Due(d models.Directory, last, now time.Time) (bool, error) {
	if !d.Settings.Schedule.Enabled {
		return false, nil
	}
	at, err := d.LastDue(now)
	return err == nil && at.After(last), err
}
