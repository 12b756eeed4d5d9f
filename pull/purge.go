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

// expiredTokens are kept for a day, so that a refused client can still be told apart from
// a stranger.
const expiredTokens = 24 * time.Hour

// purge erases what a directory has kept for long enough, in small transactions.
func (u *Upkeep) purge(ctx context.Context, d models.Directory, now models.Instant) error {
	kept := d.Settings.Retention.Kept()
	var faults []error
	for _, step := range []struct {
		what   string
		before models.Instant
		erase  func(context.Context, string, models.Instant) (int, error)
	}{
		{"removed users", now.Add(-kept.Removed), u.purgeUsers},
		{"removed groups", now.Add(-kept.Removed), u.purgeGroups},
		{"sync runs", now.Add(-kept.Runs), u.Store.PurgeRuns},
		{"changes", now.Add(-kept.Changes), u.Store.PurgeChanges},
		{"SCIM requests", now.Add(-d.Settings.RequestLog.Kept()), u.Store.PurgeRequests},
		{"access tokens", now.Add(-expiredTokens), u.Store.PurgeTokens},
	} {
		n, err := step.erase(ctx, d.ID, step.before)
		faults = append(faults, u.tell(ctx, step.what, step.before, n, err))
	}
	return errors.Join(faults...)
}

func (u *Upkeep) purgeUsers(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	return u.Store.PurgeUsers(ctx, directoryID, before, func(tx *store.Tx, removed []models.User) (int, error) {
		return reconcile.PurgeUsers(tx, removed)
	})
}

func (u *Upkeep) purgeGroups(ctx context.Context, directoryID string, before models.Instant) (int, error) {
	return u.Store.PurgeGroups(ctx, directoryID, before, func(tx *store.Tx, removed []models.Group) (int, error) {
		return reconcile.PurgeGroups(tx, removed)
	})
}

// purgeBridge erases what belongs to no directory, or outlives it.
func (u *Upkeep) purgeBridge(ctx context.Context) error {
	now, err := u.Store.Now(ctx)
	if err != nil {
		return err
	}
	n, err := u.Store.PurgeAnswers(ctx, now)
	err = u.tell(ctx, "answers", now, n, err)
	if u.KeepAudit == 0 {
		return err
	}
	before := now.Add(-u.KeepAudit)
	n, auditErr := u.Store.PurgeAudit(ctx, before)
	return errors.Join(err, u.tell(ctx, "audit events", before, n, auditErr))
}

func (u *Upkeep) tell(ctx context.Context, what string, before models.Instant, n int, err error) error {
	if n > 0 {
		u.Log.InfoContext(ctx, "purged", "what", what, "n", n, "before", before.Time())
	}
	if err != nil {
		return fmt.Errorf("purge %s: %w", what, err)
	}
	return nil
}
