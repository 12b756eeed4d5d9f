package pull

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"scimbridge/internal/logging"
	"scimbridge/models"
	"scimbridge/store"
)

// Runner performs sync runs.
type Runner struct {
	Store   *store.Store
	Dial    Dialer
	Secrets Secrets
	Log     *slog.Logger
	Now     func() time.Time // the local clock, by which sources time their attempts
	// Owner names this process in the lease of a run.
	Owner string
	// SpoolDir is where members are gathered; "" is the system's temporary folder.
	SpoolDir string
	// Batch is how many records are merged anew in one transaction; 500 by default.
	Batch int
	// Renew ticks when a lease is to be renewed; tests hand in their own.
	Renew func() (ticks <-chan time.Time, stop func())
}

func (r *Runner) batch() int { return cmp.Or(r.Batch, 500) }

// edgeBatch is how many edges are: they are small.
func (r *Runner) edgeBatch() int { return 4 * r.batch() }

// Secrets opens stored credentials.
type Secrets interface {
	Open(sealed, context string) ([]byte, error)
}

// attemptLimit is how often a run is tried whose fault may pass. An attempt that was
// handed over by a server that stops, or died with it, had no fault.
const attemptLimit = 3

// ErrAgain means that the run has been handed back and is worth another try.
var ErrAgain = errors.New("the run is to be tried again")

// Work performs one run, if nobody else does. It answers nil also for a run that
// failed: the run's row says so. It answers ErrAgain for a fault that may pass, and
// the context's error if it was told to stop, with the run handed back.
func (r *Runner) Work(ctx context.Context, directoryID, runID string) error {
	run, ok, err := r.Store.ClaimRun(ctx, directoryID, runID, r.Owner)
	if err != nil || !ok {
		return err
	}
	ctx = logging.With(ctx, slog.String("directory", directoryID), slog.String("run", runID))
	r.Log.InfoContext(ctx, "sync run started", "kind", run.Kind, "dryRun", run.DryRun, "attempt", run.Attempts)

	work, stop := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func(claimed models.SyncRun) {
		defer close(renewed)
		r.keepLease(work, stop, claimed)
	}(run)
	if path, ends := run.Kind.Ends(); ends {
		run, err = r.endPath(work, run, path)
	} else if run.Decision != nil {
		run, err = r.carryOut(work, run)
	} else {
		run, err = r.round(work, run)
	}
	if cause := context.Cause(work); cause != nil && err != nil {
		err = cause // what ended the work, not what it broke
	}
	stop(nil)
	<-renewed
	return r.end(ctx, run, err)
}

// keepLease renews the lease until the work ends, and ends the work if the lease is
// lost or the run is cancelled.
func (r *Runner) keepLease(ctx context.Context, stop context.CancelCauseFunc, run models.SyncRun) {
	ticks, done := r.Renew()
	defer done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		err := r.Store.RenewLease(ctx, run)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, store.ErrLeaseLost), errors.Is(err, store.ErrCancelled):
			stop(err)
			return
		default:
			r.Log.WarnContext(ctx, "the lease of the run could not be renewed", "error", err)
		}
	}
}

// end stores how the run ended.
func (r *Runner) end(ctx context.Context, run models.SyncRun, err error) error {
	switch {
	case err == nil:
		r.Log.InfoContext(ctx, "sync run succeeded", "counts", run.Counts, "requests", run.Usage.Requests)
		return nil
	case errors.Is(err, store.ErrLeaseLost):
		r.Log.WarnContext(ctx, "another process has taken the sync run over")
		return nil
	case errors.Is(err, store.ErrCancelled):
		run.State = models.Cancelled
	case ctx.Err() != nil:
		r.Log.InfoContext(ctx, "sync run handed back: the server stops")
		return errors.Join(ctx.Err(), r.Store.ReleaseRun(context.WithoutCancel(ctx), run))
	case passing(err) && run.Faults+1 < attemptLimit:
		run.Faults++
		r.Log.WarnContext(ctx, "sync run will be tried again", "error", err)
		return errors.Join(ErrAgain, r.Store.ReleaseRun(ctx, run))
	default:
		run.State, run.Failure = models.RunFailed, failureOf(err)
		run.Counts.Errors++
		r.Log.ErrorContext(ctx, "sync run failed", "error", err)
	}
	_, err = r.Store.EndRun(ctx, run, func(tx *store.Tx) error {
		if run.Failure == nil {
			return nil
		}
		return tx.AppendItems([]models.Item{{
			DirectoryID: run.DirectoryID, RunID: run.ID, Kind: "error", Action: models.Failed,
			Detail: run.Failure.Code + ": " + run.Failure.Message,
		}})
	})
	if errors.Is(err, store.ErrLeaseLost) {
		return nil
	}
	return err
}

// passing tells whether a fault, of the source or of our own database, may be gone soon.
func passing(err error) bool {
	var fault *SourceError
	if errors.As(err, &fault) {
		return fault.Passing
	}
	return store.Passing(err)
}

// failureOf is what an admin sees of an error. Only a SourceError is written for them.
func failureOf(err error) *models.Failure {
	var fault *SourceError
	if errors.As(err, &fault) {
		return &models.Failure{Code: fault.Code, Message: fault.Message, Hint: fault.Hint}
	}
	return &models.Failure{
		Code:    "internal",
		Message: "the run ended by a fault of the bridge itself",
		Hint:    "look in the server's log for this run's id; nothing that was read incompletely has been applied",
	}
}

// credential opens what the settings have sealed; some kinds have nothing to seal.
func (r *Runner) credential(settings models.GraphSettings) (models.Credential, error) {
	var material []byte
	var err error
	if settings.SealedSecret != "" || settings.Credential.Needs() {
		material, err = r.Secrets.Open(settings.SealedSecret, settings.SealContext())
	}
	credential, readErr := models.ReadCredential(settings.Credential, string(material))
	if err = errors.Join(err, readErr); err != nil {
		return credential, &SourceError{
			Code:    "sealed_secret",
			Message: "the stored client secret cannot be opened with the key of this server",
			Hint:    "start the server with the SCIMBRIDGE_SECRET_KEY that sealed it, or enter the client secret again",
			Err:     err,
		}
	}
	return credential, nil
}

// open dials the directory's tenant, and answers by which settings.
func (r *Runner) open(ctx context.Context, d models.Directory) (Source, models.GraphSettings, error) {
	settings, err := r.Store.GraphSettings(ctx, d.ID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, settings, &SourceError{
			Code:    "not_configured",
			Message: "the directory has no Microsoft Graph settings",
			Hint:    "enter tenant id, client id and client secret under the directory's graph settings",
		}
	}
	if err != nil {
		return nil, settings, err
	}
	credential, err := r.credential(settings)
	if err != nil {
		return nil, settings, err
	}
	source, err := r.Dial.Dial(Connection{
		Settings:     settings,
		ClientSecret: credential.ClientSecret,
		Credential:   credential,
		Allow:        Allowance{UPNAsMail: d.Settings.UPNAsMail},
		Attributes:   d.Settings.Attributes,
	})
	if err != nil {
		return nil, settings, fmt.Errorf("open the tenant: %w", err)
	}
	return source, settings, nil
}
