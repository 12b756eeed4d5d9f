package store

import (
	"context"
	"errors"
	"time"

	"scimbridge/models"
)

// LeaseTime is how long a run's owner may be silent before another takes the run over.
const LeaseTime = 30 * time.Second

// ErrLeaseLost means that a run belongs to another process now: whoever sees this
// stops, and writes nothing more.
var ErrLeaseLost = errors.New("the run has been taken over by another process")

// ErrCancelled means that an admin has cancelled the run.
var ErrCancelled = errors.New("the run has been cancelled")

// CreateRun queues a run. It answers a *models.BusyError while one is queued or running.
// enqueue runs in the same transaction, so that no run is stored that nobody is woken for.
func (s *Store) CreateRun(ctx context.Context, run models.SyncRun, enqueue func(*Tx, models.SyncRun) error) (models.SyncRun, error) {
	var queued models.SyncRun
	err := s.InTx(ctx, run.DirectoryID, func(tx *Tx) error {
		var err error
		queued, err = tx.QueueRun(ctx, run, enqueue)
		return err
	})
	return queued, s.busyIfActive(ctx, run.DirectoryID, err)
}

// QueueRun queues a run in the transaction of what calls for it. Whoever commits turns the
// violated index of active runs into a *models.BusyError.
func (tx *Tx) QueueRun(ctx context.Context, run models.SyncRun, enqueue func(*Tx, models.SyncRun) error) (models.SyncRun, error) {
	run.ID, run.State = tx.NewID(), models.Queued
	var err error
	if run.RequestedAt, err = tx.Now(ctx); err != nil {
		return run, err
	}
	if run.Expected, err = tx.expected(run); err != nil {
		return run, err
	}
	if err := tx.db.Create(&run).Error; err != nil {
		return run, err
	}
	return run, enqueue(tx, run)
}

// CallOff ends a held run of a kind: what it would do is not wanted any more. It answers a
// *models.BusyError while one is queued or running.
func (tx *Tx) CallOff(ctx context.Context, kind models.RunKind) error {
	var runs []models.SyncRun
	err := tx.db.Where("directory_id = ? AND kind = ? AND state IN ?", tx.directoryID, kind,
		[]models.RunState{models.Queued, models.Running, models.Held}).Find(&runs).Error
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.State.Active() {
			return &models.BusyError{Kind: "sync run", ID: run.ID}
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := tx.run(run).Updates(map[string]any{"state": models.Superseded, "finished_at": now}).Error; err != nil {
			return err
		}
	}
	return nil
}

// NoteDecision keeps a decision that the run itself has come to.
func (tx *Tx) NoteDecision(run models.SyncRun) error {
	return tx.run(run).Updates(map[string]any{"decision": run.Decision}).Error
}

// ForgetDeltaLinks has the next round read everything.
func (tx *Tx) ForgetDeltaLinks() error {
	return tx.db.Model(&models.PullState{}).Where("directory_id = ?", tx.directoryID).
		Updates(map[string]any{"users_delta": "", "groups_delta": ""}).Error
}

// expected is how much the last full run has read, which is what the next full one is
// expected to read; nothing is known of an incremental one.
func (tx *Tx) expected(run models.SyncRun) (models.Expected, error) {
	if run.Kind != models.FullRun {
		return models.Expected{}, nil
	}
	var last []models.SyncRun
	err := tx.db.Where(`directory_id = ? AND "full" AND state IN ?`, run.DirectoryID, []models.RunState{models.Succeeded, models.Held}).
		Order("id DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return models.Expected{}, err
	}
	return models.Expected{Users: last[0].Counts.Users.Read, Groups: last[0].Counts.Groups.Read}, nil
}

// busyIfActive turns the violated index of active runs into the run that is under way.
func (s *Store) busyIfActive(ctx context.Context, directoryID string, err error) error {
	if index, violated := violatedIndex(err); !violated || index != "sync_runs_active" && index != "sync_runs.directory_id" {
		return err
	}
	active, findErr := s.activeRun(ctx, directoryID)
	return errors.Join(findErr, &models.BusyError{Kind: "sync run", ID: active.ID})
}

func (s *Store) activeRun(ctx context.Context, directoryID string) (models.SyncRun, error) {
	var run models.SyncRun
	err := s.db.WithContext(ctx).
		Where("directory_id = ? AND state IN ?", directoryID, []models.RunState{models.Queued, models.Running}).
		Limit(1).Find(&run).Error
	return run, err
}

// Run reads one run.
func (s *Store) Run(ctx context.Context, directoryID, id string) (models.SyncRun, error) {
	var run models.SyncRun
	if !isID(directoryID) || !isID(id) {
		return run, models.ErrNotFound
	}
	return run, toDomain(s.db.WithContext(ctx).Where("directory_id = ? AND id = ?", directoryID, id).Take(&run).Error)
}

