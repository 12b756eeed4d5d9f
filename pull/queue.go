package pull

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/store"
)

// Queue wakes whoever is to perform a run, on whichever replica is free. It is no
// lock: the run's row and its lease are. Enqueued with the run in one transaction, a
// run is never stored without a waker.
type Queue struct {
	runner *Runner
	store  *store.Store
	pool   *sql.DB
	client *river.Client[*sql.Tx]
}

// runJob names a run to perform.
type runJob struct {
	DirectoryID string `json:"directory_id"`
	RunID       string `json:"run_id"`
	// Attempt tells the job of a run that is to be taken over from the job of the
	// process that died with it, which the queue believes to be running for hours.
	Attempt int `json:"attempt"`
}

// Kind implements river.JobArgs.
func (runJob) Kind() string { return "sync_run" }

// once keeps one job an attempt at a run, however often somebody is woken for it.
var once = &river.InsertOpts{UniqueOpts: river.UniqueOpts{
	ByArgs: true,
	ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	},
}}

// Limits of the queue. River's own do not fit: it would end a job after a minute and
// try a failed one 25 times.
const (
	runsAtOnce = 4              // on one replica
	runTimeout = 12 * time.Hour // no run takes so long; a hung one ends
	jobTries   = 10             // also spent on hand-overs, not only on faults
	retryAfter = time.Minute
)

// NewQueue connects to the job queue. Start begins to work on it.
func NewQueue(runner *Runner, upkeep *Upkeep, s *store.Store, log *slog.Logger) (*Queue, error) {
	pool, err := s.QueuePool()
	if err != nil {
		return nil, err
	}
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(pool)
	if s.Dialect() == migrations.PostgreSQL {
		driver = riverdatabasesql.New(pool)
	}
	workers := river.NewWorkers()
	if err := errors.Join(
		river.AddWorkerSafely(workers, &runWorker{runner: runner}),
		river.AddWorkerSafely(workers, &lookWorker{runner: runner}),
		river.AddWorkerSafely(workers, &upkeepWorker{upkeep: upkeep}),
	); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	client, err := river.NewClient(driver, &river.Config{
		Logger:               log,
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: runsAtOnce}, upkeepQueue: {MaxWorkers: 1}},
		PeriodicJobs:         []*river.PeriodicJob{upkeepEveryHour()},
		JobTimeout:           runTimeout,
		MaxAttempts:          jobTries,
		RescueStuckJobsAfter: runTimeout + time.Hour, // the lease takes over long before
		FetchPollInterval:    200 * time.Millisecond, // nobody tells River of a new job on database/sql
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the job queue: %w", err), pool.Close())
	}
	return &Queue{runner: runner, store: s, pool: pool, client: client}, nil
}

// Start begins to work on runs.
func (q *Queue) Start(ctx context.Context) error { return q.client.Start(ctx) }

// Stop hands running runs back and ends. It waits for them as long as ctx lasts.
func (q *Queue) Stop(ctx context.Context) error {
	return errors.Join(q.client.StopAndCancel(ctx), q.pool.Close())
}

// Request stores a run and wakes somebody for it. It answers a *models.BusyError while
// a run of the directory is queued or running.
func (q *Queue) Request(ctx context.Context, run models.SyncRun) (models.SyncRun, error) {
	return q.store.CreateRun(ctx, run, q.enqueue(ctx))
}

// RequestIn is Request within the transaction of what calls for the run.
func (q *Queue) RequestIn(ctx context.Context, tx *store.Tx, run models.SyncRun) (models.SyncRun, error) {
	return tx.QueueRun(ctx, run, q.enqueue(ctx))
}

// Decide notes what an admin has decided about a held run, and wakes somebody to carry
// it out. It answers a *models.InvalidError unless the run is held, and a
// *models.BusyError while another run of the directory is queued or running.
func (q *Queue) Decide(ctx context.Context, directoryID, runID string, decision models.Decision) (models.SyncRun, error) {
	return q.store.DecideRun(ctx, directoryID, runID, decision, q.enqueue(ctx))
}

// enqueue wakes somebody for a run in the transaction that stores it.
func (q *Queue) enqueue(ctx context.Context) func(*store.Tx, models.SyncRun) error {
	return func(tx *store.Tx, run models.SyncRun) error {
		inner, err := tx.SQL()
		if err != nil {
			return err
		}
		_, err = q.client.InsertTx(ctx, inner, runJob{DirectoryID: run.DirectoryID, RunID: run.ID}, once)
		return err
	}
}

// Wake wakes somebody for a run that nobody works on any more.
func (q *Queue) Wake(ctx context.Context, run models.SyncRun) error {
	_, err := q.client.Insert(ctx, runJob{DirectoryID: run.DirectoryID, RunID: run.ID, Attempt: run.Attempts}, once)
	return err
}

// runWorker performs the run that a job names.
type runWorker struct {
	river.WorkerDefaults[runJob]
	runner *Runner
}

// Work implements river.Worker. Only faults that may pass come back as a try of the
// job; everything else the run's row tells.
func (w *runWorker) Work(ctx context.Context, job *river.Job[runJob]) error {
	err := w.runner.Work(ctx, job.Args.DirectoryID, job.Args.RunID)
	switch {
	case errors.Is(err, ErrAgain):
		return river.JobSnooze(retryAfter)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return river.JobSnooze(0) // told to stop: whoever starts next goes on
	case errors.Is(err, models.ErrNotFound):
		return river.JobCancel(err) // the directory has been deleted
	}
	return err
}
