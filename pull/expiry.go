package pull

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"scimbridge/models"
	"scimbridge/store"
)

// learnEnd asks when the credential ends, after full rounds alone: that is often enough
// for a first warning 30 days before, and other rounds ask Graph for next to nothing. The
// run has succeeded; what fails here is only told.
func (w *round) learnEnd(ctx context.Context) {
	source, tells := w.source.(Expirer)
	if !tells || !w.run.Full {
		return
	}
	ends, known, err := source.CredentialEnds(ctx)
	if err == nil && known {
		err = w.Store.NoteCredentialEnd(ctx, w.settings, models.At(ends))
	}
	if err != nil {
		w.Log.WarnContext(ctx, "when the credential ends could not be learned", "error", err)
	}
}

// warnOfEnds warns of the credentials that end soon, or have ended: each time once, over
// all replicas.
func (s *Scheduler) warnOfEnds(ctx context.Context, now time.Time) error {
	at := models.At(now)
	ending, err := s.Store.EndingCredentials(ctx, at.Add(models.FirstWarning))
	for _, g := range ending {
		if _, due := models.ExpiryWarning(g.CredentialEndsAt.Time(), g.WarnedAt.Time(), now); due {
			err = errors.Join(err, s.warnOfEnd(ctx, g.DirectoryID, at))
		}
	}
	return err
}

func (s *Scheduler) warnOfEnd(ctx context.Context, directoryID string, now models.Instant) error {
	var ends models.Instant
	days, given, err := s.Store.WarnOfCredentialEnd(ctx, directoryID, now, func(tx *store.Tx, g models.GraphSettings, days int) error {
		ends = g.CredentialEndsAt
		e, err := endTold(g, days)
		if err != nil {
			return err
		}
		return tx.AppendAudit(ctx, e)
	})
	if errors.Is(err, models.ErrNotFound) {
		return nil // the settings are gone, and their credential with them
	}
	if given {
		s.Log.WarnContext(ctx, "the credential for Microsoft Graph ends soon or has ended; make a new one and enter it in the Graph settings",
			"directory", directoryID, "endsAt", ends.Time(), "daysOrFewer", days)
	}
	return err
}

// endTold is what the audit trail tells: 30, 14, 7 or 1 for that many days or fewer, 0 for
// an end that has come.
func endTold(g models.GraphSettings, days int) (models.AuditEvent, error) {
	facts, err := json.Marshal(struct {
		Credential models.CredentialKind `json:"credential"`
		EndsAt     time.Time             `json:"endsAt"`
		Days       int                   `json:"daysOrFewer"`
	}{g.Credential.Named(), g.CredentialEndsAt.Time(), days})
	return models.AuditEvent{
		DirectoryID: models.Optional(g.DirectoryID), ActorKind: models.ByItself, ActorName: "bridge",
		Action: "credential.ending", TargetID: g.DirectoryID, After: facts,
	}, err
}