// RunQuery asks for a page of a directory's runs, newest first.
type RunQuery struct {
	Before   string // the id of a run; for cursor pages
	Limit    int
	State    models.RunState // "" is every one
	From, To models.Instant  // by when they were requested
}

// Runs lists a directory's runs.
func (s *Store) Runs(ctx context.Context, directoryID string, q RunQuery) ([]models.SyncRun, error) {
	var runs []models.SyncRun
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	query := s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Order("id DESC").Limit(q.Limit)
	only := func(given bool, condition string, argument any) {
		if given {
			query = query.Where(condition, argument)
		}
	}
	only(isID(q.Before), "id < ?", q.Before)
	only(q.State != "", "state = ?", q.State)
	only(q.From != 0, "requested_at >= ?", q.From)
	only(q.To != 0, "requested_at < ?", q.To)
	return runs, query.Find(&runs).Error
}

// ClaimRun makes owner the owner of a run that is queued, or whose owner has been
// silent for LeaseTime. ok is false if someone else has it or it has ended.
func (s *Store) ClaimRun(ctx context.Context, directoryID, id, owner string) (run models.SyncRun, ok bool, err error) {
	err = s.InTx(ctx, directoryID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := forUpdate(tx.db).Where("directory_id = ? AND id = ?", directoryID, id).Take(&run).Error; err != nil {
			return err
		}
		ok = run.State == models.Queued || run.State == models.Running && run.LeaseUntil < now
		if !ok {
			return nil
		}
		if run.StartedAt == 0 {
			run.StartedAt = now
		}
		run.State, run.Owner, run.LeaseUntil = models.Running, owner, now.Add(LeaseTime)
		run.Attempts++
		return tx.db.Select("*").Updates(&run).Error
	})
	return run, ok, err
}

// RenewLease keeps a run with its owner. It answers ErrLeaseLost or ErrCancelled.
func (s *Store) RenewLease(ctx context.Context, run models.SyncRun) error {
	return s.InTx(ctx, run.DirectoryID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := tx.HoldLease(run); err != nil {
			return err
		}
		return tx.run(run).Update("lease_until", now.Add(LeaseTime)).Error
	})
}

// HoldLease checks, and locks until the end of the transaction, that a run still
// belongs to its owner and is not cancelled. Each page's transaction begins with it; it
// brings the turn along, which a page needs, to spare a round trip.
func (tx *Tx) HoldLease(run models.SyncRun) error {
	var current models.SyncRun
	query := forUpdate(tx.db).Select("id, owner, attempts, state, cancel_requested")
	if tx.needsTurn() {
		query = query.Select("id, owner, attempts, state, cancel_requested, "+lockTurn, tx.takeTurn())
	}
	err := query.
		Where("directory_id = ? AND id = ?", run.DirectoryID, run.ID).Take(&current).Error
	switch {
	case err != nil:
		return toDomain(err)
	case current.State != models.Running || current.Owner != run.Owner || current.Attempts != run.Attempts:
		return ErrLeaseLost // an attempt of this process that slept too long has lost it too
	case current.CancelRequested:
		return ErrCancelled
	}
	return nil
}

// SaveProgress notes what a run has counted and cost so far.
func (tx *Tx) SaveProgress(run models.SyncRun) error {
	return tx.run(run).Updates(map[string]any{"counts": run.Counts, "usage": run.Usage, "round_at": run.RoundAt, "full": run.Full, "expected": run.Expected}).Error
}

// EndRun stores how a run ended, if it still belongs to its owner.
func (s *Store) EndRun(ctx context.Context, run models.SyncRun, before func(*Tx) error) (models.SyncRun, error) {
	err := s.InTx(ctx, run.DirectoryID, func(tx *Tx) error {
		if err := tx.HoldLease(run); err != nil && !(errors.Is(err, ErrCancelled) && run.State != models.Succeeded) {
			return err
		}
		var err error
		if run.FinishedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		if before != nil {
			if err := before(tx); err != nil {
				return err
			}
		}
		run.LeaseUntil = 0
		return tx.db.Select("*").Omit("cancel_requested").Updates(&run).Error
	})
	return run, err
}

// ReleaseRun hands a running run back to the queue, for another process to take over.
// Until the lease would have lapsed, it is left to the queue to wake somebody.
func (s *Store) ReleaseRun(ctx context.Context, run models.SyncRun) error {
	return s.InTx(ctx, run.DirectoryID, func(tx *Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := tx.HoldLease(run); err != nil {
			return err
		}
		return tx.run(run).Updates(map[string]any{"state": models.Queued, "owner": "", "lease_until": now.Add(LeaseTime), "faults": run.Faults}).Error
	})
}

// CancelRun asks a run to stop: a queued one ends here, a running one at its next page.
// It answers a *models.InvalidError for a run that has ended.
func (s *Store) CancelRun(ctx context.Context, directoryID, id string) (models.SyncRun, error) {
	var run models.SyncRun
	if !isID(directoryID) || !isID(id) {
		return run, models.ErrNotFound
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		if err := forUpdate(tx.db).Where("directory_id = ? AND id = ?", directoryID, id).Take(&run).Error; err != nil {
			return err
		}
		switch run.State {
		case models.Queued:
			var err error
			if run.FinishedAt, err = tx.Now(ctx); err != nil {
				return err
			}
			run.State = models.Cancelled
		case models.Running:
			run.CancelRequested = true
		default:
			return &models.InvalidError{Attribute: "state", Reason: "the run has already ended: it is " + string(run.State)}
		}
		return tx.db.Select("*").Updates(&run).Error
	})
	return run, err
}

// AbandonedRuns lists runs that nobody works on: running with a lapsed lease, or
// queued for longer than a lease lasts.
func (s *Store) AbandonedRuns(ctx context.Context) ([]models.SyncRun, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var runs []models.SyncRun
	err = s.db.WithContext(ctx).
		Where("state = ? AND lease_until < ? OR state = ? AND requested_at < ? AND lease_until < ?",
			models.Running, now, models.Queued, now.Add(-LeaseTime), now).
		Order("id").Find(&runs).Error
	return runs, err
}

// PlannedDirectory is a directory that can be pulled, and when a run was last asked for.
type PlannedDirectory struct {
	models.Directory
	LastRequestedAt models.Instant
}

// PlannedDirectories lists the directories that have Graph settings.
func (s *Store) PlannedDirectories(ctx context.Context) ([]PlannedDirectory, error) {
	var planned []PlannedDirectory
	err := s.db.WithContext(ctx).Raw(`
		SELECT d.*, COALESCE((SELECT max(r.requested_at) FROM sync_runs r
			WHERE r.directory_id = d.id AND r.kind IN ('full', 'incremental')), 0) AS last_requested_at
		FROM directories d
		JOIN graph_settings g ON g.directory_id = d.id
		ORDER BY d.id`).Scan(&planned).Error
	return planned, err
}

// AppendItems stores what a run did, or would do, record by record.
func (tx *Tx) AppendItems(items []models.Item) error {
	return insert(tx, "sync_run_items", items, narrowRow)
}

// DropItems forgets the items of a run that begins again.
func (tx *Tx) DropItems(run models.SyncRun) error {
	return tx.db.Table("sync_run_items").Where("directory_id = ? AND run_id = ?", run.DirectoryID, run.ID).Delete(&models.Item{}).Error
}

// Items lists a run's items after a given one.
func (s *Store) Items(ctx context.Context, directoryID, runID string, after int64, limit int) ([]models.Item, error) {
	var items []models.Item
	if !isID(directoryID) || !isID(runID) {
		return nil, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).Table("sync_run_items").
		Where("directory_id = ? AND run_id = ? AND seq > ?", directoryID, runID, after).
		Order("seq").Limit(limit).Find(&items).Error
	return items, err
}

// PullState reads where the pull of a directory stands.
func (s *Store) PullState(ctx context.Context, directoryID string) (models.PullState, error) {
	var state models.PullState
	return state, toDomain(s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Take(&state).Error)
}

// SetPullState stores where the pull stands, with the data that it stands for.
func (tx *Tx) SetPullState(state models.PullState) error {
	return tx.replaceBy("directory_id").Create(&state).Error
}

// Changes lists the feed after a given entry.
func (s *Store) Changes(ctx context.Context, directoryID string, after int64, limit int) ([]models.Change, error) {
	var changes []models.Change
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	err := s.db.WithContext(ctx).Where("directory_id = ? AND seq > ?", directoryID, after).
		Order("seq").Limit(limit).Find(&changes).Error
	return changes, err
}

// CountRuns counts the runs of all directories by their state, for the operator.
func (s *Store) CountRuns(ctx context.Context) (map[models.RunState]int, error) {
	var rows []struct {
		State models.RunState
		N     int
	}
	err := s.db.WithContext(ctx).Model(&models.SyncRun{}).Select("state, count(*) AS n").Group("state").Find(&rows).Error
	counts := make(map[models.RunState]int, len(rows))
	for _, row := range rows {
		counts[row.State] = row.N
	}
	return counts, err
}
